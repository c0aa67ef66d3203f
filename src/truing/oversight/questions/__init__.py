"""Questions for judges: from a file, a published set, or generated with a known optimal answer."""

from truing.oversight.questions import _cases, _file, _published  # noqa: F401  (registers the built-in sets)
from truing.oversight.questions._given import give_questions
from truing.oversight.questions._question_set import (
    QUESTIONS,
    QuestionSet,
    load_questions,
    make_questions,
    question_set,
)

__all__ = [
    "QUESTIONS",
    "QuestionSet",
    "give_questions",
    "load_questions",
    "make_questions",
    "question_set",
]
