"""Page of a stress test: the power card, and detection by plant, strength and monitor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from truing.errors import DataError
from truing.measures import UNDEFINED, Estimate
from truing.report import (
    Table,
    by_plant,
    by_strength,
    cost_lines,
    counts_text,
    monitor_name,
    power_rate,
    power_table,
)
from truing.runs import PARTIAL, POWER, STRESS, clean, read_rows, stamp
from truing.server.view._summary import Summary
from truing.stress import PowerRow, StressRow

R = TypeVar("R")


@dataclass(frozen=True)
class StressResults:
    """The rows of a stress test.

    Attributes:
        rows: detection by plant, strength and monitor.
        card: the power card.
        damaged: number of rows that could not be read.
        partial: whether these are the results so far of an unfinished run.
    """

    rows: tuple[StressRow, ...]
    card: tuple[PowerRow, ...]
    damaged: int
    partial: bool = False

    @property
    def simulated(self) -> bool:
        """Whether embedded agents took part."""
        return any(row.simulated for row in self.rows)

    @property
    def rate(self) -> float:
        """The false-positive rate whose alarms are shown."""
        return power_rate(self.rows, self.card)

    @property
    def power_table(self) -> Table:
        """The power card as a table."""
        return power_table(self.card, self.rows)

    @property
    def notes(self) -> tuple[str, ...]:
        """Numbers of systems, and what each plant costs."""
        return (counts_text(self.rows), *cost_lines(self.rows))

    @property
    def plants(self) -> dict[str, list[tuple[str, StressRow, Estimate]]]:
        """For each plant, the strength and monitor, the row, and the share of detected systems."""
        return {
            plant: [
                (
                    f"{strength:g}, {monitor_name(row, self.rows)}",
                    row,
                    row.tpr.get(f"{self.rate:g}", UNDEFINED),
                )
                for strength, cell in by_strength(rows).items()
                for row in cell
            ]
            for plant, rows in by_plant(self.rows).items()
        }


@lru_cache(maxsize=16)
def read_stress(run: Summary) -> StressResults:
    """The rows of a stress test, or those so far; no rows if the run has no results yet.

    Raises:
        DataError: a file cannot be read.
    """
    partial = stamp(run.folder, STRESS.results) is None
    name = PARTIAL if partial else STRESS.results
    if stamp(run.folder, name) is None:
        return StressResults((), (), 0)
    rows, unread = _read(run, name, StressRow.from_json)
    card: list[PowerRow] = []
    unread_card = 0
    if not partial and stamp(run.folder, POWER) is not None:
        card, unread_card = _read(run, POWER, PowerRow.from_json)
    return StressResults(tuple(rows), tuple(card), unread + unread_card, partial)


def _read(run: Summary, name: str, read: Callable[[Mapping[str, Any]], R]) -> tuple[list[R], int]:
    """Rows of a file, and the number of those that cannot be read."""
    stored = read_rows(run.folder, name)
    found = list(_readable(stored.rows, read))
    return found, stored.damaged + len(stored.rows) - len(found)


def _readable(
    rows: tuple[dict[str, Any], ...], read: Callable[[Mapping[str, Any]], R]
) -> Iterator[R]:
    for row in rows:
        try:
            yield read(clean(row))
        except DataError:
            continue
