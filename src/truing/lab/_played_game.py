"""Outcome of a game."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing.lab._frame import to_frame
from truing.lab._run_result import RunResult
from truing.oversight.games import Outcome
from truing.report import (
    Drawing,
    OutcomeRow,
    folder_drawings,
    folder_html,
    outcome_rows,
    outcome_table,
)

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True, repr=False)
class PlayedGame(RunResult[OutcomeRow]):
    """Outcome of a game. Its rows are the measured values, beside the published values.

    Attributes:
        outcome: values, published values and notes.
        stated: the configuration and the outcome as JSON values.
        folder: the run folder.

    Examples:
        >>> import truing
        >>> played = truing.run(truing.Game("prover-verifier"))
        >>> played.outcome.values["ignoring_the_prover"]
        {'accuracy': 0.5}
        >>> played.rows[0].measure
        'value_of_information'
    """

    outcome: Outcome
    stated: Mapping[str, Any]
    folder: Path

    @property
    def rows(self) -> tuple[OutcomeRow, ...]:
        """Measured values in order, with the published values."""
        return outcome_rows(self.outcome)

    def to_pandas(self) -> Any:
        """Data frame with one row per measure: value, 95% interval if sampled, published value.

        Raises:
            UserError: pandas is not installed.
        """
        return to_frame(row.to_json() for row in self.rows)

    def _rows(self) -> Sequence[OutcomeRow]:
        return self.rows

    def _drawings(self) -> Sequence[Drawing]:
        return folder_drawings(self.folder)

    def _table(self) -> RenderableType:
        return outcome_table(self.outcome)

    def _repr_html_(self) -> str | None:
        return folder_html(self.folder)
