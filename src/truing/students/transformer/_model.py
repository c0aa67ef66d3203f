"""Model: what gives an item's choices their logits. A classifier, a label reader, or a head alone.

All three have one interface: `logits(chosen)` of some of the encoded items, with gradients,
`modules`, whose parameters are trained where they ask for it, and `penalty()`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from truing.students.transformer._checkpoint import Checkpoint
from truing.students.transformer._device import Room, pick_device, pick_dtype
from truing.students.transformer._encoding import length_batches, pad
from truing.students.transformer._items import EncodedItems, TokenSequence
from truing.students.transformer._load import adapted, load_model
from truing.students.transformer._settings import Settings
from truing.tasks import Task

ABSENT = -1e9  # logit of a choice that an item lacks; finite, since 0 * inf is no number
FLAT = 1e-6  # of the widest column: one that varies less is the same for all items


class Model(Protocol):
    """One student in the making."""

    modules: Any
    items: EncodedItems

    def logits(self, chosen: np.ndarray) -> Any:
        """(len(chosen), k) logits of items, by their position among the encoded ones."""
        ...

    def penalty(self) -> Any:
        """What is added to the mean loss."""
        ...


def load(
    checkpoint: Checkpoint,
    settings: Settings,
    task: Task,
    items: EncodedItems,
    learn: np.ndarray,
    accelerator: Any,
    room: Room,
) -> Model:
    """A fresh student from a checkpoint, on its device.

    Args:
        items: that it is to read.
        learn: positions of the learning items among them; a head alone is standardised on these.
        accelerator: from accelerate; it places the model and lowers precision where that is safe.
        room: items that fit into memory at a time.
    """
    auto = "AutoModelForCausalLM" if settings.output == "generate" else "AutoModel"
    device = pick_device()
    frozen = settings.adapter != "full"  # weights that no optimiser moves may be stored in half
    dtype = pick_dtype(device) if frozen else pick_dtype("cpu")
    where = "auto" if settings.gpus > 1 else device
    backbone = adapted(load_model(checkpoint, auto, device=where, dtype=dtype), settings)
    backbone = accelerator.prepare_model(backbone, device_placement=settings.gpus == 1)
    if settings.output == "generate":
        return LabelReader(backbone, items, len(task.choices))
    pool = settings.pool
    if pool == "auto":
        pool = "last" if checkpoint.causal else "mean"
    classifier = Classifier(backbone, items, len(task.choices), pool)
    if settings.adapter == "head":
        return GradientHead(classifier, learn, settings, room)
    return classifier


class Classifier:
    """A linear layer on the pooled last layer; a choice of the item's own has a logit of its own.

    The layer begins at zero: an untrained student finds all choices alike, as heads do.
    """

    def __init__(self, backbone: Any, items: EncodedItems, classes: int, pool: str):
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

    def penalty(self) -> Any:
        """Nothing: a fine-tuning ends early instead."""
        return 0.0

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
        """(sequences, width) of every sequence of some items."""
        import torch

        ids = [one.ids for item in chosen for one in self.items.sequences[item]]
        tokens, mask = pad(ids, self.items.pad_id, "right")
        tokens, mask = tokens.to(self.backbone.device), mask.to(self.backbone.device)
        found = self.backbone(input_ids=tokens, attention_mask=mask).last_hidden_state.float()
        mask = mask.to(found.device)
        if self.pool == "cls":
            return found[:, 0]
        if self.pool == "mean":
            weight = mask[:, :, None].float()
            return (found * weight).sum(dim=1) / weight.sum(dim=1)
        last = mask.sum(dim=1) - 1
        return found[torch.arange(len(found), device=found.device), last]


class LabelReader:
    """A language model's log-probabilities of each choice's label, averaged over the orders."""

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
        said = self._predictions(prompts).log_softmax(dim=-1)  # (prompts, kept, vocabulary)
        kept = said.shape[1]
        prompt = np.repeat(np.arange(len(prompts)), [len(one.places) for one in prompts])
        # What is kept of a prompt ends where the prompt does: places are counted from there.
        place = np.concatenate([kept - len(one.ids) + one.places for one in prompts])
        token = np.concatenate([one.tokens for one in prompts])
        item = np.repeat(np.arange(len(chosen)), [len(own) for own in each])[prompt]
        target = item * self.classes + np.concatenate([one.choices for one in prompts])
        at = [torch.as_tensor(one, device=said.device) for one in (prompt, place, token)]
        total = torch.zeros(len(chosen) * self.classes, device=said.device)
        total = total.index_add(0, torch.as_tensor(target, device=said.device), said[tuple(at)])
        total = total.reshape(len(chosen), self.classes)
        if self.items.present is None:
            return total
        orders = torch.as_tensor(self.items.present[chosen].sum(axis=1), device=said.device)
        return without_absent(total / orders[:, None], self.items, chosen)

    def penalty(self) -> Any:
        """Nothing: a fine-tuning ends early instead."""
        return 0.0

    def _predictions(self, prompts: Sequence[TokenSequence]) -> Any:
        """(prompts, kept, vocabulary) logits, float32, of the last places, all asked among them."""
        tokens, mask = pad([one.ids for one in prompts], self.items.pad_id, "left")
        tokens, mask = tokens.to(self.backbone.device), mask.to(self.backbone.device)
        kept = max(len(one.ids) - int(one.places.min()) for one in prompts)
        more: dict[str, Any] = {}
        if "position_ids" in self.takes:
            more["position_ids"] = (mask.cumsum(dim=1) - 1).clamp(min=0)
        if "logits_to_keep" in self.takes:
            more["logits_to_keep"] = kept
        found = self.backbone(input_ids=tokens, attention_mask=mask, use_cache=False, **more)
        return found.logits[:, -kept:].float()


class GradientHead:
    """A linear head on frozen states, which are computed once: gradient training's version of the
    heads on fixed features, with the same standardisation and the same objective.
    """

    def __init__(self, classifier: Classifier, learn: np.ndarray, settings: Settings, room: Room):
        import torch

        self.items, self.linear = classifier.items, classifier.linear
        self.modules = torch.nn.ModuleList([self.linear])
        self.strength = settings.penalty / (2 * len(learn))
        with torch.no_grad():
            classifier.modules.eval()
            states = in_batches(classifier.states, self.items.lengths, room)
            self.states = standardised(states, learn, self.items.present)

    def logits(self, chosen: np.ndarray) -> Any:
        """(len(chosen), k)."""
        logits = self.linear(self.states[chosen]).reshape(len(chosen), -1)
        return without_absent(logits, self.items, chosen)

    def penalty(self) -> Any:
        """(1 / 2n) penalty |W|^2: the objective of the heads, per item. Intercepts are free."""
        return self.strength * self.linear.weight.square().sum()


def without_absent(logits: Any, items: EncodedItems, chosen: np.ndarray) -> Any:
    """Logits (len(chosen), k) under which absent choices have probability zero."""
    import torch

    if items.present is None:
        return logits
    present = torch.as_tensor(items.present[chosen], device=logits.device)
    return logits.masked_fill(~present, ABSENT)


def standardised(states: Any, learn: np.ndarray, present: np.ndarray | None) -> Any:
    """States (A, R, width) as a head on fixed features sees them; one row an item, or the choices'.

    Columns are centred on the learning items, choices on their item, and have a mean square of one.

    Args:
        present: (A, R) whether an item has a choice, where items bring their own.
    """
    import torch

    if present is None:
        states = states - states[learn].mean(dim=(0, 1))
        count = len(learn)
    else:
        there = torch.as_tensor(present, dtype=states.dtype, device=states.device)[:, :, None]
        mean = (states * there).sum(dim=1, keepdim=True) / there.sum(dim=1, keepdim=True)
        states = (states - mean) * there
        count = int(present[learn].sum())
    scale = (states[learn].double().square().sum(dim=(0, 1)) / count).sqrt().float()
    varies = scale > FLAT * scale.max()
    return states * torch.where(varies, 1 / torch.where(varies, scale, 1), 0)


def in_batches(call: Callable[[np.ndarray], Any], lengths: np.ndarray, room: Room) -> Any:
    """What a model says of all items, in their order, asked in batches of like length."""
    import torch

    found: dict[int, Any] = {}

    def ask(size: int) -> None:
        for items in length_batches(lengths, size):
            if int(items[0]) not in found:
                said = call(items)
                found.update(zip(items.tolist(), said, strict=True))

    room.within(ask)
    return torch.stack([found[item] for item in range(len(lengths))])


def zero_linear(width: int, outputs: int, *, bias: bool) -> Any:
    """A linear layer, in single precision, that says zero of everything."""
    import torch

    layer = torch.nn.Linear(width, outputs, bias=bias)
    for parameter in layer.parameters():
        torch.nn.init.zeros_(parameter)
    return layer
