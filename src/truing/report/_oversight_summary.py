"""Summary of an oversight run for the terminal: accuracies, and differences from blind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from truing.given import shown
from truing.measures import OversightMeasures, ProtocolMetrics
from truing.report._fit import Column, FittingTable
from truing.report._protocol_rows import ProtocolRow, protocol_rows
from truing.report._texts import estimate_text, signed_text

if TYPE_CHECKING:
    from rich.console import RenderableType

LEGEND = (
    "from blind: accuracy difference on the same questions, Holm-corrected at 0.05 over all pairs "
    "of protocols."
)


def oversight_summary(found: OversightMeasures) -> RenderableType:
    """Accuracies, differences from the protocol without help, verdicts, and notes."""
    from rich.console import Group
    from rich.text import Text

    rows = protocol_rows(found)
    lines = [f"\n{LEGEND}"] if any(row.difference for row in rows) else []
    return Group(_table(rows), *map(Text, (*lines, *_notes(rows, found.protocols))))


def _table(rows: Sequence[ProtocolRow]) -> FittingTable:
    labels = [row.protocol for row in rows]
    return FittingTable(
        [
            Column("protocol", left=True, fold=True),
            Column("verdicts", optional=True),
            Column("accuracy [95%]"),
            Column("from blind [95%]"),
            Column("verdict", left=True),
        ],
        [
            (
                shown(row.protocol, labels),
                str(row.n),
                estimate_text(row.accuracy, 3),
                signed_text(row.difference) if row.difference else "",
                row.verdict,
            )
            for row in rows
        ],
    )


def _notes(rows: Sequence[ProtocolRow], protocols: Sequence[ProtocolMetrics]) -> list[str]:
    """Sentences on the number of questions, verdicts left out, ties, and a missing comparison."""
    questions = " and ".join(dict.fromkeys(str(row.questions) for row in rows))
    lines = [f"{questions} questions; intervals are 95%, clustered by question."]
    lines += filter(None, map(_left_out, protocols))
    lines += filter(None, map(_undecided, protocols))
    if len(rows) > 1 and not any(row.difference for row in rows):
        lines.append("No difference from blind, because the protocol blind was not run.")
    return lines


def _undecided(one: ProtocolMetrics) -> str:
    """A sentence on ties if they are most verdicts; else empty."""
    counted = one.n - one.mute - one.unread
    if 2 * one.ties <= counted:
        return ""
    return (
        f"{one.label}: {one.ties} of {counted} verdicts are ties, which count as wrong. (The "
        "embedded judge can decide only questions in the form of `cases`.)"
    )


def _left_out(one: ProtocolMetrics) -> str:
    """A sentence on verdicts that no metric includes; empty if there are none."""
    reasons = [
        (one.mute, "a speech was refused, empty or cut off (--on-mute)"),
        (one.unread, "the verdict could not be read"),
    ]
    named = "; ".join(
        f"{count} of {one.n} verdicts left out: {why}" for count, why in reasons if count
    )
    return f"{one.label}: {named}." if named else ""
