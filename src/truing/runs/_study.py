"""The study of a run folder, to plan or run it again."""

from __future__ import annotations

from pathlib import Path

from truing.given import find_in_folder, found_by
from truing.runs._found import find_run
from truing.studies import Study, objects_of


def read_study(folder: Path) -> Study:
    """Read the study of a run folder. Its given objects, such as functions, are kept from now on.

    Raises:
        UserError: the configuration is invalid, or an object is missing.
    """
    with found_by(find_in_folder(folder)):
        study = Study(**find_run(folder).configuration)
        tasks, models = (*study.tasks, *study.test_on), (*study.weak, *study.strong)
        objects_of((*tasks, *models, *study.methods, *study.stress))
        return study
