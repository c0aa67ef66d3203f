"""Stopping: the confidence sequence of a run, block after block, and the decision to stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean
from typing import Any

from truing.measures import confidence_sequence
from truing.oversight._judgement_row import JudgementRow
from truing.oversight.stopping._rule import StopRule
from truing.tasks import Item


@dataclass(frozen=True)
class StopPoint:
    """The confidence sequence after a block.

    Attributes:
        questions: number of questions played so far.
        compared: number of these on which both protocols have a verdict that counts.
        value: mean difference of accuracy on them; None without any.
        low, high: ends of the interval.
    """

    questions: int
    compared: int
    value: float | None
    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return dict(vars(self))


@dataclass(frozen=True)
class Stopping:
    """The confidence sequence of a run so far, and why the run stopped.

    Attributes:
        rule: the rule.
        total: number of questions of the run.
        points: the sequence after each block.
        why: `precision` or `difference` if the run stopped for this reason; else empty.
    """

    rule: StopRule
    total: int
    points: tuple[StopPoint, ...] = ()
    why: str = ""

    @property
    def last(self) -> StopPoint | None:
        """The sequence after the last block."""
        return self.points[-1] if self.points else None

    def after(
        self, played: Sequence[Item], rows: Iterable[JudgementRow], largest: int, mute: bool
    ) -> Stopping:
        """The sequence with one more block, and the decision.

        The difference of a question is the mean accuracy of the first protocol minus that of the
        second, over all plays of the question: both orders, all sides, judges and agents. A
        question on which one of them has no verdict that counts is left out.

        Args:
            played: all questions played so far, in the order of play.
            rows: the rows of all their plays.
            largest: number of questions of the largest cluster of the run.
            mute: whether verdicts count in plays in which a speech was refused, empty or cut off.
        """
        differences = _differences(self.rule, rows, mute)
        clusters: dict[str, list[float]] = {}
        for one in played:
            found = clusters.setdefault(one.cluster or one.id, [])
            found += differences.get(one.id, [])
        sequence = confidence_sequence(
            [sum(found) for found in clusters.values()],
            [len(found) for found in clusters.values()],
            precision=self.rule.precision,
            largest=largest,
        )
        low, high = sequence.intervals(self.rule.alpha, at=[len(clusters)])
        compared = sum(map(len, clusters.values()))
        value = float(sequence.means[-1]) if compared else None
        point = StopPoint(len(played), compared, value, float(low[0]), float(high[0]))
        return replace(self, points=(*self.points, point), why=self._stop_reason(point))

    def _stop_reason(self, point: StopPoint) -> str:
        if self.rule.decides and not point.low <= 0.0 <= point.high:
            return "difference"
        return "precision" if point.high - point.low <= 2.0 * self.rule.precision else ""

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "rule": self.rule.to_json(),
            "total": self.total,
            "why": self.why,
            "points": [one.to_json() for one in self.points],
        }

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> Stopping:
        """Read the JSON form.

        Raises:
            KeyError, TypeError, ValueError: it has another form.
        """
        points = tuple(StopPoint(**one) for one in stated["points"])
        rule = StopRule.from_json(stated["rule"])
        return cls(rule, int(stated["total"]), points, str(stated["why"]))


def _differences(
    rule: StopRule, rows: Iterable[JudgementRow], mute: bool
) -> dict[str, list[float]]:
    """Difference of each question, as a list of one number; empty if a protocol has no verdict."""
    right: dict[str, tuple[list[float], list[float]]] = {}
    for row in rows:
        hit = _is_right(row, mute)
        if hit is not None and row.protocol in (rule.first, rule.second):
            first, second = right.setdefault(row.question, ([], []))
            (first if row.protocol == rule.first else second).append(hit)
    return {
        question: [mean(first) - mean(second)] if first and second else []
        for question, (first, second) in right.items()
    }


def _is_right(row: JudgementRow, mute: bool) -> float | None:
    """1 if the right answer alone has the highest belief, else 0; None if not counted."""
    if row.belief is None or row.truth is None or (row.mute and not mute):
        return None
    others = [p for place, p in enumerate(row.belief) if place != row.truth]
    return float(row.belief[row.truth] > max(others))
