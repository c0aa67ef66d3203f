"""Transformers: students that are fine-tuned, or whose frozen activations heads stand on."""

from truing.students.transformer import (
    _adapter,
    _aims,
    _batches,
    _checkpoint,
    _device,
    _encoding,
    _exact,
    _finetune,
    _model,
    _order,
    _room,
    _rows,
    _settings,
    _training_state,
    _transformer,
)
from truing.students.transformer._finetune import FineTuning, Tuned, finetune
from truing.students.transformer._settings import Settings
from truing.students.transformer._training_state import Keep
from truing.students.transformer._transformer import Transformer, parse_transformer

CODE = (
    _adapter,
    _aims,
    _batches,
    _checkpoint,
    _device,
    _encoding,
    _exact,
    _finetune,
    _model,
    _order,
    _room,
    _rows,
    _settings,
    _training_state,
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
