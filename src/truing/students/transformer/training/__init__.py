"""Training: the settings and the steps of a fine-tuning."""

from truing.students.transformer.training._choose_learning_rate import (
    learning_rates,
    with_learning_rate,
)
from truing.students.transformer.training._finetune import Keep, Take, finetune
from truing.students.transformer.training._model import Classifier, GradientHead, LabelReader, Model
from truing.students.transformer.training._settings import Settings, parse_settings, setting_types
from truing.students.transformer.training._training import FineTuning, Tuned
from truing.students.transformer.training._training_memory import (
    TrainingMemory,
    estimate_training_memory,
    saving_settings,
)
from truing.students.transformer.training._transformer import Transformer, parse_transformer
from truing.students.transformer.training._validation import Validation, validation_items

__all__ = [
    "Classifier",
    "FineTuning",
    "GradientHead",
    "Keep",
    "LabelReader",
    "Model",
    "Settings",
    "Take",
    "TrainingMemory",
    "Transformer",
    "Tuned",
    "Validation",
    "estimate_training_memory",
    "finetune",
    "learning_rates",
    "parse_settings",
    "parse_transformer",
    "saving_settings",
    "setting_types",
    "validation_items",
    "with_learning_rate",
]
