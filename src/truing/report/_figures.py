"""How figures and pairs are written, in tables and charts alike."""

from __future__ import annotations

from truing.studies import Row


def interval_text(
    value: float | None, low: float | None, high: float | None, digits: int = 2
) -> str:
    """A figure with its interval, or that there is none: `0.42 [0.31, 0.55]`."""
    if value is None:
        return "undefined"
    low_end = "-inf" if low is None else f"{low:.{digits}f}"
    high_end = "inf" if high is None else f"{high:.{digits}f}"
    return f"{value:.{digits}f} [{low_end}, {high_end}]"


def pair_name(row: Row) -> str:
    """Which supervisor labels for which student, on what; a simulation is called one."""
    simulated = " (simulated)" if row.simulated else ""
    return f"{row.task}: {row.weak}{simulated} supervises {row.strong}"
