"""Base classes of all commands: an option that takes one value is given once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import click


class Command(click.Command):
    """Refuses an option that takes one value and is given more than once.

    click would use the last value and ignore the others.

    Args:
        repeated: advice after the message, by parameter.
    """

    def __init__(self, *words: Any, repeated: Mapping[str, str] | None = None, **settings: Any):
        super().__init__(*words, **settings)
        self.repeated = repeated or {}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and not ctx.resilient_parsing:
            self._check_once(ctx, args)
        return super().parse_args(ctx, args)

    def _check_once(self, ctx: click.Context, args: list[str]) -> None:
        _, _, given = self.make_parser(ctx).parse_args(args=list(args))
        if any(one.is_eager for one in given):  # --help and --version ignore all other options
            return
        for option, times in Counter(given).items():
            if times > 1 and isinstance(option, click.Option) and _takes_one_value(option):
                often = "twice" if times == 2 else f"{times} times"
                advice = self.repeated.get(option.name or "", "give it once")
                raise click.UsageError(f"{_name(option)} is given {often}; {advice}")


class Group(Command, click.Group):
    """A group of such commands."""

    command_class = Command


def _takes_one_value(option: click.Option) -> bool:
    return not (option.is_flag or option.multiple or option.count)


def _name(option: click.Option) -> str:
    """The long names of an option, or else its short name."""
    long = [one for one in option.opts if one.startswith("--")]
    return " or ".join(long or option.opts)
