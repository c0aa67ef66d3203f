"""Transformers: students that are fine-tuned, and frozen activations as features of heads."""

from truing.students.transformer._answers import (
    AnswerBlock,
    Question,
    check_language_model,
    forget_language_model,
    read_answers,
)
from truing.students.transformer._blocks import cut_blocks
from truing.students.transformer._checkpoint import Checkpoint, find_checkpoint, quiet
from truing.students.transformer._choose_learning_rate import learning_rates, with_learning_rate
from truing.students.transformer._device import need_extra, pick_device
from truing.students.transformer._encoding import format_dialogues
from truing.students.transformer._estimates import estimate_answer_work, estimate_memory
from truing.students.transformer._finetune import Keep, Take, finetune
from truing.students.transformer._load import load_tokenizer
from truing.students.transformer._memory import free_memory
from truing.students.transformer._model import Classifier, GradientHead, LabelReader, Model
from truing.students.transformer._reader import forget_reader
from truing.students.transformer._settings import Settings, parse_settings
from truing.students.transformer._training import FineTuning, Tuned
from truing.students.transformer._training_memory import TrainingMemory, saving_settings
from truing.students.transformer._transformer import Transformer, parse_transformer
from truing.students.transformer._validation import Validation, validation_items

__all__ = [
    "AnswerBlock",
    "Checkpoint",
    "Classifier",
    "FineTuning",
    "GradientHead",
    "Keep",
    "LabelReader",
    "Model",
    "Question",
    "Settings",
    "Take",
    "TrainingMemory",
    "Transformer",
    "Tuned",
    "Validation",
    "check_language_model",
    "cut_blocks",
    "estimate_answer_work",
    "estimate_memory",
    "find_checkpoint",
    "finetune",
    "forget_language_model",
    "forget_reader",
    "format_dialogues",
    "free_memory",
    "learning_rates",
    "load_tokenizer",
    "need_extra",
    "parse_settings",
    "parse_transformer",
    "pick_device",
    "quiet",
    "read_answers",
    "saving_settings",
    "validation_items",
    "with_learning_rate",
]
