"""Workspace: the text files of an agent, in a folder on this machine that only tools can change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from truing.errors import UserError
from truing.research.folders import FrozenFolder, read_folder

PATH = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*){0,5}", re.ASCII)  # no hidden files
LONGEST_PATH = 200
MOST_FILES = 100
MOST_TEXT = 500_000  # characters of all files


@dataclass(frozen=True)
class Workspace:
    """The files of an agent. Nothing in it is run on this machine outside of a sandbox.

    Attributes:
        place: the folder; it is created with the first file.
    """

    place: Path

    def files(self) -> dict[str, int]:
        """Number of characters of each file, by path."""
        found = sorted(path for path in self.place.rglob("*") if path.is_file())
        return {path.relative_to(self.place).as_posix(): len(_read(path)) for path in found}

    def read(self, path: str) -> str:
        """Text of a file; raises UserError if there is no such file."""
        return _read(self._existing(path))

    def write(self, path: str, text: str) -> None:
        """Write a file, or replace it.

        Raises:
            UserError: the path is not allowed, or the files become too large or too many.
        """
        target, others = self._path(path), {**self.files()}
        others.pop(path, None)
        if len(others) >= MOST_FILES:
            raise UserError(
                f"the workspace has {MOST_FILES} files, the most allowed; delete a file"
            )
        if sum(others.values()) + len(text) > MOST_TEXT:
            raise UserError(
                f"the files would have more than {MOST_TEXT:,} characters; write less text"
            )
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise UserError(f"{path!r} is both a file and a folder; choose another path") from None
        except UnicodeEncodeError:
            raise UserError("the text contains a character that is not valid Unicode") from None

    def delete(self, path: str) -> None:
        """Delete a file; raises UserError if there is no such file."""
        self._existing(path).unlink()

    def freeze(self) -> FrozenFolder:
        """The files as a folder that can be submitted.

        Raises:
            UserError: the files are not a submission.
        """
        if not self.files():
            raise UserError("the workspace is empty; write the files of your method first")
        return read_folder(self.place)

    def _existing(self, path: str) -> Path:
        target = self._path(path)
        if not target.is_file():
            raise UserError(f"there is no file {path!r}; list_files returns the files")
        return target

    def _path(self, path: str) -> Path:
        if not PATH.fullmatch(path) or len(path) > LONGEST_PATH:
            raise UserError(
                f"{path[:LONGEST_PATH]!r} is not an allowed path; write a relative path of "
                "letters, digits, '_', '-' and '.', such as run.py or prompts/speech.user.md"
            )
        return self.place / path


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")
