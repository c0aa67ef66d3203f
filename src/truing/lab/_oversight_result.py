"""Result of an oversight run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing.calls import checked
from truing.errors import DataError, UserError
from truing.lab._frame import to_frame
from truing.lab._run_result import RunResult
from truing.lab._select import select_names
from truing.measures import AgentRating, OversightMeasures, PressureMeasures
from truing.oversight import JudgementRow, Overseen
from truing.oversight.protocols import Protocol, give_protocols
from truing.oversight.spending import Spending
from truing.oversight.stopping import Stopping
from truing.oversight.tournaments import Game, rate_games
from truing.report import (
    OVERSIGHT_SIMULATED,
    Drawing,
    ProtocolRow,
    draw_oversight,
    draw_pressure,
    notebook_html,
    oversight_summary,
    pressure_summary,
    protocol_rows,
    protocol_table,
    short_names,
    with_notes,
)
from truing.runs import OVERSIGHT, OnMute, find_run, games_beside, measures_of, pressure_in, scored
from truing.wording import counted

if TYPE_CHECKING:
    from rich.console import RenderableType


ProtocolLike = str | Protocol | Callable[[], Protocol] | Sequence[Any]


@dataclass(frozen=True, repr=False)
class OversightResult(RunResult[ProtocolRow]):
    """Judgements and transcripts of an oversight run. The rows are the protocols.

    `print(result)` prints the summary of the command line: the accuracy under each protocol, its
    difference from the protocol `blind`, and the verdict.

    Attributes:
        overseen: all judgements and transcripts.
        folder: the run folder.
        on_mute: treatment of plays in which a speech was refused, empty or cut off: `exclude` or
            `count`.
        games: games of a tournament; empty without one.

    Examples:
        >>> import truing
        >>> asked = truing.Oversight(
        ...     protocols=["blind", "debate"],
        ...     questions="cases,count=20",
        ...     judge="truing/judge",
        ...     debater="truing/debater",
        ... )
        >>> result = truing.run(asked)
        >>> [(row.protocol, row.n) for row in result]
        [('blind', 20), ('debate', 20)]
        >>> result.best().protocol
        'debate'
    """

    overseen: Overseen
    folder: Path
    on_mute: OnMute = "exclude"
    games: tuple[Game, ...] = ()

    @cached_property
    def ratings(self) -> tuple[AgentRating, ...]:
        """Elo ratings of the agents of a tournament for each protocol and judge, best first.

        Without a tournament the tuple is empty.
        """
        return rate_games(self.games)

    @cached_property
    def measures(self) -> OversightMeasures:
        """All measures of the protocols: accuracy, calibration, ASD, JSE and all comparisons.

        Raises:
            UserError: there is no judgement, or a question is in two clusters.
        """
        if not self.overseen.records:
            raise UserError(f"{self.folder} contains no judgement, so nothing can be measured")
        games = games_beside(self.folder / OVERSIGHT.results)
        try:
            return measures_of(self._judgements, games=games)
        except ValueError as error:
            raise DataError(f"{self.folder}: {error}") from None

    @cached_property
    def pressure(self) -> PressureMeasures | None:
        """Curves of belief and truth under selection; None if the run has no pressure."""
        return pressure_in(self.folder)

    @property
    def rows(self) -> tuple[ProtocolRow, ...]:
        """Accuracy, difference from blind and verdict of each protocol."""
        return protocol_rows(self.measures) if self.overseen.records else ()

    @property
    def spending(self) -> Spending | None:
        """What the calls of all executions of the run cost; None without calls that cost money."""
        return find_run(self.folder).spending

    @property
    def stopping(self) -> Stopping | None:
        """The confidence sequence of a run with `stop_when`; None without it."""
        return find_run(self.folder).stopping

    def best(self) -> ProtocolRow:
        """The protocol with the highest accuracy of the judge.

        The accuracy of the best of several protocols is too high on average, because part of its
        advantage is luck on these questions. Its interval does not correct for the choice.

        Raises:
            UserError: no protocol has an accuracy.
        """
        known = [row for row in self.rows if row.accuracy.value is not None]
        if not known:
            raise UserError("no protocol has an accuracy, so there is no best one")
        return max(known, key=lambda row: row.accuracy.value or 0.0)

    @checked
    def filter(
        self,
        *,
        protocol: ProtocolLike | None = None,
        judge: str | Sequence[str] | None = None,
        agent: str | Sequence[str] | None = None,
    ) -> OversightResult:
        """The result of some protocols, judges or agents only.

        Differences, verdicts and their Holm correction remain those of the whole run.

        Args:
            protocol: a name as the table shows it, an object that the run was given, or a list of
                these.
            judge, agent: a name, or a list of names, as the records have them; two agents that
                argue against each other are `a, b`. Protocols without a speaker have no agent.

        Raises:
            UnknownNameError: no record has this name.
        """
        records = self.overseen.records
        named = {
            "protocol": None if protocol is None else give_protocols(protocol),
            "judge": judge,
            "agent": agent,
        }
        wanted = {
            kind: select_names(kind, given, [getattr(one, kind) or "" for one in records])
            for kind, given in named.items()
            if given is not None
        }
        kept = [
            all(getattr(one, kind) in names for kind, names in wanted.items()) for one in records
        ]
        overseen = replace(
            self.overseen,
            records=tuple(compress(records, kept)),
            transcripts=tuple(compress(self.overseen.transcripts, kept)),
        )
        made = replace(self, overseen=overseen)
        made.__dict__["measures"] = _only(self.measures, wanted)  # comparisons of the whole run
        return made

    def to_pandas(self) -> Any:
        """Data frame with one row per verdict: the recorded fields, and whether it is `right`.

        A tie for the highest belief is wrong. `right` is None for a verdict that could not be
        read.

        Raises:
            UserError: pandas is not installed.
        """
        return to_frame(row.to_json() | {"right": _is_right(row)} for row in self.overseen.records)

    @property
    def _judgements(self) -> list[Any]:
        records = enumerate(self.overseen.records, 1)
        return [scored(f"judgement {number}", row, self.on_mute) for number, row in records]

    def _rows(self) -> Sequence[ProtocolRow]:
        return self.rows

    def _drawings(self) -> Sequence[Drawing]:
        if not self.overseen.records:
            return ()
        pressed = [draw_pressure(self.pressure)] if self.pressure else []
        return [*draw_oversight(short_names(self.measures), self._judgements), *pressed]

    def _table(self) -> RenderableType:
        if not self.overseen.records:
            return "no judgements"
        shown = with_notes(oversight_summary(self.measures), self._notes)
        if self.pressure is None:
            return shown
        from rich.console import Group

        return Group(shown, "", pressure_summary(self.pressure))

    @property
    def _notes(self) -> list[str]:
        simulated = any(row.simulated for row in self.overseen.records)
        return [OVERSIGHT_SIMULATED] if simulated else []

    def _repr_html_(self) -> str:
        title = f"Oversight, {counted(len(self), 'protocol')}"
        drawings = self._drawings()[:1]
        rows = protocol_rows(short_names(self.measures)) if self.overseen.records else ()
        return notebook_html(title, [protocol_table(rows)], drawings, self.folder, self._notes)


def _only(found: OversightMeasures, wanted: Mapping[str, set[str]]) -> OversightMeasures:
    """The measures of some rows, with all comparisons in which one of them takes part.

    Args:
        found: the measures.
        wanted: names of the protocols, judges and agents. If no row states its judge, or its
            agent, all rows have the same.
    """
    stated = [kind for kind in wanted if any(getattr(one, kind) for one in found.protocols)]

    def kept(one: Any) -> bool:
        return all(getattr(one, kind) in wanted[kind] for kind in stated)

    return replace(
        found,
        protocols=tuple(filter(kept, found.protocols)),
        groups=tuple(filter(kept, found.groups)),
        comparisons=tuple(one for one in found.comparisons if any(map(kept, one.conditions))),
    )


def _is_right(row: JudgementRow) -> bool | None:
    if row.belief is None or row.truth is None:
        return None
    return row.belief[row.truth] > max(p for i, p in enumerate(row.belief) if i != row.truth)
