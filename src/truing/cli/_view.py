"""`truing view`: the runs of this machine, in a browser."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click


@click.command("view")
@click.argument(
    "roots", nargs=-1, type=click.Path(path_type=Path, file_okay=False), metavar="[RUNS_DIR]..."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8322,
    show_default=True,
    help="0 for any that is free.",
)
@click.option("--open", "open_it", is_flag=True, help="Open the link in the browser.")
def command(roots: tuple[Path, ...], port: int, open_it: bool) -> None:
    """Look at runs: as they progress, their figures, their transcripts, side by side.

    RUNS_DIR is where they are, by default runs/. The page is for this machine alone, and for
    whoever opens the link that is printed: a link works once, and the next is printed then.
    """
    import webbrowser

    from truing.errors import UserError
    from truing.server import serve
    from truing.server.view import Index, view_pages

    for root in roots:
        if not root.is_dir():
            raise UserError(f"{root}: no such folder; name a folder that contains run folders")
    if not roots and not Path("runs").is_dir():
        print("no folder runs here yet; runs are shown once there are any", file=sys.stderr)
    index = Index(roots or (Path("runs"),))
    index.runs()  # before anybody is let in: who comes first need not wait
    shown = ", ".join(map(os.fspath, index.roots))
    opened = webbrowser.open if open_it else None
    serve([view_pages(index)], port, f"runs in {shown}", opened=opened)
