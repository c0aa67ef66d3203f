"""Options of the commands that connect to a referee."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

URL = click.option(
    "--url",
    metavar="URL",
    help="Address of the referee (default: environment variable TRUING_URL).",
)
TOKEN = click.option(
    "--token",
    metavar="TOKEN",
    help="Token of the researcher (default: environment variable TRUING_TOKEN, which other users "
    "cannot see).",
)
FOLDER = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of a referee on this machine, instead of --url.",
)
RESEARCHER = click.option(
    "--researcher",
    default="local",
    show_default=True,
    metavar="NAME",
    help="Name of the researcher; used with --folder.",
)


def door_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--url`, `--token`, `--folder` and `--researcher`, the arguments of `open_door`."""
    for option in (RESEARCHER, FOLDER, TOKEN, URL):
        command = option(command)
    return command


def plain(text: str) -> str:
    """A researcher's text in one line without control characters."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def receipt_line(receipt: dict[str, Any]) -> str:
    """A receipt in one line."""
    line = f"submission {receipt['number']}: {receipt['status']}"
    if receipt["reason"]:
        return f"{line}; {plain(receipt['reason'])}"
    if receipt["released"] is None:
        return line
    best = "the best so far" if receipt["improved"] else "not improved by this submission"
    return f"{line}; released {receipt['released']:+.3f}, {best}"
