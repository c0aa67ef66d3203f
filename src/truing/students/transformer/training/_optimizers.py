"""Optimizers: AdamW, and AdamW whose moments have 8 bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.students.transformer.training._settings import Settings

QUANTIZED = ("codes", "scale", "qmap")  # tensors of a moment of 8 bits
SIGNED = "exp_avg"  # the first moment; the second is not negative


def check_optimizer(settings: Settings) -> None:
    """Raise UserError if the package of the optimizer is not installed."""
    if settings.optimizer == "adamw8bit" and find_spec("torchao") is None:
        raise UserError(
            "optimizer=adamw8bit needs the package torchao (not installed): pip install torchao"
        )


def make_optimizer(parameters: Sequence[Any], settings: Settings) -> Any:
    """Optimizer of some parameters, with learning rate 0 until `take_step` sets one.

    `adamw8bit` stores each moment of a parameter with 4,096 or more entries in 8 bits, with one
    scale for 256 entries (Dettmers et al. 2022, section 2).
    """
    import torch

    decay = settings.weight_decay
    if settings.optimizer == "adamw":
        return torch.optim.AdamW(parameters, lr=0.0, weight_decay=decay, fused=True)
    from torchao.optim import AdamW8bit

    return AdamW8bit(parameters, lr=0.0, weight_decay=decay)


def take_step(optimizer: Any, learning_rate: float) -> None:
    """Change the parameters by their gradients."""
    import torch

    for group in optimizer.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(learning_rate)
        else:
            group["lr"] = learning_rate
    if isinstance(optimizer, torch.optim.AdamW):
        optimizer.step()
        return
    # torchao compiles its step for every shape of a parameter, which takes minutes and a compiler.
    with torch.compiler.set_stance("force_eager"):
        optimizer.step()


def moment_arrays(name: str, moment: Any) -> dict[str, np.ndarray]:
    """Arrays of a moment, from which `read_moments` restores it."""
    if not hasattr(moment, "codes"):
        return {name: moment.detach().cpu().numpy()}
    return {f"{name} {part}": getattr(moment, part).cpu().numpy() for part in QUANTIZED}


def read_moments(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The moments of a parameter by name, from the arrays of `moment_arrays`."""
    import torch

    tensors = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
    found = {name: tensor for name, tensor in tensors.items() if " " not in name}
    for name in {name.split(" ")[0] for name in tensors.keys() - found.keys()}:
        from torchao.optim.subclass_8bit import OptimState8bit

        parts = (tensors[f"{name} {part}"] for part in QUANTIZED)
        found[name] = OptimState8bit(*parts, name == SIGNED, torch.float32)
    return found
