"""Reading: activations, and log-probabilities of answers, by a frozen transformer."""

from truing.students.transformer.reading._activations import View, check_readable, read_block
from truing.students.transformer.reading._answers import (
    AnswerBlock,
    check_language_model,
    read_answers,
)
from truing.students.transformer.reading._blocks import cut_blocks
from truing.students.transformer.reading._estimates import (
    CHARACTERS,
    estimate_answer_work,
    estimate_memory,
    estimate_work,
)
from truing.students.transformer.reading._language_model import Question, forget_language_model
from truing.students.transformer.reading._reader import Pool, forget_reader
from truing.students.transformer.reading._texts import check_texts, divided

__all__ = [
    "CHARACTERS",
    "AnswerBlock",
    "Pool",
    "Question",
    "View",
    "check_language_model",
    "check_readable",
    "check_texts",
    "cut_blocks",
    "divided",
    "estimate_answer_work",
    "estimate_memory",
    "estimate_work",
    "forget_language_model",
    "forget_reader",
    "read_answers",
    "read_block",
]
