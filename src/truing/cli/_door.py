"""Options of the verbs that come to a referee: where it is, and who comes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

URL = click.option("--url", metavar="URL", help="The referee's address; by default TRUING_URL.")
TOKEN = click.option(
    "--token",
    metavar="TOKEN",
    help="By default TRUING_TOKEN, which other users of the machine cannot see.",
)
FOLDER = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="A referee's folder on this machine, instead of an address.",
)
RESEARCHER = click.option(
    "--researcher",
    default="local",
    show_default=True,
    metavar="NAME",
    help="Who comes in through a folder.",
)


def door_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--url`, `--token`, `--folder` and `--researcher`, as `open_door` takes them."""
    for option in (RESEARCHER, FOLDER, TOKEN, URL):
        command = option(command)
    return command


def plain(text: str) -> str:
    """What a researcher wrote, in one line that no terminal takes for a command."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def receipt_line(receipt: dict[str, Any]) -> str:
    """A receipt in a line."""
    told = f"submission {receipt['number']}: {receipt['status']}"
    if receipt["reason"]:
        return f"{told}; {plain(receipt['reason'])}"
    if receipt["released"] is None:
        return told
    best = "it is the best so far" if receipt["improved"] else "which it did not beat"
    return f"{told}; released {receipt['released']:+.3f}, {best}"
