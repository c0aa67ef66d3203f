"""Adapter: which of a model's weights are trained. Low-rank ones come from PEFT."""

from __future__ import annotations

import warnings
from typing import Any

from truing.students.transformer._settings import Settings

STRENGTH = 2.0  # alpha / rank of the low-rank update


def adapted(backbone: Any, settings: Settings) -> Any:
    """A loaded model, ready to be trained as the settings say.

    Low-rank adapters stand at every linear layer but the output's (Dettmers et al. 2023, section
    4, found that all layers are needed). They are in single precision, whatever the model is in.
    """
    if settings.adapter == "full":
        return backbone
    backbone.requires_grad_(False)
    if settings.adapter == "head":
        return backbone
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=settings.rank,
        lora_alpha=STRENGTH * settings.rank,
        lora_dropout=0.0,
        target_modules="all-linear",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # PEFT calls transformers by older names
        return get_peft_model(backbone, config)
