"""Models that compute logits of an item's choices: a classifier, a label reader, a head alone.

All three have the same interface: `logits(chosen)` of some encoded items, with gradients;
`modules`, whose parameters with `requires_grad` are trained; and `penalty()`, a term of the loss.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from truing.students.transformer.checkpoints import (
    Checkpoint,
    Pooling,
    Room,
    load_model,
    pad,
    pick_device,
    pick_dtype,
    pooled,
)
from truing.students.transformer.training._adapted import adapted, auto_class
from truing.students.transformer.training._items import EncodedItems, TokenSequence
from truing.students.transformer.training._parts import cut_parts
from truing.students.transformer.training._settings import Settings
from truing.tasks import Task

ABSENT = -1e9  # logit of an absent choice; finite, since 0 * inf is not a number
FLAT = 1e-6  # share of the largest column scale below which a column counts as constant


class Model(Protocol):
    """A student in training."""

    modules: Any
    items: EncodedItems

    def logits(self, chosen: np.ndarray) -> Any:
        """(len(chosen), k) logits of items, given by their positions among the encoded items."""
        ...

    def penalty(self) -> Any:
        """Term that is added to the mean loss; zero where the number of epochs limits training."""
        return 0.0


def load(
    checkpoint: Checkpoint,
    settings: Settings,
    task: Task,
    items: EncodedItems,
    learn: np.ndarray,
    accelerator: Any,
    room: Room,
) -> Model:
    """New student from a checkpoint, on its device.

    Args:
        checkpoint: the pretrained model.
        settings: settings of the fine-tuning.
        task: the task.
        items: the encoded items.
        learn: positions of the learning items among them; a head alone is standardized on these.
        accelerator: `accelerate.Accelerator`, which places the model and enables mixed precision.
        room: number of items that fit into memory at a time.
    """
    device = pick_device()
    frozen = settings.adapter != "full"  # weights that are not trained may be stored in bfloat16
    dtype = pick_dtype(device) if frozen else pick_dtype("cpu")
    gpus = settings.gpus if device == "cuda" else 1
    backbone = load_model(checkpoint, auto_class(settings), device=device, dtype=dtype, gpus=gpus)
    backbone = adapted(backbone, settings)
    backbone = accelerator.prepare_model(backbone, device_placement=gpus == 1)
    if settings.output == "generate":
        return LabelReader(backbone, items, len(task.choices))
    pool = settings.pool
    if pool == "auto":
        pool = "last" if checkpoint.causal else "mean"
    classifier = Classifier(backbone, items, len(task.choices), pool)
    if settings.adapter == "head":
        return GradientHead(classifier, learn, settings, room)
    return classifier


class Classifier(Model):
    """A linear layer on the pooled last layer; if items have own choices, one logit per choice.

    With own choices the layer has one output and no bias: the scalar reward r of a text. For
    preference pairs this is the reward model of Bradley and Terry (1952), P(a > b) = sigmoid(r(a) -
    r(b)), trained by the cross entropy (Ouyang et al. 2022, section 3.5, equation 1).

    The layer is initialized with zeros, so that an untrained student has uniform beliefs, as heads.
    """

    def __init__(self, backbone: Any, items: EncodedItems, classes: int, pool: Pooling):
        import torch

        self.backbone, self.items, self.pool = backbone, items, pool
        own = items.present is not None
        width = backbone.config.hidden_size
        self.linear = zero_linear(width, 1 if own else classes, bias=not own)
        self.linear.to(backbone.device)
        self.modules = torch.nn.ModuleList([backbone, self.linear])

    def logits(self, chosen: np.ndarray) -> Any:
        """(len(chosen), k)."""
        logits = self.linear(self.states(chosen)).reshape(len(chosen), -1)
        return without_absent(logits, self.items, chosen)

    def states(self, chosen: np.ndarray) -> Any:
        """(len(chosen), 1 or k, width) float32: the pooled last layer; 0 for absent choices."""
        import torch

        found = self._pooled(chosen)
        if self.items.present is None:
            return found[:, None]
        present = torch.as_tensor(self.items.present[chosen], device=found.device)
        states = found.new_zeros(*present.shape, found.shape[1])
        return states.masked_scatter(present[:, :, None], found)

    def _pooled(self, chosen: np.ndarray) -> Any:
        """(sequences, width) pooled states of all sequences of some items."""
        ids = [sequence.ids for item in chosen for sequence in self.items.sequences[item]]
        tokens, mask = pad(ids, self.items.pad_id, "right")
        tokens, mask = tokens.to(self.backbone.device), mask.to(self.backbone.device)
        found = self.backbone(input_ids=tokens, attention_mask=mask)
        return pooled(found.last_hidden_state, mask, self.pool)


class LabelReader(Model):
    """A language model whose logits are log-probabilities of labels, averaged over the orders.

    It reads both texts of a preference pair in one prompt. So its logits are not rewards of single
    texts, and it is not a reward model, unlike `Classifier`.
    """

    def __init__(self, backbone: Any, items: EncodedItems, classes: int):
        import torch

        self.backbone, self.items, self.classes = backbone, items, classes
        self.modules = torch.nn.ModuleList([backbone])
        bare = backbone.get_base_model() if hasattr(backbone, "get_base_model") else backbone
        self.takes = set(inspect.signature(type(bare).forward).parameters)

    def logits(self, chosen: np.ndarray) -> Any:
        """(len(chosen), k)."""
        import torch

        each = [self.items.sequences[item] for item in chosen]
        prompts = [prompt for own in each for prompt in own]
        log_p = self._predictions(prompts).log_softmax(dim=-1)  # (prompts, kept, vocabulary)
        kept = log_p.shape[1]
        prompt = np.repeat(np.arange(len(prompts)), [len(each.places) for each in prompts])
        # Only the last positions are kept, so that places are counted from the end of the prompt.
        place = np.concatenate([kept - len(each.ids) + each.places for each in prompts])
        token = np.concatenate([each.tokens for each in prompts])
        item = np.repeat(np.arange(len(chosen)), [len(own) for own in each])[prompt]
        target = item * self.classes + np.concatenate([each.choices for each in prompts])
        at = [torch.as_tensor(index, device=log_p.device) for index in (prompt, place, token)]
        total = torch.zeros(len(chosen) * self.classes, device=log_p.device)
        total = total.index_add(0, torch.as_tensor(target, device=log_p.device), log_p[tuple(at)])
        total = total.reshape(len(chosen), self.classes)
        if self.items.present is None:
            return total
        orders = torch.as_tensor(self.items.present[chosen].sum(axis=1), device=log_p.device)
        return without_absent(total / orders[:, None], self.items, chosen)

    def _predictions(self, prompts: Sequence[TokenSequence]) -> Any:
        """(prompts, kept, vocabulary) float32 logits of the last positions, all places included."""
        tokens, mask = pad([each.ids for each in prompts], self.items.pad_id, "left")
        tokens, mask = tokens.to(self.backbone.device), mask.to(self.backbone.device)
        kept = max(len(each.ids) - int(each.places.min()) for each in prompts)
        more: dict[str, Any] = {}
        if "position_ids" in self.takes:
            more["position_ids"] = (mask.cumsum(dim=1) - 1).clamp(min=0)
        if "logits_to_keep" in self.takes:
            more["logits_to_keep"] = kept
        found = self.backbone(input_ids=tokens, attention_mask=mask, use_cache=False, **more)
        return found.logits[:, -kept:].float()


class GradientHead(Model):
    """A linear head on frozen states, trained by gradient descent.

    The states are computed once. Standardization and objective are those of heads on fixed
    features.
    """

    def __init__(self, classifier: Classifier, learn: np.ndarray, settings: Settings, room: Room):
        import torch

        self.items, self.linear, self.pool = classifier.items, classifier.linear, classifier.pool
        self.modules = torch.nn.ModuleList([self.linear])
        self.strength = settings.l2 / (2 * len(learn))
        with torch.no_grad():
            classifier.modules.eval()
            states = in_batches(classifier.states, self.items.lengths, room, self.items.counts)
            self.states, self.center, self.scaling = standardized(states, learn, self.items.present)

    def logits(self, chosen: np.ndarray) -> Any:
        """(len(chosen), k)."""
        logits = self.linear(self.states[chosen]).reshape(len(chosen), -1)
        return without_absent(logits, self.items, chosen)

    def penalty(self) -> Any:
        """(1 / 2n) l2 |W|^2, per item as in the objective of heads; intercepts not penalized."""
        return self.strength * self.linear.weight.square().sum()


def without_absent(logits: Any, items: EncodedItems, chosen: np.ndarray) -> Any:
    """Logits (len(chosen), k) with probability zero for absent choices."""
    import torch

    if items.present is None:
        return logits
    present = torch.as_tensor(items.present[chosen], device=logits.device)
    return logits.masked_fill(~present, ABSENT)


def standardized(
    states: Any, learn: np.ndarray, present: np.ndarray | None
) -> tuple[Any, Any, Any]:
    """Standardize states (A, R, width) as for heads on fixed features.

    Columns are centered on the learning items, or each item's choices on their mean. The mean
    square of a column is 1.

    Args:
        states: one row per item, or per choice if items have their own choices.
        learn: positions of the learning items.
        present: (A, R) True where an item has a choice; None unless items have their own choices.

    Returns:
        The standardized states; the center (width,), 0 if it differs between items; and the factor
        (width,) of each column.
    """
    import torch

    center = states.new_zeros(states.shape[2])
    if present is None:
        center = states[learn].mean(dim=(0, 1))
        states = states - center
        count = len(learn)
    else:
        there = torch.as_tensor(present, dtype=states.dtype, device=states.device)[:, :, None]
        mean = (states * there).sum(dim=1, keepdim=True) / there.sum(dim=1, keepdim=True)
        states = (states - mean) * there
        count = int(present[learn].sum())
    scale = (states[learn].double().square().sum(dim=(0, 1)) / count).sqrt().float()
    varies = scale > FLAT * scale.max()
    scaling = torch.where(varies, 1 / torch.where(varies, scale, 1), 0)
    return states * scaling, center, scaling


def in_batches(
    call: Callable[[np.ndarray], Any], lengths: np.ndarray, room: Room, counts: np.ndarray
) -> Any:
    """Outputs of a model for all items, in their order, computed in batches of similar length.

    Args:
        call: the model; receives positions of items.
        lengths: (n,) number of tokens of each item's longest sequence.
        room: number of items and of tokens that fit into memory at a time.
        counts: (n,) number of sequences of each item.
    """
    import torch

    found: dict[int, Any] = {}
    order = np.argsort(-lengths, kind="stable")  # the longest first: lack of memory shows at once

    def compute(size: int) -> None:
        for part in cut_parts(lengths[order], counts[order], size, room.tokens):
            items = order[part]
            if int(items[0]) not in found:
                outputs = call(items)
                found.update(zip(items.tolist(), outputs, strict=True))

    room.within(compute)
    return torch.stack([found[item] for item in range(len(lengths))])


def zero_linear(width: int, outputs: int, *, bias: bool) -> Any:
    """Linear layer in single precision, initialized with zeros."""
    import torch

    layer = torch.nn.Linear(width, outputs, bias=bias)
    for parameter in layer.parameters():
        torch.nn.init.zeros_(parameter)
    return layer
