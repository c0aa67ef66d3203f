"""Texts on the oracle-signed accuracy of supervisors that have no labels."""

from __future__ import annotations

from collections.abc import Sequence

from truing.report._texts import interval_text
from truing.studies import Row

ORACLE_SIGNED = (
    "Oracle-signed accuracy: the supervisor's accuracy if the ground truth decided, for each seed, "
    "which class its labels mean. No label uses it. It is above 0.5 by chance on few test items."
)


def oracle_signed_texts(rows: Sequence[Row]) -> list[str]:
    """Oracle-signed accuracy of the supervisor of a pair; empty if its labels have a sign."""
    signed = rows[0].oracle_signed_accuracy
    return [f"oracle-signed weak accuracy {interval_text(signed, digits=3)}"] if signed else []


def oracle_signed_notes(rows: Sequence[Row]) -> list[str]:
    """What oracle-signed accuracy means, where a row has one."""
    return [ORACLE_SIGNED] if any(row.oracle_signed_accuracy for row in rows) else []
