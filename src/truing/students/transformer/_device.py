"""Device: where PyTorch computes, and with what precision."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from truing.errors import UserError


def need_extra(name: str) -> None:
    """Raise UserError where the packages that a transformer needs are not installed.

    Args:
        name: what the user asked for, as the message names it.
    """
    missing = [one for one in ("torch", "transformers") if find_spec(one) is None]
    if missing:
        raise UserError(
            f"{name} needs PyTorch and transformers (not installed: {', '.join(missing)}): "
            "pip install 'truing[train]'"
        )


def pick_device() -> str:
    """`cuda` where PyTorch sees a GPU, else `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def pick_dtype(device: str) -> Any:
    """bfloat16 on a GPU that computes with it, else float32."""
    import torch

    if device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.bfloat16
    return torch.float32
