"""Adapted: a loaded model that is prepared for training, with a new adapter."""

from __future__ import annotations

import warnings
from typing import Any

from truing.errors import UserError
from truing.students.transformer.training._settings import Settings

STRENGTH = 2  # alpha / rank of the low-rank update


def auto_class(settings: Settings) -> str:
    """Class of transformers that loads the model of a fine-tuning."""
    return "AutoModelForCausalLM" if settings.output == "generate" else "AutoModel"


def adapted(backbone: Any, settings: Settings) -> Any:
    """Prepare a loaded model for training according to the settings.

    Raises:
        UserError: the model does not support gradient checkpointing.
    """
    if settings.adapter == "full":
        model = backbone
    else:
        model = backbone.requires_grad_(False)
        if settings.adapter == "head":
            return model  # it is trained on stored states
        model = _with_new_adapter(model, settings)
    if settings.gradient_checkpointing:
        _checkpoint_gradients(backbone)
    return model


def _checkpoint_gradients(backbone: Any) -> None:
    """Let a model compute the activations of its blocks again in the backward pass.

    Raises:
        UserError: the model does not support this.
    """
    # The older name of this method is deprecated in transformers 5.
    enable = getattr(backbone, "activation_checkpointing_enable", None)
    enable = enable or backbone.gradient_checkpointing_enable
    if not backbone.supports_gradient_checkpointing:
        raise UserError(
            f"{type(backbone).__name__} does not support gradient checkpointing; omit "
            "gradient_checkpointing, and set max_tokens to save memory"
        )
    enable({"use_reentrant": False})


def _with_new_adapter(backbone: Any, settings: Settings) -> Any:
    """Add low-rank adapters to every linear layer except the output layer.

    Dettmers et al. 2023 (section 4) found that all layers are needed. The adapters are in single
    precision for any precision of the model.
    """
    import peft

    config = peft.LoraConfig(
        r=settings.lora_rank,
        lora_alpha=STRENGTH * settings.lora_rank,
        lora_dropout=0.0,
        target_modules="all-linear",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # PEFT uses deprecated names of transformers
        warnings.filterwarnings("ignore", "fan_in_fan_out")  # of GPT-2, which PEFT corrects itself
        return peft.get_peft_model(backbone, config)
