"""A study's rows as a table for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from truing.report._chart import interval_text
from truing.studies import Row

if TYPE_CHECKING:
    from rich.table import Table


def table(rows: Sequence[Row]) -> Table:
    """Rows under each other, a line between pairs of supervisor and student."""
    from rich.table import Table

    several = len({row.task for row in rows}) > 1
    shown = Table(caption=_caption(rows), caption_justify="left", pad_edge=False, box=None)
    names = ["weak", "strong", "method"]
    for name in ["task", *names] if several else names:
        shown.add_column(name, no_wrap=True)
    for name in ("weak acc", "transfer", "ceiling"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("PGR [95%]", justify="right", no_wrap=True)
    shown.add_column("against naive", no_wrap=True)
    previous = None
    for row in rows:
        pair = (row.task, row.weak, row.strong)
        if previous not in (None, pair):
            shown.add_section()
            shown.add_row()
        previous = pair
        shown.add_row(*([row.task] if several else []), *_cells(row))
    return shown


def _cells(row: Row) -> list[str]:
    weak = row.weak + (" (simulated)" if row.simulated else "")
    accuracies = (row.weak_accuracy, row.transfer_accuracy, row.ceiling_accuracy)
    return [
        weak,
        row.strong,
        row.method,
        *(f"{accuracy:.3f}" for accuracy in accuracies),
        interval_text(row.pgr, row.pgr_low, row.pgr_high),
        _against(row),
    ]


def _against(row: Row) -> str:
    if row.difference is None:
        return ""
    return f"{row.difference.value:+.3f} {row.difference.verdict}"


def _caption(rows: Sequence[Row]) -> str:
    first = rows[0]
    notes = dict.fromkeys(row.note for row in rows if row.note)
    text = (
        f"{first.seeds} seeds, {first.n_test} test items, {first.baseline} baselines; intervals "
        "cover seeds and test items. Against naive: accuracy on the same seeds and items, "
        "Holm-corrected."
    )
    return " ".join([text, *(f"Note: {note}." for note in notes)])
