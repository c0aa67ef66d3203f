"""`truing view`: the runs of this machine, in a browser."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from truing.cli._once import Command
from truing.cli._options import port_option


@click.command("view", cls=Command)
@click.argument(
    "roots", nargs=-1, type=click.Path(path_type=Path, file_okay=False), metavar="[RUNS_DIR]..."
)
@port_option(default=8322)
@click.option("--open", "open_it", is_flag=True, help="Open the link in the browser.")
def command(roots: tuple[Path, ...], port: int, open_it: bool) -> None:
    """Open the dashboard: live progress, results, transcripts and comparisons of runs.

    RUNS_DIR is a folder that contains run folders (default: runs/). The page is served on this
    machine only. Open the printed link. Each link works once; after it was used, a link for another
    browser is printed.
    """
    import webbrowser

    from truing.errors import UserError
    from truing.server import serve
    from truing.server.view import Index, view_pages

    for root in roots:
        if not root.is_dir():
            raise UserError(f"{root}: no such folder; name a folder that contains run folders")
    if not roots and not Path("runs").is_dir():
        print(
            "the folder runs/ does not exist yet; new runs appear on the page automatically",
            file=sys.stderr,
        )
    index = Index(roots or (Path("runs"),))
    index.runs()  # so that the first visitor does not wait
    shown = ", ".join(map(os.fspath, index.roots))
    opened = webbrowser.open if open_it else None
    serve([view_pages(index)], port, f"runs in {shown}", opened=opened)
