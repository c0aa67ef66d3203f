"""Task files: tasks of a research run that are read from a file of rows."""

from __future__ import annotations

from pathlib import Path

from truing.errors import UserError
from truing.research._config import ResearchConfig
from truing.research.bundle._environment import named_data
from truing.tasks import TASKS, as_file

FILE = "file:"


def task_files(config: ResearchConfig) -> dict[str, bytes]:
    """Content of the files of a configuration's tasks, by file name.

    Raises:
        UserError: a file cannot be read, or two files have the same name.
    """
    found: dict[str, Path] = {}
    for path in filter(None, (file_of(name) for name in named_data(config))):
        if found.setdefault(path.name, path) != path:
            raise UserError(
                f"{found[path.name]} and {path} have the same name, and a bundle stores both in "
                "one folder; publish without the data"
            )
    try:
        return {name: path.read_bytes() for name, path in sorted(found.items())}
    except OSError as error:
        raise UserError(f"the data cannot be read: {error}") from None


def file_of(name: str) -> Path | None:
    """Path of the file of rows that a task is read from; None for any other task."""
    specified = as_file(name, TASKS).name
    return Path(specified.removeprefix(FILE)) if specified.startswith(FILE) else None
