"""Protocol rows: the judge's accuracy under each protocol, and its difference from `blind`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from truing.given import shown as shown_name
from truing.measures import Comparison, Estimate, OversightMeasures, decide_verdict
from truing.report._texts import estimate_text, signed_text


@dataclass(frozen=True)
class ProtocolRow:
    """Results of a protocol.

    Attributes:
        protocol: label of the protocol.
        n, questions: number of verdicts and of distinct questions.
        accuracy: accuracy of the judge with its 95% interval.
        difference: accuracy minus that of the blind protocol on the same questions, with its 95%
            interval; None for the blind protocol itself, or without one.
        p_holm: p-value of the difference, Holm-corrected over all pairs of protocols; None if
            unknown.
        verdict: `better`, `worse` or `inconclusive`; empty without a difference.
    """

    protocol: str
    n: int
    questions: int
    accuracy: Estimate
    difference: Estimate | None = None
    p_holm: float | None = None
    verdict: str = ""

    def __str__(self) -> str:
        name = shown_name(self.protocol, (self.protocol,))
        text = f"{name}: accuracy {estimate_text(self.accuracy)}"
        if self.difference is None:
            return text
        return f"{text}, {signed_text(self.difference)} from blind, {self.verdict}"

    def __repr__(self) -> str:
        return f"<ProtocolRow {self}>"


def protocol_rows(found: OversightMeasures, blind: str = "blind") -> tuple[ProtocolRow, ...]:
    """A row for each protocol, in the order of the measures.

    Args:
        found: measures of all protocols.
        blind: name of the protocol without help.
    """
    pairs = {frozenset((one.first, one.second)): one for one in found.comparisons}
    rows = []
    for one in found.protocols:
        row = ProtocolRow(one.protocol, one.n, one.questions, one.metrics["accuracy"])
        pair = pairs.get(frozenset((one.protocol, blind)))
        rows.append(_compared(row, pair) if pair else row)
    return tuple(rows)


def _compared(row: ProtocolRow, pair: Comparison) -> ProtocolRow:
    """The row with its difference, whichever protocol of the pair is the first."""
    shared = pair.shared
    if shared.value is None:
        return row
    if pair.first != row.protocol:
        low, high = (None if end is None else 0.0 - end for end in (shared.high, shared.low))
        shared = Estimate(0.0 - shared.value, low, high)
    verdict = decide_verdict(shared.value, pair.p_holm)
    return replace(row, difference=shared, p_holm=pair.p_holm, verdict=verdict)
