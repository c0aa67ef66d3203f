"""`truing run`: the study that a file describes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from truing.cli._study import perform, study_options
from truing.errors import UserError


@click.command("run")
@click.argument("path", metavar="STUDY.py", type=click.Path(path_type=Path))
@study_options
def command(path, **options) -> None:
    """Run the study that study() returns in a Python file.

    Also takes the study.json of a run folder, which runs the same study again.
    """
    perform(_load(path), **options)


def _load(path: Path) -> Any:
    from truing.studies import Study

    if not path.is_file():
        raise UserError(f"{path}: no such file; a study is a Python file with a function study()")
    if path.suffix == ".json":
        try:
            given = json.loads(path.read_text())
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise UserError(f"{path}: not JSON ({error})") from None
        if not isinstance(given, dict):
            raise UserError(f"{path}: a study is a JSON object")
        return Study(**given)
    from truing.sources import import_file

    make = getattr(import_file(path), "study", None)
    if not callable(make):
        raise UserError(f"{path} has no function study(); it must return a truing.Study")
    try:
        study = make()
    except UserError:
        raise
    except Exception as error:  # whatever a user's file raises is the user's to mend
        raise UserError(f"{path}: study() failed: {type(error).__name__}: {error}") from error
    if not isinstance(study, Study):
        raise UserError(f"{path}: study() must return a truing.Study, not {type(study).__name__}")
    return study
