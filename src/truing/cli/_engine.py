"""Options of every command that trains: where the work runs, and where results are stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

ENGINE_OPTIONS = [
    click.option(
        "--workers",
        type=int,
        metavar="N",
        help="Number of worker processes (default: one per core; one for small studies).",
    ),
    click.option(
        "--engine",
        type=click.Choice(["local", "ray"]),
        default="local",
        show_default=True,
        help="Where the work runs: on this machine or on a Ray cluster.",
    ),
    click.option(
        "--address",
        metavar="HOST:PORT",
        help="Ray cluster: host:port, ray://host:port or auto (default: start Ray here).",
    ),
    click.option(
        "--store",
        metavar="DIR|URL",
        help="Cache of computed results: a folder, or a URL such as s3://bucket/truing.",
    ),
]


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command: `workers`, `engine`, `address` and `store`."""
    for option in reversed(ENGINE_OPTIONS):
        command = option(command)
    return command
