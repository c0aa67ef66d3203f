"""Protocol rows: a judge's accuracy under each protocol, and its difference from `blind`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from truing.given import shown as shown_name
from truing.measures import (
    UNDEFINED,
    Comparison,
    Condition,
    Estimate,
    OversightMeasures,
    ProtocolMetrics,
    decide_verdict,
)
from truing.report._texts import estimate_text, signed_text


@dataclass(frozen=True)
class ProtocolRow:
    """Results of a protocol; of a protocol, a judge and an agent if these vary.

    Attributes:
        protocol: label of the protocol.
        judge, agent: names of the judge and of the agents; None if all rows have the same. With
            several agents, a row whose agent is None is a protocol without a speaker.
        n, questions: number of verdicts and of distinct questions.
        accuracy: accuracy of the judge with its 95% interval.
        difference: accuracy minus that of the blind protocol by the same judge on the same
            questions, with its 95% interval; None for the blind protocol itself, or without one.
        p_holm: p-value of the difference, Holm-corrected over all comparisons; None if unknown.
        verdict: `better`, `worse` or `inconclusive`; empty without a difference.
        asd, asd_minus_blind: agent score difference, and its difference from that of the blind
            protocol by the same judge.
        strength: strength of the agent; undefined if agents do not vary.
    """

    protocol: str
    n: int
    questions: int
    accuracy: Estimate
    difference: Estimate | None = None
    p_holm: float | None = None
    verdict: str = ""
    judge: str | None = None
    agent: str | None = None
    asd: Estimate = UNDEFINED
    asd_minus_blind: Estimate = UNDEFINED
    strength: Estimate = UNDEFINED

    @property
    def label(self) -> str:
        """The protocol, with agent and judge if these are stated."""
        name = shown_name(self.protocol, (self.protocol,))
        return Condition(name, self.judge, self.agent).label

    def __str__(self) -> str:
        text = f"{self.label}: accuracy {estimate_text(self.accuracy)}"
        if self.difference is None:
            return text
        return f"{text}, {signed_text(self.difference)} from blind, {self.verdict}"

    def __repr__(self) -> str:
        return f"<ProtocolRow {self}>"


def protocol_rows(found: OversightMeasures, blind: str = "blind") -> tuple[ProtocolRow, ...]:
    """A row for each protocol, judge and agent, in the order of the measures.

    Args:
        found: measures of all protocols.
        blind: name of the protocol without help.
    """
    pairs: dict[Condition, Comparison] = {}
    for one in found.comparisons:
        names = [side.protocol for side in one.conditions]
        if one.between == "protocols" and blind in names:
            pairs[one.conditions[1 - names.index(blind)]] = one
    return tuple(
        _compared(_row(one), one.condition, pairs.get(one.condition)) for one in found.protocols
    )


def _row(one: ProtocolMetrics) -> ProtocolRow:
    return ProtocolRow(
        one.protocol,
        one.n,
        one.questions,
        one.metrics["accuracy"],
        judge=one.judge,
        agent=one.agent,
        asd=one.metrics["asd"],
        asd_minus_blind=one.metrics["asd_minus_blind"],
        strength=one.strength,
    )


def _compared(row: ProtocolRow, own: Condition, pair: Comparison | None) -> ProtocolRow:
    """The row with its difference, whichever condition of the pair is the first."""
    if pair is None or pair.shared.value is None:
        return row
    shared = pair.shared
    if pair.conditions[0] != own:
        low, high = (None if end is None else 0.0 - end for end in (shared.high, shared.low))
        shared = Estimate(0.0 - pair.shared.value, low, high)
    verdict = decide_verdict(shared.value, pair.p_holm)
    return replace(row, difference=shared, p_holm=pair.p_holm, verdict=verdict)
