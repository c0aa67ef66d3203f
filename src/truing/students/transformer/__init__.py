"""Transformers: students that are fine-tuned, or whose frozen activations heads stand on."""

from truing.students.transformer._finetune import FineTuning, Tuned, finetune
from truing.students.transformer._settings import Settings
from truing.students.transformer._training_state import Keep
from truing.students.transformer._transformer import Transformer, parse_transformer

__all__ = [
    "FineTuning",
    "Keep",
    "Settings",
    "Transformer",
    "Tuned",
    "finetune",
    "parse_transformer",
]
