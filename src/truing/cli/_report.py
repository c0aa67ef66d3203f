"""`truing report`: draw the page and the charts of a run folder again."""

from __future__ import annotations

import json
from pathlib import Path

import click

from truing.cli._complete import complete_run
from truing.cli._once import Command
from truing.cli._options import json_option
from truing.errors import StorageError, UserError


@click.command("report", cls=Command)
@click.argument(
    "folders",
    metavar="FOLDER ...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
    shell_complete=complete_run,
)
@json_option
def command(folders: tuple[Path, ...], as_json: bool) -> None:
    """Draw report.html and charts/ of run folders again, from the files of each folder only.

    Accepts run folders of truing demo, w2s, run, oversee, game, judge and research, also from older
    versions and from other people. The page lists files that are broken, incomplete or from a newer
    version.

    \b
    truing report runs/*
    """
    from truing.report import write_report

    pages, errors = [], []
    for folder in folders:
        try:
            pages.append(str(write_report(folder)))
        except (UserError, StorageError) as error:  # continue with the other folders
            errors.append(error)
    mistakes = [str(error) for error in errors]
    if as_json:
        print(json.dumps({"reports": pages, "mistakes": mistakes}))
    elif pages:
        print("\n".join(pages))
    if errors:
        mistaken = any(isinstance(error, UserError) for error in errors)
        raise (UserError if mistaken else StorageError)("; ".join(mistakes))
