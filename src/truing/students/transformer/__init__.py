"""Transformers: students that are fine-tuned, or whose frozen activations heads stand on."""

from truing.students.transformer import (
    _aims,
    _checkpoint,
    _device,
    _encoding,
    _finetune,
    _items,
    _load,
    _model,
    _settings,
    _training,
    _transformer,
)
from truing.students.transformer._finetune import Keep, finetune
from truing.students.transformer._settings import Settings
from truing.students.transformer._training import FineTuning, Tuned
from truing.students.transformer._transformer import Transformer, parse_transformer

CODE = (
    _aims,
    _checkpoint,
    _device,
    _encoding,
    _finetune,
    _items,
    _load,
    _model,
    _settings,
    _training,
    _transformer,
)
"""Modules that a fine-tuning's result depends on."""

__all__ = [
    "CODE",
    "FineTuning",
    "Keep",
    "Settings",
    "Transformer",
    "Tuned",
    "finetune",
    "parse_transformer",
]
