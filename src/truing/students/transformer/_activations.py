"""Activations: what a frozen transformer makes of texts at one of its layers."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np

from truing.errors import DataError, Notice
from truing.students.transformer._batches import length_batches, pad
from truing.students.transformer._checkpoint import Checkpoint, load_model, load_tokenizer
from truing.students.transformer._device import pick_device, pick_dtype
from truing.students.transformer._encoding import encode
from truing.students.transformer._exact import exact_arithmetic
from truing.students.transformer._room import Room
from truing.students.transformer._rows import check_texts
from truing.tasks import Task

Pool = Literal["last", "mean"]

BATCH = 256  # texts at a time, at most
TOKENS = {"cpu": 2048, "cuda": 32768}  # at a time, padding included: a core's cache, a GPU's width


def activations(
    checkpoint: Checkpoint, task: Task, layer: int, pool: Pool = "last", limit: int = 1024
) -> np.ndarray:
    """Hidden states of every text of a task, one vector a text; float32.

    Equal texts are computed once, blocks above the layer not at all. Which texts share a batch
    changes the last digits of float32, and the third of bfloat16; on a CPU two extractions from the
    same task are the same to the bit.

    Args:
        layer: 0 for the embeddings, then the output of each block. The last one has passed the
            model's final norm, as what stands on the model sees it.
        pool: the text's last token, or the mean over its tokens, special ones included.
        limit: tokens of a text that are read, at most as many as the model can.

    Returns:
        (N, D), or (N, K, D) where every item brings its own choices.

    Raises:
        DataError: no texts, an empty choice, or no such layer.
        UserError: a checkpoint that cannot be loaded, or one text that does not fit into memory.
    """
    if task.medium != "texts":
        raise DataError(f"hf/{checkpoint.name} reads texts, and {task.name} holds {task.medium}")
    if not 0 <= layer <= checkpoint.layers:
        raise DataError(
            f"hf/{checkpoint.name}@layer-{layer}: its layers are 0 (the embeddings) to "
            f"{checkpoint.layers}"
        )
    check_texts(task)
    texts = task.inputs.ravel().tolist()
    distinct = dict.fromkeys(texts)
    row = {text: number for number, text in enumerate(distinct)}
    limit = min(limit, checkpoint.context)
    encoded = encode(load_tokenizer(checkpoint), list(distinct), limit)
    if encoded.cut:
        warnings.warn(
            f"hf/{checkpoint.name}: {encoded.cut} of {len(distinct)} texts of {task.name} have "
            f"more than {limit} tokens and lost their beginning",
            Notice,
            stacklevel=2,
        )
    found = _states(checkpoint, encoded.ids, layer, pool)
    return found[[row[text] for text in texts]].reshape(*task.inputs.shape, -1)


def _states(
    checkpoint: Checkpoint, ids: tuple[np.ndarray, ...], layer: int, pool: Pool
) -> np.ndarray:
    """(texts, D) pooled hidden states; half as many texts at a time where memory runs out."""
    device = pick_device()
    lengths = np.array([len(one) for one in ids])
    room = Room(BATCH)
    found: list[np.ndarray | None] = [None] * len(ids)
    with exact_arithmetic():
        lower = _LowerPart(checkpoint, layer, device)

        def ask(size: int) -> None:
            for batch in length_batches(lengths, size, TOKENS[device]):
                if found[batch[0]] is None:
                    states = lower.pooled([ids[one] for one in batch], pool)
                    for one, state in zip(batch, states, strict=True):
                        found[one] = state

        room.within(ask)
    if room.halved:
        warnings.warn(
            f"hf/{checkpoint.name}: memory ran out {room.halved} times; went on with {room.size} "
            "texts at a time",
            Notice,
            stacklevel=3,
        )
    return np.stack(found)


class _Reached(Exception):
    """The wanted hidden state is there; what lies above it need not be computed."""

    def __init__(self, states: Any):
        self.states = states


class _LowerPart:
    """A model up to one of its layers.

    Args:
        layer: as `activations` counts. The blocks above it are let go before the model is placed.
    """

    def __init__(self, checkpoint: Checkpoint, layer: int, device: str):
        model = load_model(checkpoint, "AutoModel", device="cpu", dtype=pick_dtype(device))
        if layer < checkpoint.layers:
            name = _blocks_name(checkpoint, model)
            blocks = model.get_submodule(name)[: layer + 1]
            model.set_submodule(name, blocks)
            blocks[layer].register_forward_pre_hook(_stop, with_kwargs=True)
        self.model, self.device = model.to(device), device

    def pooled(self, ids: list[np.ndarray], pool: Pool) -> np.ndarray:
        """(B, D) float32."""
        import torch

        tokens, mask = (one.to(self.device) for one in pad(ids, 0))
        with torch.inference_mode():
            try:
                states = self.model(input_ids=tokens, attention_mask=mask).last_hidden_state
            except _Reached as reached:
                states = reached.states
            if pool == "last":
                chosen = states[torch.arange(len(ids), device=self.device), mask.sum(dim=1) - 1]
            else:
                weight = mask[:, :, None].float()
                chosen = (states.float() * weight).sum(dim=1) / weight.sum(dim=1)
            return chosen.float().cpu().numpy()


def _stop(block: Any, given: tuple, named: dict[str, Any]) -> None:
    """End the forward pass before a block, with what would have entered it."""
    raise _Reached(given[0] if given else named["hidden_states"])


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
