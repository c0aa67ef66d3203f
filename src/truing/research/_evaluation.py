"""Evaluation: what a method gains over the baseline, and what a finalist is worth at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from truing.research._entry import canonical

Tier = Literal["climb", "sealed", "transfer"]


@dataclass(frozen=True)
class Gain:
    """What a method gains over the baseline on one task, on the same seeds and items.

    Attributes:
        task: its name.
        accuracy: of the method, mean over seeds and items.
        value, low, high, p: difference to the baseline, its 95% interval, two-sided p.
    """

    task: str
    accuracy: float
    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Evaluation:
    """What a method was worth, or why it was worth nothing.

    Attributes:
        gains: task by task; empty where it failed.
        failure: why it failed, as the researcher reads it; empty where it did not.
        isolation: the level at which its code ran; empty where none of its code ran.
        detail: a submitted file's own words about its failure, for the owner alone.
    """

    gains: tuple[Gain, ...] = ()
    failure: str = ""
    isolation: str = ""
    detail: str = ""

    @property
    def score(self) -> float:
        """Mean gain over the tasks."""
        return sum(gain.value for gain in self.gains) / len(self.gains)


@dataclass(frozen=True)
class FinalVerdict:
    """What a finalist is worth.

    Attributes:
        submission: number of its entry in the ledger.
        researcher, kind, family: as submitted.
        content: of a composition; empty for a file.
        claim, expected_effect: of its card.
        gains: by tier and task; empty where it failed.
        scores: mean gain by tier; None where it failed, or where the tier has no task.
        failures: by tier; empty where it did not fail.
        p_holm: of the sealed gain, corrected over all methods that were submitted.
        verdict: `better`, `worse` or `inconclusive`.
        climbs_without_transfer: it gained on a climb task, and on no transfer task.
        isolation: the level at which its code ran.
        verdict_basis: what the verdict rests on; empty in the earliest ledgers.
    """

    submission: int
    researcher: str
    kind: str
    content: str
    family: str
    claim: str
    expected_effect: float
    gains: Mapping[Tier, tuple[Gain, ...]]
    scores: Mapping[Tier, float | None]
    failures: Mapping[Tier, str]
    p_holm: float
    verdict: str
    climbs_without_transfer: bool
    isolation: str
    verdict_basis: str = ""

    def to_json(self) -> dict[str, Any]:
        """The verdict as plain JSON values, in the order of the ledger's canonical JSON."""
        return json.loads(canonical(asdict(self)))
