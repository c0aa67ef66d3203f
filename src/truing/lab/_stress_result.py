"""Result of a stress test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from truing.lab._frame import to_frame
from truing.lab._run_result import RunResult
from truing.report import (
    PLANTED,
    STRESS_SIMULATED,
    Drawing,
    draw_stress,
    notebook_html,
    power_table,
    stress_summary,
)
from truing.stress import PowerRow, StressRow, StressTest, power_rows
from truing.studies import Work
from truing.wording import counted

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True, repr=False)
class StressResult(RunResult[StressRow]):
    """Result of a stress test: how often each monitor detects each plant.

    `print(result)` prints the table of the command line.

    Attributes:
        rows: one row per plant, strength and monitor.
        card: the power card: one row per plant and monitor.
        work: number of trainings and reused steps, and seconds.
        folder: the run folder.

    Examples:
        >>> import truing
        >>> test = truing.StressTest(
        ...     plants="liar",
        ...     monitors="spot-check,audits=50",
        ...     strengths=[0.2, 1.0],
        ...     seeds=4,
        ...     references=19,
        ...     fprs=0.05,
        ... )
        >>> result = truing.run(test)
        >>> [(row.plant, row.strength) for row in result]
        [('liar', 0.2), ('liar', 1.0)]
    """

    rows: tuple[StressRow, ...]
    card: tuple[PowerRow, ...]
    work: Work
    folder: Path

    @classmethod
    def of(cls, rows: tuple[StressRow, ...], test: StressTest, work: Work, folder: Path) -> Self:
        """The result with the power card of the rows."""
        return cls(rows, tuple(power_rows(rows, test.two_sided)), work, folder)

    def to_pandas(self) -> Any:
        """Data frame with one row per plant, strength and monitor, and one column per value.

        The suspicions of single systems are in detections.jsonl.

        Raises:
            UserError: pandas is not installed.
        """
        return to_frame(_without_scores(row.to_json()) for row in self.rows)

    def _rows(self) -> Sequence[StressRow]:
        return self.rows

    def _drawings(self) -> Sequence[Drawing]:
        return draw_stress(self.rows, self.card)

    def _table(self) -> RenderableType:
        return stress_summary(self.rows)

    def _repr_html_(self) -> str:
        simulated = any(row.simulated for row in self.rows)
        notes = [PLANTED, *([STRESS_SIMULATED] if simulated else [])]
        title = f"Stress test, {counted(len(self), 'row')}"
        tables = [power_table(self.card, self.rows)]
        return notebook_html(title, tables, self._drawings()[:1], self.folder, notes)


def _without_scores(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "scores"}
