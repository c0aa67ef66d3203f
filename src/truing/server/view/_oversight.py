"""Page of an oversight run: results of each protocol, and all plays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from truing.errors import DataError
from truing.measures import Estimate, Games, OversightMeasures, ProtocolMetrics
from truing.oversight import JudgementRow
from truing.report import protocol_rows, short_names
from truing.runs import (
    ENVIRONMENT,
    OVERSIGHT,
    PARTIAL,
    TRANSCRIPTS,
    OnMute,
    as_number,
    as_text,
    as_texts,
    games_beside,
    line_places,
    measures_of,
    notes_of,
    read_damaged,
    read_environment,
    read_object,
    read_rows,
    scored,
    shown_protocols,
    stamp,
)
from truing.server.view._natural import natural
from truing.server.view._shown import UNIT, SharedAxis
from truing.server.view._summary import Summary

BLIND = "blind"  # label of the protocol without help
SHOWN = {
    "accuracy": "accuracy",
    "honest_accuracy": "honest",
    "dishonest_accuracy": "dishonest",
    "brier": "Brier",
    "asd": "ASD",
    "asd_minus_blind": "ASD - blind",
}
"""Measures of a protocol and their column headings."""


@dataclass(frozen=True)
class ShownPlay:
    """One play: a protocol on a question.

    Attributes:
        number: index of the play in the file.
        protocol: name of the protocol.
        question: id of the question.
        choices: the answers.
        argued: index of the answer that the only speaker argued for; None if there is none.
        truth: index of the correct answer; None if the file does not state it.
        belief: the judge's final probabilities, one for each answer; None if unread.
        rounds: the judge's beliefs before the first round and after each round; empty if the
            judge was not asked for them.
        outcome: `right`, `wrong`, or `unread`.
        quotes: numbers of verified quotes, near misses and false quotes.
        judge: name of the judge.
        agent: name of the model that spoke.
        swapped: whether the answers were shown in reverse order.
        simulated: whether an embedded agent or a generated question took part.
    """

    number: int
    protocol: str
    question: str
    choices: tuple[str, ...]
    argued: int | None
    truth: int | None
    belief: tuple[float, ...] | None
    rounds: tuple[tuple[float, ...] | None, ...]
    outcome: str
    quotes: tuple[int, int, int]
    judge: str
    agent: str
    swapped: bool
    simulated: bool


@dataclass(frozen=True)
class OversightResults:
    """Results of an oversight run.

    Attributes:
        plays: all plays: by protocol, in the natural order of their questions.
        protocols: metrics of each protocol; empty if they cannot be computed.
        notes: sentences about missing values and their interpretation.
        damaged: number of lines that could not be read.
        from_blind: by the name of each row, its accuracy difference from `blind` by the same judge,
            and the verdict on it.
        partial: whether these are the results so far of an unfinished run.
        axis: axis on which accuracies are drawn.
    """

    plays: tuple[ShownPlay, ...]
    protocols: tuple[ProtocolMetrics, ...]
    notes: tuple[str, ...]
    damaged: int
    from_blind: Mapping[str, tuple[Estimate, str]] = field(default_factory=dict)
    partial: bool = False
    axis: SharedAxis = UNIT

    @property
    def judges(self) -> bool:
        """Whether each judge has separate rows."""
        return any(one.judge for one in self.protocols)

    @property
    def agents(self) -> bool:
        """Whether each agent has separate rows."""
        return any(one.agent for one in self.protocols)

    @property
    def simulated(self) -> bool:
        """Whether any play is simulated."""
        return any(one.simulated for one in self.plays)


@lru_cache(maxsize=8)
def read_oversight(run: Summary) -> OversightResults:
    """The judgements of a run and their measures; of a run in progress, those so far.

    Raises:
        DataError: the file cannot be read.
    """
    partial = stamp(run.folder, OVERSIGHT.results) is None
    name = PARTIAL if partial else OVERSIGHT.results
    if stamp(run.folder, name) is None:
        return OversightResults((), (), (), 0)
    lines = read_rows(run.folder, name)
    names = shown_protocols(lines.rows)
    rows = [
        {**row, "protocol": names[row["protocol"]]} if row.get("protocol") in names else row
        for row in lines.rows
    ]
    read = [read_damaged(f"line {i}", row) for i, row in enumerate(rows, 1)]
    plays = [_play(number, row) for number, (row, _) in enumerate(read)]
    order = {name: at for at, name in enumerate(dict.fromkeys(one.protocol for one in plays))}
    plays.sort(key=lambda one: (order[one.protocol], natural(one.question), one.number))
    # The environment of an unfinished run is not written yet.
    about = {} if partial else read_object(run.folder, ENVIRONMENT)
    games = games_beside(run.folder / OVERSIGHT.results)
    found, notes = _measured(read, read_environment(about).on_mute, games)
    protocols = found.protocols if found else ()
    from_blind = dict(_from_blind(found)) if found else {}
    return OversightResults(tuple(plays), protocols, notes, lines.damaged, from_blind, partial)


def _from_blind(found: OversightMeasures) -> Iterator[tuple[str, tuple[Estimate, str]]]:
    """Yield each row that is compared with `blind`, its difference, and the verdict."""
    for row in protocol_rows(found, BLIND):
        if row.difference:
            yield row.label, (row.difference, row.verdict)


@lru_cache(maxsize=8)
def transcript_places(run: Summary) -> tuple[tuple[int, int], ...]:
    """First and last byte position of each transcript in its file.

    Raises:
        DataError: the file cannot be read.
    """
    if stamp(run.folder, TRANSCRIPTS) is None:
        return ()
    return tuple(line_places(run.folder, TRANSCRIPTS))


def _play(number: int, row: JudgementRow) -> ShownPlay:
    belief, truth = finite(row.belief), _index(row.truth)
    return ShownPlay(
        number,
        as_text(row.protocol, 200),
        as_text(row.question, 500),
        as_texts(row.choices),
        _index(row.argued),
        truth,
        belief,
        tuple(map(finite, row.rounds)),
        _outcome(belief, truth),
        (row.quotes_verified, row.quotes_near, row.quotes_false),
        as_text(row.judge or "", 200),
        as_text(row.agent or "", 200),
        row.swapped,
        row.simulated,
    )


def _outcome(belief: tuple[float, ...] | None, truth: int | None) -> str:
    """Outcome of a verdict; a tie for the top answer is wrong, as in all measures."""
    if belief is None or truth is None or truth >= len(belief):
        return "unread"
    others = [p for i, p in enumerate(belief) if i != truth]
    return "right" if belief[truth] > max(others, default=0) else "wrong"


def finite(belief: Sequence[float] | None) -> tuple[float, ...] | None:
    """A belief, if it contains finite numbers only."""
    known = [as_number(p) for p in belief or ()]
    found = tuple(p for p in known if p is not None)
    return found if found and len(found) == len(known) else None


def _index(given: int | None) -> int | None:
    return given if given is not None and 0 <= given < 1000 else None


def _measured(
    rows: Sequence[tuple[JudgementRow, DataError | None]], on_mute: OnMute, games: Games | None
) -> tuple[OversightMeasures | None, tuple[str, ...]]:
    """Measures with intervals and notes; if a row is not a judgement, only a note."""
    if not rows:
        return None, ()
    try:
        judgements = []
        for number, (row, error) in enumerate(rows, 1):
            if error:
                raise error
            judgements.append(scored(f"line {number}", row, on_mute))
        found = measures_of(judgements, games=games)
    except (ValueError, TypeError, RecursionError) as error:  # DataError is a ValueError
        return None, (f"The measures could not be computed: {as_text(str(error), 300)}",)
    found = short_names(found)
    return found, tuple(notes_of(found.protocols))
