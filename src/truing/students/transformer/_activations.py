"""Activations: what a frozen transformer makes of texts at one of its layers."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from truing.errors import DataError, Notice
from truing.students.transformer._checkpoint import Checkpoint
from truing.students.transformer._device import Room, exact_arithmetic, pick_device, pick_dtype
from truing.students.transformer._encoding import encode, length_batches, pad
from truing.students.transformer._items import check_texts
from truing.students.transformer._load import load_model, load_tokenizer
from truing.tasks import Task

Pool = Literal["last", "mean"]

BATCH = 256  # texts at a time, at most
# At a time, padding included. A core gains nothing from more, and pays for the padding; a GPU does.
TOKENS = {"cpu": 512, "cuda": 32768}


def activations(
    checkpoint: Checkpoint,
    task: Task,
    layers: Sequence[int],
    pool: Pool = "last",
    max_length: int = 1024,
    template: bool = False,
) -> list[np.ndarray]:
    """Hidden states of every text of a task at some layers, one vector a text; float32.

    The texts are read once for all layers, equal texts once, and blocks above the highest layer
    are not computed. Which texts share a batch changes the last digits of float32, and the third of
    bfloat16; on a CPU two extractions from the same task are the same to the bit, whatever other
    layers are asked for beside.

    Args:
        layers: 0 for the embeddings, then the output of each block. The last one has passed the
            model's final norm, as what stands on the model sees it.
        pool: the text's last token, or the mean over its tokens, special ones included.
        max_length: tokens of a text that are read, at most as many as the model can.
        template: write dialogues with the chat template of the checkpoint's tokenizer.

    Returns:
        For each layer (N, D), or (N, K, D) where every item brings its own choices: NaN where an
        item has fewer than K.

    Raises:
        DataError: no texts, an empty choice, or no such layer.
        UserError: a checkpoint that cannot be loaded, or one text that does not fit into memory.
    """
    if task.medium != "texts":
        raise DataError(f"hf/{checkpoint.name} reads texts, and {task.name} holds {task.medium}")
    for layer in layers:
        if not 0 <= layer <= checkpoint.layers:
            raise DataError(
                f"hf/{checkpoint.name}@layer-{layer}: its layers are 0 (the embeddings) to "
                f"{checkpoint.layers}"
            )
    check_texts(task)
    texts = task.texts
    distinct = dict.fromkeys(texts)
    row = {text: number for number, text in enumerate(distinct)}
    max_length = min(max_length, checkpoint.context)
    encoded = encode(load_tokenizer(checkpoint), list(distinct), max_length, template)
    if encoded.cut:
        warnings.warn(
            f"hf/{checkpoint.name}: {encoded.cut} of {len(distinct)} texts of {task.name} have "
            f"more than {max_length} tokens and lost their beginning",
            Notice,
            stacklevel=2,
        )
    found = _states(checkpoint, encoded.ids, layers, pool)
    rows = [row[text] for text in texts]
    return [task.arrange(one[rows]) for one in found]


def _states(
    checkpoint: Checkpoint, ids: tuple[np.ndarray, ...], layers: Sequence[int], pool: Pool
) -> np.ndarray:
    """(layers, texts, D) pooled states; half as many texts at a time where memory runs out."""
    device = pick_device()
    lengths = np.array([len(one) for one in ids])
    room = Room(BATCH)
    found: dict[int, np.ndarray] = {}
    with exact_arithmetic():
        lower = _LowerPart(checkpoint, layers, device)

        def ask(size: int) -> None:
            for batch in length_batches(lengths, size, TOKENS[device]):
                if int(batch[0]) not in found:
                    states = lower.pooled([ids[one] for one in batch], pool)
                    found.update(zip(batch.tolist(), states.swapaxes(0, 1), strict=True))

        room.within(ask)
    if room.halved:
        warnings.warn(
            f"hf/{checkpoint.name}: memory ran out {room.halved} times; went on with {room.size} "
            "texts at a time",
            Notice,
            stacklevel=3,
        )
    return np.stack([found[one] for one in range(len(ids))], axis=1)


class _Reached(Exception):
    """The highest layer that is wanted is there; what lies above need not be computed."""


class _LowerPart:
    """A model up to the highest of some layers.

    Args:
        layers: as `activations` counts. Blocks above the highest are let go before the model is
            placed.
    """

    def __init__(self, checkpoint: Checkpoint, layers: Sequence[int], device: str):
        model = load_model(checkpoint, "AutoModel", device="cpu", dtype=pick_dtype(device))
        self.layers, self.top, self.last = layers, max(layers), checkpoint.layers
        self.states: dict[int, Any] = {}
        if min(layers) < self.last:
            name = _blocks_name(checkpoint, model)
            blocks = model.get_submodule(name)[: self.top + 1]
            model.set_submodule(name, blocks)
            for layer in {*layers} - {self.last}:
                blocks[layer].register_forward_pre_hook(self._keep(layer), with_kwargs=True)
        self.model, self.device = model.to(device), device

    def pooled(self, ids: list[np.ndarray], pool: Pool) -> np.ndarray:
        """(layers, B, D) float32."""
        import torch

        tokens, mask = (one.to(self.device) for one in pad(ids, 0))
        rows, ends = torch.arange(len(ids), device=self.device), mask.sum(dim=1) - 1
        weight = mask[:, :, None].float()
        try:
            with torch.inference_mode():
                with contextlib.suppress(_Reached):
                    found = self.model(input_ids=tokens, attention_mask=mask)
                    self.states[self.last] = found.last_hidden_state
                wanted = [self.states[layer] for layer in self.layers]
                if pool == "last":
                    chosen = [states[rows, ends].float() for states in wanted]
                else:
                    total = weight.sum(dim=1)
                    chosen = [(states.float() * weight).sum(dim=1) / total for states in wanted]
                return torch.stack(chosen).cpu().numpy()
        finally:
            self.states.clear()  # also where memory ran out

    def _keep(self, layer: int) -> Callable[..., None]:
        """What notes, before a block, what is about to enter it, and ends the pass at the top."""

        def keep(block: Any, given: tuple, named: dict[str, Any]) -> None:
            self.states[layer] = given[0] if given else named["hidden_states"]
            if layer == self.top:
                raise _Reached

        return keep


def _blocks_name(checkpoint: Checkpoint, model: Any) -> str:
    """Where in a model its blocks stand: `layers`, `h`, `encoder.layer`, ..."""
    import torch

    for name, module in model.named_modules():
        if isinstance(module, torch.nn.ModuleList) and len(module) == checkpoint.layers:
            return name
    raise DataError(
        f"hf/{checkpoint.name}: its blocks do not stand in a list ({type(model).__name__}), so "
        f"only @layer-{checkpoint.layers} can be had"
    )
