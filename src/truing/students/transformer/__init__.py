"""Transformers: students that are fine-tuned, and frozen activations as features of heads."""

from truing.students.transformer._choose_learning_rate import learning_rates, with_learning_rate
from truing.students.transformer._finetune import Keep, finetune
from truing.students.transformer._memory import free_memory
from truing.students.transformer._reader import forget_reader
from truing.students.transformer._settings import Settings, parse_settings
from truing.students.transformer._training import FineTuning, Tuned
from truing.students.transformer._training_memory import TrainingMemory, saving_settings
from truing.students.transformer._transformer import Transformer, parse_transformer
from truing.students.transformer._validation import Validation, validation_items

__all__ = [
    "FineTuning",
    "Keep",
    "Settings",
    "TrainingMemory",
    "Transformer",
    "Tuned",
    "Validation",
    "finetune",
    "forget_reader",
    "free_memory",
    "learning_rates",
    "parse_settings",
    "parse_transformer",
    "saving_settings",
    "validation_items",
    "with_learning_rate",
]
