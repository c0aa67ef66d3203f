"""Evaluation: the gain of a method over the baseline, and the final verdict on a finalist."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self

from truing.errors import (
    CapError,
    CorruptEntryError,
    EngineError,
    IsolationError,
    LedgerError,
    StorageError,
)
from truing.measures import Difference
from truing.research.folders._run import Usage
from truing.research.ledger._entry import canonical

Tier = Literal["climb", "sealed", "other_tasks"]
"""Items on which a submission is scored: during the run, at its end, and of other tasks."""
TIERS: dict[Tier, str] = {"climb": "climb", "sealed": "sealed", "other_tasks": "other tasks"}
"""All tiers, with their names in texts."""
INFRASTRUCTURE = (
    OSError,
    StorageError,
    EngineError,
    CapError,
    IsolationError,
    CorruptEntryError,
    LedgerError,
)
"""Errors of the infrastructure. They are no results: the submission is scored again."""
LONGEST_DETAIL = 4000  # characters


@dataclass(frozen=True)
class Gain(Difference):
    """The gain of a method over the baseline on one task, for the same seeds and items.

    Attributes:
        task: name of the task.
        accuracy: accuracy of the method, mean over seeds and items.
    """

    task: str
    accuracy: float

    @classmethod
    def on(cls, task: str, accuracy: float, found: Difference) -> Self:
        """The gain on a task from the accuracy difference from the baseline."""
        return cls(found.value, found.low, found.high, found.p, task, accuracy)

    @property
    def in_range(self) -> Self:
        """The gain with its interval clipped to -1..1, as reports show it.

        An accuracy difference is never outside, so both intervals contain the true gain equally
        often. Finalists are ranked by the unclipped interval, which clipping would tie.
        """
        return replace(self, low=max(self.low, -1.0), high=min(self.high, 1.0))


@dataclass(frozen=True)
class Evaluation:
    """The gains of a method, or the reason of its failure.

    Attributes:
        gains: one gain for each task; empty if the method failed.
        failure: reason of the failure that the researcher may read; empty if there was none.
        isolation: isolation level at which submitted code ran; empty if no submitted code ran.
        detail: the error message of a submitted file, for the owner only.
        usage: resources that the runs of a submitted folder used; zeros for other submissions,
            because measured times would change the hashes of ledgers that can be repeated.
    """

    gains: tuple[Gain, ...] = ()
    failure: str = ""
    isolation: str = ""
    detail: str = ""
    usage: Usage = field(default_factory=Usage)

    @property
    def score(self) -> float:
        """Mean gain over the tasks; the same number on all versions of Python."""
        return math.fsum(gain.value for gain in self.gains) / len(self.gains)

    @classmethod
    def unexpected(cls, error: Exception, isolation: str, usage: Usage | None = None) -> Self:
        """The failure after an error that is neither the method's nor the infrastructure's.

        Args:
            error: the error; only the name of its class is shown to the researcher.
            isolation: isolation level at which submitted code ran.
            usage: resources that the runs used before the error; they are charged.
        """
        why, detail = f"scoring failed ({type(error).__name__})", str(error)[:LONGEST_DETAIL]
        return cls(failure=why, isolation=isolation, detail=detail, usage=usage or Usage())


@dataclass(frozen=True)
class FinalVerdict:
    """The verdict on a finalist.

    Attributes:
        submission: number of its entry in the ledger.
        researcher, kind, family: as submitted.
        content: specification of a composition; empty for a file.
        claim, expected_effect: from the method card.
        gains: gains by tier, one for each task, with intervals within -1..1; empty if the method
            failed.
        scores: mean gain by tier; None if the method failed, or if the tier has no task.
        failures: reason of a failure by tier; empty if there was none.
        p_holm: p-value of the sealed gain, Holm-corrected over all submitted methods.
        verdict: `better`, `worse` or `inconclusive`.
        climb_tasks_only: whether the method gained on a climb task, and on the other tasks gained
            nowhere or lost somewhere.
        isolation: isolation level at which submitted code ran.
        verdict_basis: statistical basis of the verdict; empty in the earliest ledgers.
        probability: from the method card; None if it states none.
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
    climb_tasks_only: bool
    isolation: str
    verdict_basis: str = ""
    probability: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The verdict as plain JSON values, in the order of the ledger's canonical JSON."""
        return json.loads(canonical(asdict(self)))
