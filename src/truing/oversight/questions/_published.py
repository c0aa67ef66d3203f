"""Published question sets for protocols: `quality:FILE`, `mmlu`, `gsm8k:FILE`, ..."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from truing.oversight.questions._question_set import QuestionSet, make_questions, question_set
from truing.tasks import TruthRule, announce, read_item
from truing.tasks.published import PUBLISHED, PublishedSet


def _as_questions(read: Callable[..., PublishedSet]) -> Callable[..., QuestionSet]:
    """A question set's factory with the arguments and the description of a published set."""

    @wraps(read)
    def make(**arguments: Any) -> QuestionSet:
        found = read(**arguments)
        rule = TruthRule("index")
        pairs = [read_item(where, row, rule, pair=False) for where, row in found.rows]
        asked, answers = zip(*pairs, strict=True)
        made = make_questions(found.name, asked, answers, license=found.license)
        announce(found.name, made.summary, left_out=found.left_out)
        return made

    return make


for name, read in PUBLISHED.items():
    question_set(f"{name}:{{path:PATH}}")(_as_questions(read))
