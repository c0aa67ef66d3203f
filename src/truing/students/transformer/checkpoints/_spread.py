"""Spread: the parts of a model on several GPUs, for a model that does not fit on one.

Every GPU stores some of the blocks, and the activations pass from one GPU to the next. So the GPUs
work one after another: they add memory, not speed. accelerate computes the division and moves the
activations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from truing.errors import UserError
from truing.students.transformer.checkpoints._checkpoint import Checkpoint
from truing.students.transformer.checkpoints._model_shape import empty_model


def spread_over(
    checkpoint: Checkpoint, auto_class_name: str, memory: Sequence[int], dtype: Any
) -> dict[str, int]:
    """GPU of each part of a checkpoint's model, see `divide`.

    Args:
        checkpoint: the model; its weights are not read.
        auto_class_name: class of transformers: `AutoModel`, `AutoModelForCausalLM`, ...
        memory: bytes of free memory of each GPU.
        dtype: PyTorch type of the weights.

    Raises:
        UserError: the weights do not fit on the GPUs.
    """
    found = divide(empty_model(checkpoint, auto_class_name), memory, dtype)
    outside = [name for name, device in found.items() if not isinstance(device, int)]
    if outside:
        shown = ", ".join(f"{one / 1e9:.1f}" for one in memory)
        raise UserError(
            f"hf/{checkpoint.name}: the weights do not fit on {len(memory)} GPUs with {shown} GB "
            f"of free memory; {len(outside)} of {len(found)} parts are left over; raise gpus, or "
            "use a smaller model"
        )
    return found


def divide(model: Any, memory: Sequence[int], dtype: Any) -> dict[str, Any]:
    """Device of each part of a model: the number of a GPU, or `disk` if there is no room for it.

    Every GPU gets about the same size of weights. Gradients, optimizer states and activations are
    proportional to the weights of a part, so that they are divided evenly, too. No block is
    divided.
    """
    from accelerate.utils import get_balanced_memory, infer_auto_device_map

    whole = list(model._no_split_modules or [])
    free = dict(enumerate(memory))
    balanced = get_balanced_memory(model, free, no_split_module_classes=whole, dtype=dtype)
    return infer_auto_device_map(
        model, max_memory=balanced, no_split_module_classes=whole, dtype=dtype
    )
