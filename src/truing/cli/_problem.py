"""`truing problem`: a referee's problem, rules and budget."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from truing.cli._door import door_options
from truing.cli._once import Command
from truing.cli._options import json_option
from truing.wording import counted


@click.command("problem", cls=Command)
@json_option
@door_options
def command(as_json, **where) -> None:
    """Print the problem, the rules, the budget and the arguments of a composition.

    --json also shows whether files and predictions are allowed, the allowed values, and the files
    of a submitted folder.
    """
    from truing.research.doors import open_door

    problem = open_door(**where).describe_problem()
    if as_json:
        print(json.dumps(problem))
        return
    print(f"{problem['aim']}\n\n{problem['rules']}\n")
    _print_budget(problem["budget"])
    if problem.get("simulated"):
        print("simulated: a program takes the place of a model, or questions were generated")
    if problem["folders"]:
        _print_folders(problem["folders"])
    if problem["compositions"]:
        print("arguments of a composition, with their defaults (ranges: --json):")
    for one in problem["compositions"]:
        print(f"  {one['name']}={one['default']}")


def _print_budget(limits: Mapping[str, Any]) -> None:
    print(f"budget: {limits['each']} submissions per researcher, {limits['all']} in total")
    for name, who in (("cpu_each", "each researcher"), ("cpu_all", "all researchers together")):
        if most := limits.get(name):
            print(f"processor seconds of the folders of {who}: {most:,}")


def _print_folders(contract: Mapping[str, Any]) -> None:
    print(f"folders: {contract['terms']}")
    if "fields" in contract:
        for part, names in contract["fields"].items():
            print(f"fields of {part}: {', '.join(names)}")
        return
    limits = contract["limits"]
    print(
        f"limits of each run: {limits['cpu']:g} s of processor time, {limits['seconds']:g} s, "
        f"{limits['memory_mb']:,} MB of memory, {limits['scratch_mb']:,} MB of files, "
        f"{counted(limits['threads'], 'thread')}"
    )
    print(f"models that a run may read: {', '.join(contract['models']) or 'none'}\n")
