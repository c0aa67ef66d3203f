"""`truing measure ratings`: Bradley-Terry ratings from recorded games."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._console import output_console
from truing.cli._once import Command
from truing.cli._options import json_option
from truing.errors import DataError

if TYPE_CHECKING:
    from truing.measures import AgentRating, GameResult
    from truing.tasks import FileRow

SIDES = [("first", "second"), ("guard", "adversary")]


@click.command("ratings", short_help="Compute Elo ratings from recorded games.", cls=Command)
@click.argument("path", metavar="FILE.jsonl", type=click.Path(path_type=Path))
@json_option
def ratings(path: Path, as_json: bool) -> None:
    """Compute Elo ratings (Bradley-Terry, maximum likelihood) from game results.

    Each line is {"first", "second", "score"}. The score is the first player's: 1 for a win, 0.5 for
    a draw. Optional fields: "games", the number of games in the line, with their mean score, and
    "cluster", a value shared by dependent lines. Games with different values of "protocol" or
    "judge" have separate ratings; games.jsonl of a tournament has these fields. With "guard" and
    "adversary" in place of first and second, each player gets a rating for each role. The mean
    rating is 1500. A draw counts as half a win and half a loss, so one line with "games" and many
    single lines give the same interval.
    """
    from truing.measures import rate_groups
    from truing.tasks import name_of, read_rows

    groups: dict[tuple[str | None, str | None], list[GameResult]] = {}
    for where, row in read_rows(path, ("score", "games", "argued", "swapped")):
        group = name_of(where, row, "protocol"), name_of(where, row, "judge")
        groups.setdefault(group, []).append(_game(where, row))
    found = rate_groups(groups)
    if not found:
        raise DataError(f"{path} contains no game; add a line for each game")
    if as_json:
        print(json.dumps({"players": [_plain(one) for one in found]}))
        return
    print_ratings(found)


def _plain(found: AgentRating) -> dict[str, object]:
    player = found.player
    return {
        "player": player.player,
        "role": player.role,
        "protocol": found.protocol,
        "judge": found.judge,
        "rating": player.rating.value,
        "low": player.rating.low,
        "high": player.rating.high,
        "games": player.games,
        "component": player.component,
        "note": player.note,
    }


def _game(where: str, row: FileRow) -> GameResult:
    from truing.measures import GameResult
    from truing.tasks import name_of, need, number_of

    named = [pair for pair in SIDES if any(row.get(side) is not None for side in pair)]
    if len(named) != 1:
        raise DataError(f"{where}: required: first and second, or guard and adversary")
    (sides,) = named
    need(where, row, *sides, "score")
    first, second = (name_of(where, row, side) for side in sides)
    score, games = number_of(where, row, "score"), number_of(where, row, "games", 1.0)
    cluster = name_of(where, row, "cluster")
    assert first is not None  # `need` has checked the fields
    assert second is not None
    assert score is not None
    assert games is not None
    try:
        roles = (None, None) if sides == SIDES[0] else sides
        return GameResult(first, second, score, games=games, cluster=cluster, roles=roles)
    except ValueError as error:
        raise DataError(f"{where}: {error}") from None


def print_ratings(found: Sequence[AgentRating]) -> None:
    """Print ratings with their intervals; protocol and judge only where they vary."""
    from truing.report import Column, FittingTable, FoldedText, estimate_text

    players = [one.player for one in found]
    labels: dict[str, Callable[[AgentRating], str]] = {
        "protocol": lambda one: one.protocol or "",
        "judge": lambda one: one.judge or "",
        "component": lambda one: str(one.player.component),
    }
    vary = {name: len({of(one) for one in found}) > 1 for name, of in labels.items()}
    with_roles = any(one.role for one in players)
    before = [name for name in ("protocol", "judge") if vary[name]]
    after = [name for name in ("component",) if vary[name]]
    columns = [Column(name, left=True, fold=True) for name in (*before, "player")]
    columns += [Column("role", left=True)] if with_roles else []
    columns += [Column("rating [95%]"), Column("games"), *map(Column, after)]
    shown = FittingTable(columns)
    for one in found:
        player = one.player
        shown.rows.append(
            (
                *(labels[name](one) for name in before),
                player.player,
                *([player.role or ""] if with_roles else []),
                estimate_text(player.rating, 0),
                f"{player.games:g}",
                *(labels[name](one) for name in after),
            )
        )
    console = output_console()
    console.print(shown)
    if after:
        console.print(
            "\nNo games connect the components: ratings of different components are not comparable."
        )
    for note in dict.fromkeys(one.note for one in players if one.note):
        noted = dict.fromkeys(one.player for one in players if one.note == note)
        console.print("", FoldedText(f"{', '.join(noted)}: {note}"), sep="\n")
