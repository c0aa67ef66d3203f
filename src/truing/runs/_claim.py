"""Claimed folder: a run's own folder, which no other run writes into."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from truing.errors import UserError, unwritable
from truing.runs._kinds import RunKind
from truing.studies import write_whole


class ClaimedFolder:
    """A context that claims a folder by the run's configuration and, if the user made a mistake,
    leaves nothing behind that was not there before.

    Args:
        path: the folder.
        kind: the kind of run.
        text: the configuration; the same text again is the same run, which may go on.
        private: a new folder is for its owner alone.

    Raises:
        UserError: on entering, where the folder holds another run or cannot be a folder.
        StorageError: from any method, where the folder cannot be written to.
    """

    def __init__(self, path: Path, kind: RunKind, text: str, *, private: bool = False):
        self.path, self.kind, self.text = path, kind, text
        self.mode = 0o700 if private else 0o777
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        names = (self.kind.configuration, *self.kind.others, self.kind.results)
        with self._writing():
            claim = self.path / self.kind.configuration
            if claim.exists() and claim.read_text() != self.text:
                raise UserError(
                    f"{self.path} holds another {self.kind.name}; name another folder with --out"
                )
            new = [*(self.path / name for name in names), self.path, *self.path.parents]
            self._made = [path for path in new if not path.exists()]
            self.path.mkdir(self.mode, parents=True, exist_ok=True)
            write_whole(claim, self.text.encode())
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        if kind is None or not issubclass(kind, UserError):
            return
        for path in self._made:  # the innermost first; a folder that contains more stays
            with contextlib.suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()

    def write(self, name: str, content: str) -> None:
        """Write a file as a whole.

        Raises:
            StorageError: the folder cannot be written to, or the disk is full.
        """
        with self._writing():
            write_whole(self.path / name, content.encode())

    def write_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Write a JSON object as a whole; raises as `write` does."""
        self.write(name, as_json(value))

    def contains(self, name: str, content: str) -> bool:
        """Whether a file is there with this content."""
        path = self.path / name
        with self._writing():
            return path.is_file() and path.read_bytes() == content.encode()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            advice = "name another folder with --out"
            raise unwritable(f"the run folder {self.path}", error, advice) from error
        except UnicodeDecodeError as error:
            raise UserError(f"the run folder {self.path} cannot be read ({error})") from error


def as_json(value: Mapping[str, Any]) -> str:
    """A JSON object as the files of a run folder spell it."""
    return json.dumps(value, indent=2) + "\n"


def as_json_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """JSON objects, one line each."""
    return "".join(json.dumps(row) + "\n" for row in rows)
