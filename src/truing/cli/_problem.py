"""`truing problem`: a referee's problem, rules and budget."""

from __future__ import annotations

import json

import click

from truing.cli._door import door_options
from truing.cli._options import json_option


@click.command("problem")
@json_option
@door_options
def command(as_json, **where) -> None:
    """Print the problem, the rules, the budget and the arguments of a composition.

    --json also shows whether files and predictions are allowed, and the allowed values.
    """
    from truing.research.doors import open_door

    problem = open_door(**where).describe_problem()
    if as_json:
        print(json.dumps(problem))
        return
    print(f"{problem['aim']}\n\n{problem['rules']}\n")
    print(
        f"budget: {problem['budget']['each']} submissions per researcher, "
        f"{problem['budget']['all']} in total"
    )
    print("arguments of a composition (details with --json):")
    for one in problem["compositions"]:
        print(f"  {one['name']}={one['default']}")
