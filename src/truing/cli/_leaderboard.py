"""`truing leaderboard`: the methods that improved the released score."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from truing.cli._console import output_console, print_text
from truing.cli._door import door_options, plain
from truing.cli._once import Command
from truing.cli._options import json_option

if TYPE_CHECKING:
    from truing.report import FittingTable
    from truing.research import LeaderboardRow


@click.command("leaderboard", cls=Command)
@json_option
@door_options
def command(as_json, **where) -> None:
    """Print the methods that improved the released score, latest first, and your budget."""
    from truing.research.doors import open_door

    door = open_door(**where)
    found, budget = door.leaderboard(), door.budget()
    if as_json:
        print(json.dumps({**found.to_json(), "budget": budget.to_json()}))
        return
    if found.leaderboard:
        output_console().print(_table(found.leaderboard))
    else:
        print_text("no submission has raised the released score yet")
    some = "submission" if budget.spent == 1 else "submissions"
    print_text(f"{budget.researcher}: {budget.spent} {some} spent, {budget.left} left")
    if budget.cpu_spent or budget.cpu_reserved or budget.cpu_left is not None:
        left = "" if budget.cpu_left is None else f", {budget.cpu_left} left"
        print_text(
            f"processor seconds: {budget.cpu_spent} spent, {budget.cpu_reserved} reserved{left}"
        )


def _table(rows: Sequence[LeaderboardRow]) -> FittingTable:
    from truing.report import Column, FittingTable

    names = ("researcher", "family", "claim")
    columns = [Column("released"), *(Column(name, left=True, fold=True) for name in names)]
    return FittingTable(
        columns,
        [
            (f"{row.released:+.3f}", row.researcher, row.family, plain(row.claim)[:80])
            for row in rows
        ],
    )
