"""`truing problem`: a referee's problem, rules and budget."""

from __future__ import annotations

import json

import click

from truing.cli._door import door_options


@click.command("problem")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all details.")
@door_options
def command(as_json, **where) -> None:
    """Print the problem, what may be submitted, the rules and the budget."""
    from truing.research.doors import open_door

    told = open_door(**where).describe_problem()
    if as_json:
        print(json.dumps(told))
        return
    print(f"{told['aim']}\n\n{told['rules']}\n")
    print(
        f"budget: {told['budget']['each']} submissions per researcher, "
        f"{told['budget']['all']} in total"
    )
    print("arguments of a composition (more with --json):")
    for one in told["compositions"]:
        print(f"  {one['name']}={one['default']}")
