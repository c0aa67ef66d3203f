"""Summary of `truing oversee`: accuracy of each protocol, and its difference from blind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truing.cli._console import output_console, print_text

if TYPE_CHECKING:
    from truing.measures import OversightMeasures, ProtocolMetrics


def print_summary(found: OversightMeasures) -> None:
    """Print accuracies, differences from the protocol without help, verdicts, and notes."""
    from truing.report import protocol_rows, protocol_summary

    rows = protocol_rows(found)
    output_console().print(protocol_summary(rows))
    questions = " and ".join(dict.fromkeys(str(row.questions) for row in rows))
    lines = [f"{questions} questions; intervals are 95%, clustered by question."]
    lines += filter(None, map(_left_out, found.protocols))
    lines += filter(None, map(_undecided, found.protocols))
    if len(rows) > 1 and not any(row.difference for row in rows):
        lines.append("No difference from blind: add --protocol blind, or see --full for all pairs.")
    print_text(*lines)


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
