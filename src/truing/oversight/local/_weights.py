"""Weights: a model and its tokenizer, loaded once for all roles, panels and matches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from string import ascii_uppercase, digits
from typing import Any
from weakref import WeakValueDictionary

from truing.errors import UserError
from truing.students.transformer.checkpoints import (
    Checkpoint,
    find_checkpoint,
    load_model,
    load_tokenizer,
    need_extra,
    pick_device,
    pick_dtype,
)

SPACES = ("", " ", "Ġ", "▁")  # a token's leading space, as tokenizers write it
_loaded: WeakValueDictionary[tuple[str, str, str], Weights] = WeakValueDictionary()


@dataclass(eq=False)
class Weights:
    """A model on its device.

    Attributes:
        checkpoint: the checkpoint, with the digest of its files.
        model: the model of transformers, in evaluation mode.
        tokenizer: its tokenizer, which pads on the left.
        dtype: type of the weights: `float32`, `bfloat16` or `float16`.
    """

    checkpoint: Checkpoint
    model: Any
    tokenizer: Any
    dtype: str

    @property
    def identity(self) -> str:
        """Text that identifies what computes replies: the checkpoint's digest and the type."""
        return f"{self.checkpoint.digest} {self.dtype}"

    @cached_property
    def context(self) -> int:
        """Maximum number of tokens of prompt and reply together."""
        return self.checkpoint.context

    @cached_property
    def characters(self) -> tuple[int, ...]:
        """Ids of the tokens that are a single letter or digit, with or without a space before."""
        known = self.tokenizer.get_vocab()
        names = (f"{space}{one}" for one in ascii_uppercase + digits for space in SPACES)
        return tuple(known[name] for name in names if name in known)


def load_weights(
    name: str, *, dtype: str = "auto", device: str = "auto", revision: str = ""
) -> Weights:
    """The weights of a model; a second call returns the weights that are in memory.

    Args:
        name: folder, GGUF file or hub id.
        dtype: `float32`, `bfloat16` or `float16`; `auto` is bfloat16 on a GPU that supports it and
            float32 otherwise.
        device: device of PyTorch; `auto` is a GPU if PyTorch finds one.
        revision: branch, tag or commit of a hub id.

    Raises:
        UserError: PyTorch or transformers is not installed, the folder contains no model, or the
            device is unknown.
    """
    need_extra(f"hf/{name}")
    import torch

    checkpoint = find_checkpoint(name, revision)
    place = pick_device() if device == "auto" else device
    kind = pick_dtype(place) if dtype == "auto" else getattr(torch, dtype)
    key = checkpoint.digest, place, str(kind)
    weights = _loaded.get(key)
    if weights is None:
        weights = _load(checkpoint, place, kind)
        _loaded[key] = weights
    return weights


def _load(checkpoint: Checkpoint, device: str, dtype: Any) -> Weights:
    import torch

    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        why = str(error).split("\n")[0][:120]
        raise UserError(
            f"hf/{checkpoint.name}: device={device} cannot be used ({why}); use device=cpu, "
            "device=cuda or device=auto"
        ) from None
    tokenizer = load_tokenizer(checkpoint)
    tokenizer.padding_side = "left"  # the reply follows the last token of every prompt
    model = load_model(checkpoint, "AutoModelForCausalLM", device=device, dtype=dtype)
    model.config.use_cache = True
    return Weights(checkpoint, model, tokenizer, str(dtype).removeprefix("torch."))
