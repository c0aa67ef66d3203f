"""Claimed folder: a run's own folder, which no other run writes into."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any, Self

from truing.errors import UserError, unwritable
from truing.studies import write_whole


class ClaimedFolder:
    """A context that claims a folder by the configuration that it holds and, if the user made a
    mistake, leaves nothing behind that was not there before.

    Args:
        path: the folder.
        claim: file that tells what is run in it.
        text: that file's content; the same again is the same run, which may go on.
        files: others that will be written.

    Raises:
        UserError: on entering, where the folder holds another run or cannot be a folder.
        StorageError: from any method, where the folder cannot be written to.
    """

    def __init__(
        self, path: Path, claim: str, text: str, files: Sequence[str] = (), *, private: bool = False
    ):
        self.path, self.claim, self.text = path, claim, text
        self.mode = 0o700 if private else 0o777
        self.files = (claim, *files)
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        with self._writing():
            held = self.path / self.claim
            if held.exists() and held.read_text() != self.text:
                kind = self.claim.partition(".")[0]
                raise UserError(f"{self.path} holds another {kind}; name another folder with --out")
            new = [*(self.path / name for name in self.files), self.path, *self.path.parents]
            self._made = [path for path in new if not path.exists()]
            self.path.mkdir(self.mode, parents=True, exist_ok=True)
            write_whole(held, self.text.encode())
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        if kind is None or not issubclass(kind, UserError):
            return
        for path in self._made:  # the innermost first; a folder that holds more stays
            with contextlib.suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()

    def write(self, name: str, content: str) -> None:
        """Write a file as a whole.

        Raises:
            StorageError: the folder cannot be written to, or the disk is full.
        """
        with self._writing():
            write_whole(self.path / name, content.encode())

    def holds(self, name: str, content: str) -> bool:
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


def describe_machine() -> dict[str, Any]:
    """What a run ran on."""
    return {
        "truing": version("truing"),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "packages": {one.name: one.version for one in sorted(distributions(), key=_name)},
    }


def _name(distribution: Any) -> str:
    return distribution.name.lower()
