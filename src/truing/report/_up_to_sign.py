"""Texts on values up to sign: oracle-signed accuracy, and agreement with distractors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from truing.report._texts import interval_text
from truing.studies import Row

ORACLE_SIGNED = (
    "Oracle-signed accuracy: the supervisor's accuracy if the ground truth decided, for each seed, "
    "which class its labels mean. No label uses it. It is above 0.5 by chance on few test items."
)
AGREEMENT = (
    "Agreement with a distractor is up to sign: the larger of a and 1 - a for each seed, where a "
    "is the share of test items on which the labels agree with the field."
)


def up_to_sign_texts(rows: Sequence[Row]) -> list[str]:
    """Values up to sign of a task, supervisor and student; empty if there are none.

    `oracle-signed weak accuracy 0.81 [0.75, 0.87]`, `agreement with liberal: supervisor 0.62 [0.55,
    0.70], naive 0.66 [0.60, 0.72]`.
    """
    return [*_oracle_signed(rows[0]), *_agreements(rows)]


def up_to_sign_notes(rows: Sequence[Row]) -> list[str]:
    """What these values mean, where a row has them."""
    notes = {
        ORACLE_SIGNED: any(row.oracle_signed_accuracy for row in rows),
        AGREEMENT: any(row.distractors for row in rows),
    }
    return [note for note, shown in notes.items() if shown]


def _oracle_signed(row: Row) -> Iterator[str]:
    if row.oracle_signed_accuracy:
        yield f"oracle-signed weak accuracy {interval_text(row.oracle_signed_accuracy, digits=3)}"


def _agreements(rows: Sequence[Row]) -> Iterator[str]:
    for name, found in (rows[0].distractors or {}).items():
        shown = [f"supervisor {interval_text(found['weak'])}"]
        shown += [
            f"{row.method} {interval_text(row.distractors[name]['transfer'])}"
            for row in rows
            if row.distractors
        ]
        yield f"agreement with {name}: {', '.join(shown)}"
