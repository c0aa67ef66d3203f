"""`truing measure ratings`: Bradley-Terry ratings from recorded games."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truing.cli._console import output_console
from truing.errors import DataError

if TYPE_CHECKING:
    from truing.measures import GameResult, Player

SEED = 0  # of the bootstrap: the same file gives the same interval
SIDES = [("first", "second"), ("guard", "adversary")]


@click.command("ratings")
@click.argument("path", metavar="FILE.jsonl", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def ratings(path: Path, as_json: bool) -> None:
    """Elo ratings (Bradley-Terry, maximum likelihood) from game results.

    Every line is {"first", "second", "score": the first's, 1 for a win, 0.5 for a draw}, and
    optionally "games": how many it stands for, with their mean score, and "cluster": what they
    share with other lines. "guard" and "adversary" in place of first and second rate a player's
    two roles apart. The mean rating is 1500. A draw counts as half a win and half a loss: the same
    games have the same interval in a row of counts and in many rows.
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


def _plain(player: Player) -> dict[str, Any]:
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


def _game(where: str, row: dict[str, Any]) -> GameResult:
    from truing.measures import GameResult
    from truing.tasks import name_of, need, number_of

    named = [pair for pair in SIDES if any(row.get(side) is not None for side in pair)]
    if len(named) != 1:
        raise DataError(f"{where}: either first and second are needed, or guard and adversary")
    (sides,) = named
    need(where, row, *sides, "score")
    names = [name_of(where, row, side) for side in sides]
    score, games = number_of(where, row, "score"), number_of(where, row, "games", 1.0)
    cluster = name_of(where, row, "cluster")
    try:
        roles = (None, None) if sides == SIDES[0] else sides
        return GameResult(*names, score, games=games, cluster=cluster, roles=roles)
    except ValueError as error:
        raise DataError(f"{where}: {error}") from None


def _print(found: list[Player]) -> None:
    from truing.report import Column, FittingTable

    apart = len({player.component for player in found}) > 1
    with_roles = any(player.role for player in found)
    columns = [Column("player", left=True), *([Column("role", left=True)] if with_roles else [])]
    columns += [Column("rating [95%]"), Column("games")]
    shown = FittingTable([*columns, *([Column("component")] if apart else [])])
    for player in found:
        shown.rows.append(
            (
                player.player,
                *([player.role or ""] if with_roles else []),
                _rating(player),
                f"{player.games:g}",
                *([str(player.component)] if apart else []),
            )
        )
    console = output_console()
    console.print(shown)
    if apart:
        console.print("\nNo games join the components: their ratings cannot be compared.")
    for note in dict.fromkeys(player.note for player in found if player.note):
        held = [player.player for player in found if player.note == note]
        console.print(f"\n{', '.join(held)}: {note}", markup=False)


def _rating(player: Player) -> str:
    from truing.report import interval_text

    rating = player.rating
    if rating.low is None and rating.high is None:
        return f"{rating.value:.0f}"
    return interval_text(rating.value, rating.low, rating.high, 0)
