"""A problem with nothing but what a test plants: gains, failures, and a record of who was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.measures import paired_difference
from truing.methods import Choice, Real, Space
from truing.research import Budget, MethodCard, Referee, ResearchConfig, Submission, WeakToStrong
from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import Scored
from truing.research.problems import Evaluation, Gain
from truing.specification import Specification

SPACE = Space(
    "planted",
    (
        Choice("part", "plain", options=("plain", "good", "bad")),
        Real("strength", 0.5, low=0.1, high=1.0, when={"part": ("good",)}),
        Real("number", 0.99, low=0.0, high=1.0, allowed="[0, 1]"),
    ),
)
SEEDS, ITEMS = 4, 200


def config(each: int = 5, total: int = 100, **given: Any) -> ResearchConfig:
    """A research run of a few submissions."""
    problem = WeakToStrong(climb=("seen",), other_tasks=("unseen",), seeds=SEEDS)
    given = {"step": 0.02, "min_step_se": 0, "files": False, "finalists": 3, **given}
    return ResearchConfig(problem=problem, budget=Budget(each=each, all=total), **given)


def method(content: str = "planted", claim: str = "it helps") -> Submission:
    """A submission, with a card."""
    card = MethodCard(claim=claim, mechanism="a reason", expected_effect=0.02)
    return Submission(content=content, card=card)


def number(value: float) -> Submission:
    """A submission that is told from others by a number."""
    return method(f"planted,number={value:g}")


def gain_of(referee: Referee, number: int) -> Gain:
    """The true gain of a submission on the first climb task, from the ledger."""
    outcomes = read_records(referee.ledger.entries(), Scored).values()
    return next(one.evaluation.gains[0] for one in outcomes if one.submission == number)


class Planted:
    """Scores what it is told to, and notes every look.

    Args:
        worth: (content, tier) -> the gain, or a text: why it fails.
    """

    space, items, battery = SPACE, 1000.0, None

    def __init__(self, worth: Callable[[str, str], float | str]):
        self.worth = worth
        self.looks: list[tuple[str, str, tuple[int, ...]]] = []

    def describe(self) -> dict[str, Any]:
        return {"aim": "find the good part"}

    def check(self, submission: Submission) -> Submission:
        if Specification.parse(submission.content).name != SPACE.name:
            raise UserError("no method of this problem")
        label = SPACE.specification(SPACE.read(submission.content))
        return submission.model_copy(update={"content": label})

    def family(self, submission: Submission) -> str:
        return str(SPACE.read(submission.content)["part"])

    def level(self, submission: Submission) -> str:
        return "sealed" if submission.kind == "file" else ""

    def most_cpu(self, submission: Submission) -> int:
        return 0

    def look(self, specification: str, seeds: Sequence[int]) -> tuple:
        return ()

    def evaluate(self, submission: Submission, tier: str, seeds: Sequence[int]) -> Evaluation:
        self.looks.append((submission.content, tier, tuple(seeds)))
        found = self.worth(submission.content, tier)
        if isinstance(found, str):
            return Evaluation(failure=found)
        return Evaluation((Gain(found, found - 0.01, found + 0.01, 1e-9, tier, 0.5 + found),))


class Sampled(Planted):
    """Each look draws items anew: the method is right about `worth` more of them than naive."""

    def evaluate(self, submission: Submission, tier: str, seeds: Sequence[int]) -> Evaluation:
        self.looks.append((submission.content, tier, tuple(seeds)))
        rng = np.random.default_rng([*seeds, *submission.content.encode(), *tier.encode()])
        naive = rng.random((len(seeds), ITEMS)) < 0.7
        lost = naive & (rng.random(naive.shape) < 0.1)
        won = ~naive & (rng.random(naive.shape) < 0.1 * 0.7 / 0.3)
        own = (naive & ~lost) | won | (rng.random(naive.shape) < self.worth("", tier))
        found = paired_difference(own, naive, rng=rng, replicates=400)
        gain = Gain.on(tier, float(own.mean()), found)
        return Evaluation((gain,))
