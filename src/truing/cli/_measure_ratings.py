"""`truing measure ratings`: Bradley-Terry ratings from recorded games."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._console import output_console
from truing.cli._options import json_option
from truing.errors import DataError

if TYPE_CHECKING:
    from truing.measures import GameResult, Player
    from truing.tasks._read_rows import FileRow

SEED = 0  # random seed of the bootstrap, so that a file always gives the same interval
SIDES = [("first", "second"), ("guard", "adversary")]


@click.command("ratings", short_help="Compute Elo ratings from recorded games.")
@click.argument("path", metavar="FILE.jsonl", type=click.Path(path_type=Path))
@json_option
def ratings(path: Path, as_json: bool) -> None:
    """Compute Elo ratings (Bradley-Terry, maximum likelihood) from game results.

    Each line is {"first", "second", "score"}. The score is the first player's: 1 for a win, 0.5 for
    a draw. Optional fields: "games", the number of games in the line, with their mean score, and
    "cluster", a value shared by dependent lines. With "guard" and "adversary" in place of first and
    second, each player gets a rating for each role. The mean rating is 1500. A draw counts as half
    a win and half a loss, so one line with "games" and many single lines give the same interval.
    """
    import numpy as np

    from truing.measures import rate_players
    from truing.tasks import read_rows

    games = [_game(where, row) for where, row in read_rows(path, ("score", "games"))]
    found = rate_players(games, rng=np.random.default_rng(SEED))
    if as_json:
        print(json.dumps({"players": [_plain(player) for player in found]}))
        return
    _print(found)


def _plain(player: Player) -> dict[str, object]:
    rating = player.rating
    return {
        "player": player.player,
        "role": player.role,
        "rating": rating.value,
        "low": rating.low,
        "high": rating.high,
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


def _print(found: list[Player]) -> None:
    from truing.report import Column, FittingTable, FoldedText, estimate_text

    apart = len({player.component for player in found}) > 1
    with_roles = any(player.role for player in found)
    columns = [
        Column("player", left=True, fold=True),
        *([Column("role", left=True)] if with_roles else []),
    ]
    columns += [Column("rating [95%]"), Column("games")]
    shown = FittingTable([*columns, *([Column("component")] if apart else [])])
    for player in found:
        shown.rows.append(
            (
                player.player,
                *([player.role or ""] if with_roles else []),
                estimate_text(player.rating, 0),
                f"{player.games:g}",
                *([str(player.component)] if apart else []),
            )
        )
    console = output_console()
    console.print(shown)
    if apart:
        console.print(
            "\nNo games connect the components: ratings of different components are not comparable."
        )
    for note in dict.fromkeys(player.note for player in found if player.note):
        noted = [player.player for player in found if player.note == note]
        console.print("", FoldedText(f"{', '.join(noted)}: {note}"), sep="\n")
