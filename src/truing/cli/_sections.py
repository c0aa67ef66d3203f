"""Commands whose help shows their options in sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from truing.cli._once import Command, Group

FOLDER = {"Run folder": ("out", "name", "overwrite")}
ENGINE = {"Computation": ("workers", "engine", "address", "store")}
OTHER = "Output and help"

Sections = Mapping[str, Sequence[str]]
"""Parameters of a command by the heading of their section; the last section has all others."""


class _Sectioned(Command):
    """Formats the options of a command in sections."""

    def __init__(self, *words: Any, sections: Sections, **settings: Any):
        super().__init__(*words, **settings)
        self.sections = sections

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = {one.name: one.get_help_record(ctx) for one in self.get_params(ctx)}
        placed = {name for names in self.sections.values() for name in names}
        others = [name for name in records if name not in placed]
        for heading, names in {**self.sections, OTHER: others}.items():
            lines = [line for name in names if (line := records[name]) is not None]
            with formatter.section(heading):
                formatter.write_dl(lines)


class SectionedCommand(_Sectioned):
    """A command with options in sections: `@click.command(cls=SectionedCommand, sections=...)`."""


class SectionedGroup(_Sectioned, Group):
    """A group with options in sections, followed by its commands."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)
