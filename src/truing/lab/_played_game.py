"""Outcome of a game."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

from truing.calls import checked
from truing.errors import UserError
from truing.given import shown
from truing.lab._frame import to_frame
from truing.lab._run_result import RunResult
from truing.lab._select import select_names
from truing.oversight.games import GameValues, Outcome
from truing.report import (
    GAME_SIMULATED,
    Drawing,
    OutcomeRow,
    draw_game,
    game_table,
    notebook_html,
    outcome_rows,
    outcome_table,
)
from truing.runs import GAME

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
        >>> played[0].measure
        'verifier_leads.equilibria'
        >>> len(played), len(played.filter(measure="verifier_leads"))
        (32, 10)
    """

    outcome: Outcome
    stated: Mapping[str, Any]
    folder: Path

    @property
    def rows(self) -> tuple[OutcomeRow, ...]:
        """Measured values in order, with the published values."""
        return outcome_rows(self.outcome)

    def best(self) -> Never:
        """A game has no best row, because its rows are different quantities.

        Raises:
            UserError: always; the message says what a game has.
        """
        raise UserError(
            "a game has no best row, because its rows are different quantities; look at "
            "result.rows, or select some with result.filter(measure='NAME')"
        )

    @checked
    def filter(self, *, measure: str | Sequence[str]) -> PlayedGame:
        """The outcome with some measures only, and the published values of these.

        Args:
            measure: name of a row (`honest_wins.with_precommitment.both`) or the beginning of
                several (`honest_wins`), or a list of these.

        Raises:
            UnknownNameError: no row has this name.
        """
        paths = [row.measure for row in self.rows]
        groups = dict.fromkeys(above for path in paths for above in _above(path))
        names = select_names("measure", measure, [*groups])
        values, published = self._stated
        about = {name: one for name, one in self.stated.items() if name not in values}
        papers = [one for one in published if {*_above(str(one.get("name")))} & names]
        outcome = replace(
            self.outcome,
            values=_selected(self.outcome.values, names),
            published=tuple(one for one in self.outcome.published if {*_above(one.name)} & names),
        )
        stated = {**about, **_selected(values, names), "published": papers}
        return replace(self, outcome=outcome, stated=stated)

    def to_pandas(self) -> Any:
        """Data frame with one row per measure: value, 95% interval if sampled, published value.

        Raises:
            UserError: pandas is not installed.
        """
        return to_frame(row.to_json() for row in self.rows)

    def _rows(self) -> Sequence[OutcomeRow]:
        return self.rows

    def _drawings(self) -> Sequence[Drawing]:
        drawn = draw_game(*self._stated)
        return (drawn,) if drawn.subplots else ()

    def _table(self) -> RenderableType:
        return outcome_table(self.outcome)

    @property
    def _stated(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The values and the published values as JSON values."""
        about = {*GAME.fields, "published", "notes"}
        values = {name: value for name, value in self.stated.items() if name not in about}
        return values, self.stated.get("published", [])

    def _repr_html_(self) -> str:
        title = f"Game: {shown(str(self.stated.get('game', '')))}"
        table, drawings = game_table(*self._stated), self._drawings()
        notes = (GAME_SIMULATED, *self.outcome.notes)
        return notebook_html(title, [table], drawings, self.folder, notes)


def _above(path: str) -> list[str]:
    """A path and its beginnings: `a.b.c` has `a`, `a.b` and `a.b.c`."""
    return list(accumulate(path.split("."), lambda above, part: f"{above}.{part}"))


def _selected(values: GameValues, names: set[str], above: str = "") -> dict[str, Any]:
    """The values whose path, or a beginning of it, is among some names."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        path = f"{above}{name}"
        if {*_above(path)} & names:
            found[name] = value
        elif isinstance(value, Mapping) and (inside := _selected(value, names, f"{path}.")):
            found[name] = inside
    return found
