"""`truing run`: a study from a Python file or a run folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._complete import complete_study
from truing.cli._study import perform, study_options
from truing.errors import TruingError, UserError

if TYPE_CHECKING:
    from truing.studies import Study


@click.command("run")
@click.argument(
    "path", metavar="STUDY.py|RUN", type=click.Path(path_type=Path), shell_complete=complete_study
)
@study_options
def command(path, **options) -> None:
    """Run a study: the return value of study() in a Python file, or the study of a run folder.

    The study of a run folder is run again and writes into the same folder, unless --out names
    another folder. RUN/study.json runs the study into a new folder.
    """
    if path.is_dir():
        options["out"] = options["out"] or path
        path = _study_file(path)
    from truing.given import find_in_folder, found_by

    with found_by(find_in_folder(path.parent)):
        perform(_load(path), **options)


def _study_file(folder: Path) -> Path:
    """The configuration file of a study's run folder.

    Raises:
        UserError: If the folder contains no study.
    """
    from truing.runs import KINDS, STUDY

    file = folder / STUDY.configuration
    if file.is_file():
        return file
    kinds = [one.name for one in KINDS.values() if (folder / one.configuration).exists()]
    what = f"the run folder of a study, but of kind {kinds[0]}" if kinds else "a run folder"
    raise UserError(f"{folder} is not {what}; name a folder that contains {STUDY.configuration}")


def _load(path: Path) -> Study:
    from truing.studies import Study

    if not path.is_file():
        raise UserError(
            f"{path}: no such file or folder; name a Python file with a function study(), or a "
            "run folder"
        )
    if path.suffix == ".json":
        try:
            given = json.loads(path.read_text())
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise UserError(f"{path}: not JSON ({error})") from None
        if not isinstance(given, dict):
            raise UserError(f"{path} must be a JSON object")
        try:
            return Study(**given)
        except UserError as error:
            raise UserError(f"{path}: {error}") from None
    from truing.sources import import_file

    make = getattr(import_file(path), "study", None)
    if not callable(make):
        raise UserError(f"{path} has no function study(); it must return a truing.Study")
    try:
        study = make()
    except TruingError:
        raise
    except Exception as error:  # any exception from a user's file is the user's mistake
        raise UserError(f"{path}: study() failed: {type(error).__name__}: {error}") from error
    if not isinstance(study, Study):
        raise UserError(f"{path}: study() must return a truing.Study, not {type(study).__name__}")
    return study
