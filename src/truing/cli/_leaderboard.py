"""`truing leaderboard`: the methods that improved the released score."""

from __future__ import annotations

import json

import click

from truing.cli._door import door_options, plain


@click.command("leaderboard")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@door_options
def command(as_json, **where) -> None:
    """Print the methods that improved the released score, latest first, and your budget."""
    from truing.research.doors import open_door

    door = open_door(**where)
    found = {**door.leaderboard(), "budget": door.budget()}
    if as_json:
        print(json.dumps(found))
        return
    for row in found["leaderboard"]:
        claim = plain(row["claim"])[:80]
        print(f"{row['released']:+.3f}  {row['researcher']}  {row['family']}  {claim}")
    budget = found["budget"]
    print(f"{budget['researcher']}: {budget['spent']} submissions spent, {budget['left']} left")
