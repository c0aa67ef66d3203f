"""Results of the capability gate, as the report of a closed run states them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from truing.research.gate._result import GateOutcome, GateResult
from truing.research.ledger._entry import Entry
from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import Gated, Scored, Submitted


@dataclass(frozen=True)
class ReportedGate:
    """The result of the capability gate on a submission.

    Attributes:
        submission: number of the submission.
        researcher: name of the researcher.
        method: parts of a composition that differ from the default; the claim of another method.
        at_close: whether the gate ran when the run was closed, on a candidate for a finalist.
        gain: mean gain on the climb tier.
        result: the result.
    """

    submission: int
    researcher: str
    method: str
    at_close: bool
    gain: float
    result: GateResult


def report_gate(
    entries: Sequence[Entry], submitted: Mapping[int, Submitted]
) -> tuple[ReportedGate, ...]:
    """The results of the gate in a ledger, in the order of the submissions.

    Args:
        entries: entries of the ledger.
        submitted: submissions by number.
    """
    scored = {one.submission: one for one in read_records(entries, Scored).values()}
    during = {number: one.gate for number, one in scored.items() if one.gate is not None}
    later = {one.submission: one.result for one in read_records(entries, Gated).values()}
    return tuple(
        ReportedGate(
            number,
            submitted[number].researcher,
            _method(submitted[number]),
            number in later,
            scored[number].evaluation.score,
            replace(result.in_range, detail=""),
        )
        for number, result in sorted({**during, **later}.items())
    )


def count_outcomes(results: Iterable[ReportedGate]) -> str:
    """The number of submissions with each outcome: `3 passed, 1 failed, 0 inconclusive`."""
    outcomes = [one.result.outcome for one in results]
    return ", ".join(f"{outcomes.count(one)} {one}" for one in get_args(GateOutcome))


def _method(submitted: Submitted) -> str:
    submission = submitted.submission
    return submitted.family if submission.kind == "composition" else submission.card.claim
