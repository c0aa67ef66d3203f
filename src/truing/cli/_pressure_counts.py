"""Counts of candidates on the command line: `1,2,4,8`."""

from __future__ import annotations

from typing import Any

import click


class Counts(click.ParamType):
    """Integers, separated by commas."""

    name = "counts"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The form in help texts."""
        return "N,N,..."

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """The integers of a text.

        Raises:
            click.BadParameter: a part is not an integer.
        """
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} must be whole numbers separated by commas, such as 1,2,4,8")


COUNTS = Counts()
"""Type of options."""
