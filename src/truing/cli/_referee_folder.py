"""Option of the commands that work in the folder of a referee."""

from __future__ import annotations

from pathlib import Path

import click

folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs/referee"),
    show_default=True,
    metavar="DIR",
    help="Folder of the research run.",
)
