"""A study's rows as tables for the terminal, eighty columns wide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from truing.report._figures import interval_text, pair_name
from truing.studies import Row

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table


def table(rows: Sequence[Row]) -> RenderableType:
    """One table for each task, supervisor and student, and what must be known to read them."""
    from rich.console import Group
    from rich.text import Text

    pairs: dict[str, list[Row]] = {}
    for row in rows:
        pairs.setdefault(pair_name(row), []).append(row)
    width = max(len(row.method) for row in rows)
    shown = [part for name, held in pairs.items() for part in (_table(name, held, width), "")]
    return Group(*shown, *(Text(line) for line in _legend(rows)))


def _table(name: str, rows: Sequence[Row], width: int) -> Table:
    from rich.table import Table

    weak = rows[0]
    accuracy = interval_text(weak.weak_accuracy, weak.weak_low, weak.weak_high, digits=3)
    title = f"{name}   [not bold]weak accuracy {accuracy}[/]"
    shown = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    shown.add_column("method", no_wrap=True, min_width=width)
    shown.add_column("transfer", justify="right", no_wrap=True)
    shown.add_column("ceiling", justify="right", no_wrap=True)
    shown.add_column("PGR [95%]", justify="right", no_wrap=True, min_width=21)
    shown.add_column("against naive", no_wrap=True, min_width=14)
    for row in rows:
        shown.add_row(
            row.method,
            f"{row.transfer_accuracy:.3f}",
            f"{row.ceiling_accuracy:.3f}",
            interval_text(row.pgr, row.pgr_low, row.pgr_high).replace("[", r"\["),
            f"{row.difference.value:+.3f} {row.difference.verdict}" if row.difference else "",
        )
    return shown


def _legend(rows: Sequence[Row]) -> list[str]:
    first = rows[0]
    notes = dict.fromkeys(row.note for row in rows if row.note)
    items = " and ".join(dict.fromkeys(str(row.n_test) for row in rows))
    seeds = "seed" if first.seeds == 1 else "seeds"
    return [
        f"{first.seeds} {seeds}, {items} test items, {first.baseline} baselines; "
        "intervals cover seeds and items.",
        "Against naive: accuracy on the same seeds and items, Holm-corrected at 0.05.",
        *(f"Note: {note}." for note in notes),
    ]
