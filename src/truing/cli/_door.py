"""Shared parts of the commands that connect to a referee: options, and texts in one line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._options import together

if TYPE_CHECKING:
    from truing.research import Receipt

referee_options = together(
    click.option(
        "--url",
        metavar="URL",
        help="Address of the referee (default: environment variable TRUING_URL).",
    ),
    click.option(
        "--token",
        metavar="TOKEN",
        help="Token of the researcher (default: environment variable TRUING_TOKEN, which other "
        "users cannot see).",
    ),
    click.option(
        "--referee",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Folder of a referee on this machine, instead of --url.",
    ),
    click.option(
        "--researcher",
        default="local",
        show_default=True,
        metavar="NAME",
        help="Name of the researcher; used with --referee.",
    ),
)
"""Options of the commands that connect to a referee, the arguments of `open_door`."""


def _refuse_folder(ctx: click.Context, option: click.Parameter, given: str | None) -> None:
    if given is not None:
        raise click.UsageError(
            f"no such option '--folder'; name the folder of a referee with --referee {given}"
        )


door_options = together(
    referee_options,
    click.option(
        "--folder",
        hidden=True,
        expose_value=False,
        callback=_refuse_folder,
        help="Refused, with the name of the option to use.",
    ),
)
"""The same options for commands that do not submit a folder."""


def plain(text: str) -> str:
    """A researcher's text in one line without control characters."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def receipt_line(receipt: Receipt) -> str:
    """A receipt in one line."""
    line = f"submission {receipt.number}: {receipt.status}"
    if receipt.reason:
        return f"{line}; {plain(receipt.reason)}"
    if receipt.released is None:
        return line
    best = "the best so far" if receipt.improved else "not improved by this submission"
    gate = f"; gate: {receipt.gate}" if receipt.gate else ""
    return f"{line}; released {receipt.released:+.3f}, {best}{gate}"
