"""`truing list`: registered names."""

from __future__ import annotations

import importlib
import json

import click

from truing.cli._console import print_described
from truing.cli._options import json_option
from truing.errors import UnknownNameError

KINDS = {
    "tasks": "truing.tasks:TASKS",
    "features": "truing.students.features:FEATURES",
    "supervisors": "truing.supervisors:SUPERVISORS",
    "methods": "truing.methods:METHODS",
    "questions": "truing.oversight.questions:QUESTIONS",
    "protocols": "truing.oversight.protocols:PROTOCOLS",
    "games": "truing.oversight.games:GAMES",
    "researchers": "truing.research.researchers:RESEARCHERS",
}


@click.command("list")
@click.argument("kind", required=False, metavar="[KIND]")
@json_option
def command(kind: str | None, as_json: bool) -> None:
    """List registered names with a description in one line each.

    KIND is tasks, features, supervisors, methods, questions, protocols, games or researchers
    (default: all kinds). Installed plugins add names.
    """
    if kind is not None and kind not in KINDS:
        raise UnknownNameError("kind of extension", kind, KINDS)
    found = {one: _registry(one).describe() for one in KINDS if kind in (None, one)}
    if as_json:
        print(json.dumps(found))
        return
    indent = "" if kind else "  "
    width = max(len(indent + name) for lines in found.values() for name in lines)
    for one, lines in found.items():
        if kind is None:
            print(one)
        print_described(lines, indent, width)


def _registry(kind: str):
    module, _, name = KINDS[kind].partition(":")
    return getattr(importlib.import_module(module), name)
