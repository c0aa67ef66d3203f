"""Score of a person, and the correct answers, after the last play."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures import brier, correctness
from truing.oversight.people._sitting import Judged


@dataclass(frozen=True)
class PersonScore:
    """Score of a person over all questions, without the answers.

    Attributes:
        right: number of verdicts with the highest probability on the correct answer; exact ties
            share the hit.
        count: number of verdicts.
        points: 100 for verdicts that are always certain and correct, 0 for verdicts that are always
            certain and wrong: 100 times one minus half the mean Brier score.
        even: points of a person who gives all answers the same probability.
    """

    right: float
    count: int
    points: float
    even: float


@dataclass(frozen=True)
class Solved:
    """A judged question with its ground truth, which may be shown after the last play.

    Attributes:
        question: text of the question.
        answers: answers in the order shown.
        right: index of the correct answer.
        belief: probabilities that the person gave; None without a verdict.
    """

    question: str
    answers: tuple[str, ...]
    right: int
    belief: tuple[float, ...] | None


def solve(one: Judged, truth: int) -> Solved:
    """A judged play with its ground truth, an index of the question set."""
    question = one.setup.question
    return Solved(question.text, question.choices, one.setup.order.index(truth), one.shown)


def score_of(solved: Sequence[Solved]) -> PersonScore:
    """Score of a person's verdicts; questions without a verdict do not count."""
    counted = [one for one in solved if one.belief]
    beliefs = [np.array([one.belief]) for one in counted]
    truths = [np.array([one.right]) for one in counted]
    even = [np.full_like(belief, 1 / belief.size) for belief in beliefs]
    return PersonScore(
        sum(float(correctness(b, t)[0]) for b, t in zip(beliefs, truths, strict=True)),
        len(counted),
        _points(beliefs, truths),
        _points(even, truths),
    )


def _points(beliefs: Sequence[np.ndarray], truths: Sequence[np.ndarray]) -> float:
    """100 times one minus half the mean Brier score; 0 without beliefs."""
    scores = [float(brier(b, t)) for b, t in zip(beliefs, truths, strict=True)]
    return 100 * (1 - sum(scores) / len(scores) / 2) if scores else 0.0
