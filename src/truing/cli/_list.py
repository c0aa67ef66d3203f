"""`truing list`: registered names, and the description of one name."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, get_type_hints

import click

from truing.cli._complete import complete_kind, complete_listed
from truing.cli._console import output_console, print_described, print_text
from truing.cli._kinds import LISTED, PROMPTS, STUDENTS, registry
from truing.cli._list_prompts import print_template, prompt_lines, template_json, write_templates
from truing.cli._once import Command
from truing.cli._options import json_option
from truing.errors import UnknownNameError, UserError

if TYPE_CHECKING:
    from truing.cli._extension import Argument, Extension
    from truing.registry import Registry

OF_SYSTEMS = ("plants", "monitors")
"""Kinds whose names belong to one kind of system each."""
SYSTEMS = ("study", "protocol", "method", "any")
STUDENTS_TOO = (
    f"Any name of `truing list {STUDENTS}` is a supervisor too: it is trained on the supervise "
    "split."
)


@click.command("list", cls=Command)
@click.argument("kind", required=False, metavar="[KIND]", shell_complete=complete_kind)
@click.argument("name", required=False, metavar="[NAME]", shell_complete=complete_listed)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the shipped prompt templates to this folder (KIND prompts only).",
)
@json_option
def command(kind: str | None, name: str | None, out: Path | None, as_json: bool) -> None:
    """List registered names with a description in one line each, or describe one name.

    KIND is tasks, features, students, supervisors, methods, questions, protocols, prompts, games,
    researchers, plants or monitors (default: all kinds). Installed plugins add names. Plants and
    monitors start with the kind of system: study, protocol or method. With NAME, print the
    arguments with types, ranges and defaults, the source and the file; for prompts, the variables
    and the text of the template.

    \b
    truing list methods
    truing list methods confidence
    truing list prompts --out my-prompts
    """
    if kind is not None and kind not in LISTED:
        raise UnknownNameError("kind of extension", kind, LISTED)
    if out is not None:
        write_templates(kind, name, out)
        return
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
        print_described(lines, between, width)
        if one == "supervisors":
            columns = output_console().width
            print(fill(STUDENTS_TOO, columns, initial_indent=between, subsequent_indent=between))


def _lines(kind: str) -> dict[str, str]:
    """Each name of a kind with its description in one line."""
    from truing.cli._students import FORMS

    if kind == STUDENTS:
        return FORMS
    if kind == PROMPTS:
        return prompt_lines()
    of_kind = registry(kind)
    described = of_kind.describe()
    if kind not in OF_SYSTEMS:
        return described
    systems = {one.shown(): _system_of(of_kind, one.name) for one in of_kind.factories.values()}
    lines = {name: f"{systems[name]}: {line}" for name, line in described.items()}
    return dict(sorted(lines.items(), key=lambda one: (SYSTEMS.index(systems[one[0]]), one[0])))


def _system_of(of_kind: Registry[Any], name: str) -> str:
    """The kind of system of a plant or a monitor; `any` if it is not known without arguments."""
    try:
        return str(of_kind.build(name).value.kind)
    except UserError:  # an argument is required
        with suppress(NameError, TypeError):
            made = get_type_hints(of_kind.find(name)[0].make).get("return")
            return str(getattr(made, "kind", SYSTEMS[-1]))
        return SYSTEMS[-1]


def _print_one(kind: str, name: str, as_json: bool) -> None:
    if kind == PROMPTS:
        print(json.dumps(template_json(name))) if as_json else print_template(name)
        return
    found = _find_extension(kind, name)
    if as_json:
        print(json.dumps(found.to_json()))
    else:
        print(f"{found.name} ({found.kind})\n")
        print_extension(found)


def _find_extension(kind: str, name: str) -> Extension:
    from truing.cli._extension import describe
    from truing.cli._students import describe_student
    from truing.specification import Specification

    if kind == STUDENTS:
        return describe_student(Specification.parse(name).name)
    of_kind = registry(kind)
    shown = {one.shown(): one.name for one in of_kind.factories.values()}
    name = shown.get(name, Specification.parse(name).name)
    word = f"{_system_of(of_kind, name)} {of_kind.kind}" if kind in OF_SYSTEMS else of_kind.kind
    return describe(word, of_kind.find(name)[0])


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
