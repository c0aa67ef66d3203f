"""Verdicts: which methods are scored at the end, and what each of them is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from truing.measures import INCONCLUSIVE, decide_verdict, holm, verdict_basis
from truing.research._entry import Entry
from truing.research._ledger import Ledger
from truing.research.problems import Evaluation, Gain


def finalists(ledger: Ledger, count: int) -> list[Entry]:
    """The methods that surely gained most, each once, the best first.

    Ranked is by the lower ends of the intervals, their mean over tasks: some methods are worth
    much with one seed and little with the next, and the highest mean of many is one of those.
    Submissions with identical results share one place, which the earliest of them takes.
    Predictions are none of them: they hold no answer about another item.
    """
    scored: dict[tuple[Gain, ...], tuple[float, Entry]] = {}
    outcomes = sorted(ledger.entries("outcome"), key=lambda one: one.body["submission"])
    for outcome in outcomes:  # researchers are scored in turns, so not in the order of submission
        entry = ledger.entry(outcome.body["submission"])
        if not outcome.body["failure"] and entry.body["kind"] != "predictions":
            gains = Evaluation.from_json(outcome.body["evaluation"]).gains
            low = sum(gain.low for gain in gains) / len(gains)
            scored.setdefault(gains, (low, entry))
    ranked = sorted(scored.values(), key=lambda one: (-one[0], one[1].number))
    return [entry for _, entry in ranked[:count]]


def verdicts(ledger: Ledger, chosen: Sequence[Entry], seeds: int) -> list[dict[str, Any]]:
    """What each finalist is worth, corrected over all methods that were ever submitted.

    Args:
        seeds: number of seeds behind each evaluation.
    """
    finals = [ledger.find(f"final {entry.number}").body for entry in chosen]
    sealed = [Evaluation.from_json(body["sealed"]) for body in finals]
    alone = [_joint_p(one) for one in sealed]
    methods = {one.body["digest"] for one in ledger.entries("submission")}
    others = [1.0] * (len(methods) - len(chosen))  # tried too, and nothing came of them
    corrected = holm([*alone, *others])[: len(chosen)]
    return [
        _verdict(ledger, entry, body, float(p), seeds)
        for entry, body, p in zip(chosen, finals, corrected, strict=True)
    ]


def _verdict(
    ledger: Ledger, entry: Entry, final: dict[str, Any], p: float, seeds: int
) -> dict[str, Any]:
    climb = ledger.find(f"outcome {entry.number}").body["evaluation"]
    gains = {"climb": climb, "sealed": final["sealed"], "transfer": final["transfer"]}
    scores = {
        tier: None if one["failure"] or not one["gains"] else Evaluation.from_json(one).score
        for tier, one in gains.items()
    }
    return {
        "submission": entry.number,
        "researcher": entry.body["researcher"],
        "kind": entry.body["kind"],
        "content": entry.body["content"] if entry.body["kind"] == "composition" else "",
        "family": entry.body["family"],
        "claim": entry.body["card"]["claim"],
        "expected_effect": entry.body["card"]["expected_effect"],
        "gains": {tier: one["gains"] for tier, one in gains.items()},
        "scores": scores,
        "failures": {tier: one["failure"] for tier, one in gains.items()},
        "p_holm": p,
        "verdict": _direction(final["sealed"]["gains"], scores["sealed"], p, seeds),
        "verdict_basis": verdict_basis(seeds),
        "climbs_without_transfer": _climbs_alone(climb["gains"], final["transfer"]),
        "isolation": climb["isolation"],
    }


def _direction(gains: Sequence[dict[str, Any]], score: float | None, p: float, seeds: int) -> str:
    """Better or worse, where p says so and the task that is surest agrees with the mean."""
    if not gains or score is None:
        return INCONCLUSIVE
    surest = min(gains, key=lambda one: one["p"])["value"]
    return decide_verdict(score, p, seeds=seeds) if surest * score > 0 else INCONCLUSIVE


def _climbs_alone(climb: Sequence[dict[str, Any]], transfer: dict[str, Any]) -> bool:
    """It gained on a task that it was chosen by, and on none that was never named before.

    Who surely loses on one of them has not transferred either, whatever it gains on another.
    """
    if not (transfer["gains"] or transfer["failure"]):
        return False  # the research has no such task
    climbed = any(one["low"] > 0 for one in climb)
    gained = any(one["low"] > 0 for one in transfer["gains"])
    lost = any(one["high"] < 0 for one in transfer["gains"])
    return climbed and (lost or not gained)


def _joint_p(evaluation: Evaluation) -> float:
    """Of no gain on any task: the least p times the number of tasks; 1 where it failed."""
    if evaluation.failure or not evaluation.gains:
        return 1.0
    return min(1.0, min(gain.p for gain in evaluation.gains) * len(evaluation.gains))
