"""Verdicts: choose the finalists, and decide whether each is better than the baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from truing.measures import INCONCLUSIVE, decide_verdict, holm, verdict_basis
from truing.research._evaluation import Evaluation, FinalVerdict, Gain, Tier
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._read_records import read_gates, read_records
from truing.research.ledger._records import FinallyScored, Scored, Submitted


@dataclass(frozen=True)
class Choice:
    """Finalists, and candidates on which it depends who else is a finalist.

    Attributes:
        finalists: by number of submission, best first.
        waiting: candidates that the capability gate must examine before all finalists are known.
            The gate must examine each of them, with any results of the others.
    """

    finalists: dict[int, Submitted]
    waiting: dict[int, Submitted]


def finalists(ledger: Ledger, count: int) -> dict[int, Submitted]:
    """The finalists of a run, by number of submission, best first; see `choose_finalists`.

    Submissions without a result of the capability gate in the ledger count as passed.
    """
    return choose_finalists(ledger, count, examined=False).finalists


def choose_finalists(ledger: Ledger, count: int, examined: bool) -> Choice:
    """The best methods that pass the capability gate.

    Methods are ranked by the lower ends of the intervals of their gains, averaged over tasks,
    before any interval is clipped to -1..1. A ranking by mean gain would favor methods with gains
    that vary strongly between seeds. Submissions with identical results share one finalist slot,
    which the earliest submission that passes gets. Predictions are never finalists, because they
    contain no answers about other items.

    A candidate is waiting only if, with all earlier waiting candidates passed, a slot would still
    be free. So the gate examines the same candidates, however many it examines at a time.

    Args:
        ledger: ledger of the run.
        count: largest number of finalists.
        examined: whether a finalist needs a result of the gate in the ledger.
    """
    gates = {number: one.passed for number, one in read_gates(ledger).items()}
    submissions = read_records(ledger.entries(Submitted.kind), Submitted)
    chosen: dict[tuple[Gain, ...], int] = {}
    waiting: dict[tuple[Gain, ...], int] = {}
    for number, gains in _ranked(ledger, submissions):
        if len(chosen) + len(waiting) == count:
            break
        if gains in chosen or gains in waiting:
            continue
        if number not in gates and examined:
            waiting[gains] = number
        elif gates.get(number, True):
            chosen[gains] = number
    return Choice(
        {number: submissions[number] for number in chosen.values()},
        {number: submissions[number] for number in waiting.values()},
    )


def _ranked(
    ledger: Ledger, submissions: Mapping[int, Submitted]
) -> list[tuple[int, tuple[Gain, ...]]]:
    """Numbers and gains of the scored methods, best first."""
    ranked: list[tuple[float, int, tuple[Gain, ...]]] = []
    for outcome in read_records(ledger.entries(Scored.kind), Scored).values():
        kind, gains = submissions[outcome.submission].submission.kind, outcome.evaluation.gains
        if not outcome.evaluation.failure and kind != "predictions":
            low = math.fsum(gain.low for gain in gains) / len(gains)
            ranked.append((-low, outcome.submission, gains))
    return [(number, gains) for _, number, gains in sorted(ranked, key=lambda one: one[:2])]


def verdicts(
    ledger: Ledger, chosen: Mapping[int, Submitted], seeds: int | None
) -> tuple[FinalVerdict, ...]:
    """The verdict on each finalist, Holm-corrected over all submitted methods.

    Args:
        ledger: ledger of the run, with the final scores of all finalists.
        chosen: the finalists, by number of submission.
        seeds: number of seeds that the items of an evaluation share; None if they share none.
    """
    outcomes = read_records(ledger.entries(Scored.kind), Scored).values()
    finals = read_records(ledger.entries(FinallyScored.kind), FinallyScored).values()
    climb = {one.submission: one.evaluation for one in outcomes}
    final = {one.submission: one for one in finals}
    submitted = read_records(ledger.entries(Submitted.kind), Submitted).values()
    methods = {one.submission.digest for one in submitted}
    alone = [_joint_p(final[number].sealed) for number in chosen]
    others = [1.0] * (len(methods) - len(chosen))  # all other submitted methods
    corrected = holm([*alone, *others])[: len(chosen)]
    return tuple(
        _verdict(number, submitted, climb[number], final[number], float(p), seeds)
        for (number, submitted), p in zip(chosen.items(), corrected, strict=True)
    )


def _verdict(
    number: int,
    submitted: Submitted,
    climb: Evaluation,
    final: FinallyScored,
    p: float,
    seeds: int | None,
) -> FinalVerdict:
    submission, card = submitted.submission, submitted.submission.card
    tiers: dict[Tier, Evaluation] = {
        "climb": climb,
        "sealed": final.sealed,
        "other_tasks": final.other_tasks,
    }
    scores = {
        tier: None if one.failure or not one.gains else one.score for tier, one in tiers.items()
    }
    return FinalVerdict(
        submission=number,
        researcher=submitted.researcher,
        kind=submission.kind,
        content=submission.content if submission.kind == "composition" else "",
        family=submitted.family,
        claim=card.claim,
        expected_effect=card.expected_effect,
        gains={tier: tuple(gain.in_range for gain in one.gains) for tier, one in tiers.items()},
        scores=scores,
        failures={tier: one.failure for tier, one in tiers.items()},
        p_holm=p,
        verdict=_direction(final.sealed.gains, scores["sealed"], p, seeds),
        climb_tasks_only=_climb_tasks_only(climb.gains, final.other_tasks),
        isolation=climb.isolation,
        verdict_basis=verdict_basis(seeds),
        probability=card.probability,
    )


def _direction(gains: Sequence[Gain], score: float | None, p: float, seeds: int | None) -> str:
    """Better or worse if p is significant and the task with the smallest p has the mean's sign."""
    if not gains or score is None:
        return INCONCLUSIVE
    surest = min(gains, key=lambda one: one.p).value
    return decide_verdict(score, p, seeds=seeds) if surest * score > 0 else INCONCLUSIVE


def _climb_tasks_only(climb: Sequence[Gain], others: Evaluation) -> bool:
    """Whether a method gained on a climb task, and on other tasks gained nowhere or lost somewhere.

    Gains and losses count if their interval excludes 0.
    """
    if not (others.gains or others.failure):
        return False  # the run has no other task
    climbed = any(one.low > 0 for one in climb)
    gained = any(one.low > 0 for one in others.gains)
    lost = any(one.high < 0 for one in others.gains)
    return climbed and (lost or not gained)


def _joint_p(evaluation: Evaluation) -> float:
    """p-value of the hypothesis of no gain on any task (Bonferroni); 1 if the method failed."""
    if evaluation.failure or not evaluation.gains:
        return 1.0
    return min(1.0, min(gain.p for gain in evaluation.gains) * len(evaluation.gains))
