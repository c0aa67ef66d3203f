"""Reader: a frozen model without its upper blocks, which stays loaded between blocks of texts."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from truing.errors import DataError
from truing.students.transformer.checkpoints import (
    Checkpoint,
    load_model,
    load_tokenizer,
    pad,
    pick_dtype,
    pooled,
)

Pool = Literal["last", "mean"]
Place = tuple[int, Pool]
"""Layer and pool. Layer 0 is the embeddings, then the output of each block; the last layer is taken
after the model's final norm. The pool is the last token of the text, or the mean over its tokens,
special tokens included."""


class _Reached(Exception):
    """Ends the forward pass at the highest requested layer."""


class Reader:
    """A model without the blocks above a layer, and its tokenizer.

    Args:
        checkpoint: the model.
        top: the highest layer. Blocks above it are removed before the model is moved to the device.
        device: device of PyTorch.
    """

    def __init__(self, checkpoint: Checkpoint, top: int, device: str):
        model = load_model(checkpoint, "AutoModel", device="cpu", dtype=pick_dtype(device))
        self.name, self.last, self.context = checkpoint.name, checkpoint.layers, checkpoint.context
        self.tokenizer = load_tokenizer(checkpoint)
        self.states: dict[int, Any] = {}
        place, self.blocks = _find_blocks(model, self.last)
        if top < self.last and place:
            self.blocks = self.blocks[: top + 1]
            model.set_submodule(place, self.blocks)
        self.model, self.device = model.to(device), device

    def pooled(self, ids: Sequence[np.ndarray], places: Collection[Place]) -> dict[Place, Any]:
        """(B, D) float32 tensors on the device: pooled states of some sequences at some places."""
        import torch

        tokens, mask = (_to_device(tensor, self.device) for tensor in pad(ids, 0))
        layers = {layer for layer, _ in places}
        try:
            with torch.inference_mode(), self._inputs_stored(layers):
                with contextlib.suppress(_Reached):
                    found = self.model(input_ids=tokens, attention_mask=mask)
                    self.states[self.last] = found.last_hidden_state
                return {
                    (layer, pool): pooled(self.states[layer], mask, pool) for layer, pool in places
                }
        finally:
            self.states.clear()  # also if memory ran out

    @contextlib.contextmanager
    def _inputs_stored(self, layers: Collection[int]) -> Iterator[None]:
        """Store the inputs of some blocks in a `with` block, and end the pass at the last layer.

        Raises:
            DataError: the blocks of the model were not found.
        """
        inner = {*layers} - {self.last}
        if inner and self.blocks is None:
            raise DataError(
                f"hf/{self.name}: the blocks of {type(self.model).__name__} are not in a module "
                f"list; only @layer-{self.last} is available"
            )
        hooks = [
            self.blocks[layer].register_forward_pre_hook(
                self._keep(layer, ends=layer == max(layers)), with_kwargs=True
            )
            for layer in inner
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def _keep(self, layer: int, *, ends: bool) -> Callable[..., None]:
        """Hook that stores the input of a block, and may end the pass."""

        def keep(block: Any, given: tuple, named: dict[str, Any]) -> None:
            self.states[layer] = given[0] if given else named["hidden_states"]
            if ends:
                raise _Reached

        return keep


@lru_cache(maxsize=1)
def load_reader(checkpoint: Checkpoint, top: int, device: str) -> Reader:
    """Load a reader; it stays in memory until another is loaded, or until `forget_reader`.

    Raises:
        UserError: the checkpoint cannot be loaded.
        DataError: the blocks of the model are not found.
    """
    return Reader(checkpoint, top, device)


def forget_reader() -> None:
    """Free the memory of the reader that this process loaded last."""
    load_reader.cache_clear()


def _to_device(tensor: Any, device: str) -> Any:
    """Copy a tensor to a device; to a GPU from pinned memory, while the GPU computes."""
    if device == "cpu":
        return tensor
    return tensor.pin_memory().to(device, non_blocking=True)


def to_host(tensors: Sequence[Any]) -> list[np.ndarray]:
    """Copy float32 tensors to arrays; from a GPU through pinned memory, and all at once."""
    import torch

    if not tensors or tensors[0].device.type == "cpu":
        return [tensor.numpy() for tensor in tensors]
    pinned = [torch.empty(each.shape, dtype=each.dtype, pin_memory=True) for each in tensors]
    for there, here in zip(tensors, pinned, strict=True):
        here.copy_(there, non_blocking=True)
    torch.cuda.synchronize()
    return [each.numpy() for each in pinned]


def _find_blocks(model: Any, count: int) -> tuple[str, Any]:
    """Name and module list of a model's blocks: `layers`, `h`, `encoder.layer`, ...

    The name is empty, and there is no list, if no module list has as many modules.
    """
    import torch

    for name, module in model.named_modules():
        if isinstance(module, torch.nn.ModuleList) and len(module) == count:
            return name, module
    return "", None
