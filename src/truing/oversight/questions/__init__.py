"""Questions: what judges are asked; from a file, or generated with a known perfect answer."""

from truing.oversight.questions import (  # noqa: F401  (registers the built-in ones)
    _cases,
    _file,
)
from truing.oversight.questions._question import (
    LETTERS,
    QUESTIONS,
    Question,
    QuestionSet,
    load_questions,
    make_questions,
    question_set,
)

__all__ = [
    "LETTERS",
    "QUESTIONS",
    "Question",
    "QuestionSet",
    "load_questions",
    "make_questions",
    "question_set",
]
