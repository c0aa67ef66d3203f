"""`truing list`: registered names, and the description of one name."""

from __future__ import annotations

import json
from textwrap import fill
from typing import TYPE_CHECKING

import click

from truing.cli._complete import complete_kind, complete_listed
from truing.cli._console import output_console, print_described, print_text
from truing.cli._kinds import LISTED, STUDENTS, registry
from truing.cli._options import json_option
from truing.errors import UnknownNameError

if TYPE_CHECKING:
    from truing.cli._extension import Argument, Extension

STUDENTS_TOO = (
    f"Any name of `truing list {STUDENTS}` is a supervisor too: it is trained on the supervise "
    "split."
)
SYSTEMS = ("study", "protocol", "method")
"""Kinds of systems of plants and monitors, in the order of lists."""


@click.command("list")
@click.argument("kind", required=False, metavar="[KIND]", shell_complete=complete_kind)
@click.argument("name", required=False, metavar="[NAME]", shell_complete=complete_listed)
@json_option
def command(kind: str | None, name: str | None, as_json: bool) -> None:
    """List registered names with a description in one line each, or describe one name.

    KIND is tasks, features, students, supervisors, methods, questions, protocols, games,
    researchers, plants or monitors (default: all kinds). Installed plugins add names. With NAME,
    print the arguments with types, ranges and defaults, the source and the file.

    \b
    truing list methods
    truing list methods confidence
    """
    if kind is not None and kind not in LISTED:
        raise UnknownNameError("kind of extension", kind, LISTED)
    if kind is not None and name is not None:
        _print_one(kind, name, as_json)
        return
    found = {one: _lines(one) for one in LISTED if kind in (None, one)}
    if as_json:
        print(json.dumps(found))
        return
    between = "" if kind else "  "
    width = max(len(between + name) for lines in found.values() for name in lines)
    for one, lines in found.items():
        if kind is None:
            print(one)
        for system, part in _by_system(one, lines).items():
            if system:
                print(f"{between}of the kind {system}:")
            print_described(part, between, width)
        if one == "supervisors":
            columns = output_console().width
            print(fill(STUDENTS_TOO, columns, initial_indent=between, subsequent_indent=between))


def _lines(kind: str) -> dict[str, str]:
    """Each name of a kind with its description in one line."""
    from truing.cli._students import FORMS

    return FORMS if kind == STUDENTS else registry(kind).describe()


def _by_system(kind: str, lines: dict[str, str]) -> dict[str, dict[str, str]]:
    """The lines by the kind of system that a plant corrupts or that a monitor watches."""
    if kind == STUDENTS:
        return {"": lines}
    systems = {one.shown(): one.system for one in registry(kind).factories.values()}
    parts: dict[str, dict[str, str]] = {one: {} for one in SYSTEMS if one in systems.values()}
    for name, line in lines.items():
        parts.setdefault(systems.get(name, ""), {})[name] = line
    return parts


def _print_one(kind: str, name: str, as_json: bool) -> None:
    found = _found(kind, name)
    if as_json:
        print(json.dumps(found.to_json()))
    else:
        system = f" of the kind {found.system}" if found.system else ""
        print(f"{found.name} ({found.kind}{system})\n")
        print_extension(found)


def _found(kind: str, name: str) -> Extension:
    from truing.cli._extension import describe
    from truing.cli._students import describe_student
    from truing.specification import Specification

    if kind == STUDENTS:
        return describe_student(Specification.parse(name).name)
    of_kind = registry(kind)
    shown = {one.shown(): one.name for one in of_kind.factories.values()}
    name = shown.get(name, Specification.parse(name).name)
    return describe(of_kind.kind, of_kind.find(name)[0])


def print_extension(found: Extension, prefix: str = "") -> None:
    """Print the description and the arguments; an option's prefix `--` shows them as options."""
    for paragraph in found.description.split("\n\n"):
        print_text(paragraph if "\n " in paragraph else " ".join(paragraph.split()), "")
    print("arguments:" if found.arguments else "arguments: none")
    width = output_console().width
    for one in found.arguments:
        shown = f"{prefix}{one.name.replace('_', '-') if prefix else one.name}"
        print(
            fill(_argument_line(shown, one), width, initial_indent="  ", subsequent_indent="    ")
        )
        if one.description:
            print(fill(one.description, width, initial_indent="    ", subsequent_indent="    "))
    if found.source:
        print_text(f"source: {found.source}")
    if found.file:
        print_text(f"file: {found.file}")


def _argument_line(shown: str, one: Argument) -> str:
    default = "required" if one.default is None else f"default {one.default}"
    optional = "optional" if one.default == "" else default
    return f"{shown}: {one.type}{f' in {one.range}' if one.range else ''}; {optional}"
