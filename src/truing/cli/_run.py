"""`truing run`: the study that a file or a run folder describes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from truing.cli._study import perform, study_options
from truing.errors import TruingError, UserError


@click.command("run")
@click.argument("path", metavar="STUDY.py|RUN", type=click.Path(path_type=Path))
@study_options
def command(path, **options) -> None:
    """Run the study that study() returns in a Python file, or that a run folder contains.

    A run folder of a study runs again into the same folder, unless --out names another. Its
    study.json may be named as well.
    """
    if path.is_dir():
        options["out"] = options["out"] or path
        path = _study_file(path)
    perform(_load(path), **options)


def _study_file(folder: Path) -> Path:
    """The file of a run folder that says what its study is.

    Raises:
        UserError: the folder contains no study.
    """
    file = folder / "study.json"
    if file.is_file():
        return file
    kinds = [
        kind for kind in ("oversight", "research", "game") if (folder / f"{kind}.json").exists()
    ]
    what = f"the run folder of a study, but of kind {kinds[0]}" if kinds else "a run folder"
    raise UserError(f"{folder} is not {what}; name a folder that contains study.json")


def _load(path: Path) -> Any:
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
            raise UserError(f"{path}: a study is a JSON object")
        return Study(**given)
    from truing.sources import import_file

    make = getattr(import_file(path), "study", None)
    if not callable(make):
        raise UserError(f"{path} has no function study(); it must return a truing.Study")
    try:
        study = make()
    except TruingError:
        raise
    except Exception as error:  # whatever a user's file raises is the user's to mend
        raise UserError(f"{path}: study() failed: {type(error).__name__}: {error}") from error
    if not isinstance(study, Study):
        raise UserError(f"{path}: study() must return a truing.Study, not {type(study).__name__}")
    return study
