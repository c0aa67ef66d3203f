"""`truing leaderboard`: the methods that improved the released score."""

from __future__ import annotations

import json

import click

from truing.cli._door import door_options, plain
from truing.cli._options import json_option


@click.command("leaderboard")
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
    for row in found.leaderboard:
        claim = plain(row.claim)[:80]
        print(f"{row.released:+.3f}  {row.researcher}  {row.family}  {claim}")
    print(f"{budget.researcher}: {budget.spent} submissions spent, {budget.left} left")
