"""Claimed folder: a run folder that no other run writes into."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from truing.errors import UserError, unwritable
from truing.run_files import ABOUT
from truing.runs._about import check_name, read_about, write_about
from truing.runs._default_folder import Parts, default_folder, words_of
from truing.runs._kinds import RunKind, kind_among
from truing.runs._overwrite import remove_run
from truing.runs._progress import ANOTHER_FOLDER
from truing.studies import write_whole

LOG = logging.getLogger("truing.runs")


class ClaimedFolder:
    """A context manager that claims a folder for a run by writing the run's configuration.

    After a UserError it removes the files and folders that the run created.

    Args:
        path: the run folder.
        kind: the kind of run.
        text: the configuration. A folder with the same text contains the same run, which continues.
        name: readable name of the run, which replaces an earlier name; empty to keep that name.
        overwrite: replace another run in the folder.
        private: only the owner can read a new folder.

    Attributes:
        renamed: whether the run is new, or has a new name that its report does not show yet.

    Raises:
        UserError: on entering, the folder contains another run, or the path is not a folder.
        StorageError: from any method, the folder is not writable.
    """

    def __init__(
        self,
        path: Path,
        kind: RunKind,
        text: str,
        *,
        name: str = "",
        overwrite: bool = False,
        private: bool = False,
    ):
        check_name(name)
        self.path, self.kind, self.text = path, kind, text
        self.name, self.overwrite = name, overwrite
        self.mode = 0o700 if private else 0o777
        self.renamed = False
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        names = (self.kind.configuration, ABOUT, *self.kind.others, self.kind.results)
        with self._writing():
            claim = self.path / self.kind.configuration
            if (other := self._other_run()) is not None:
                if not self.overwrite:
                    raise UserError(
                        f"{self.path} contains another {other.name} run; use --overwrite (in "
                        f"Python: overwrite=True) to replace it, or {ANOTHER_FOLDER}"
                    )
                remove_run(self.path, other)
            new = [*(self.path / name for name in names), self.path, *self.path.parents]
            self._made = [path for path in new if not path.exists()]
            former = read_about(self.path, self.kind).name if claim.exists() else self.name
            self.path.mkdir(self.mode, parents=True, exist_ok=True)
            write_whole(claim, self.text.encode())
            self.renamed = write_about(self.path, self.name)
        if self.name and self.name != former:
            LOG.warning("%s: this run is now named %r; its folder stays", self.path, self.name)
        return self

    def _other_run(self) -> RunKind | None:
        """Kind of another run in the folder; None if there is none."""
        claim = self.path / self.kind.configuration
        present = [path.name for path in self.path.iterdir()] if self.path.is_dir() else []
        other = kind_among(present) or self.kind
        changed = claim.exists() and claim.read_text() != self.text
        return other if other is not self.kind or changed else None

    def __exit__(self, kind: type | None, *_: object) -> None:
        if kind is None or not issubclass(kind, UserError):
            return
        for path in self._made:  # innermost first; a folder with other files remains
            with contextlib.suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()

    def write(self, name: str, content: str) -> None:
        """Write a file atomically.

        Raises:
            StorageError: the folder is not writable, or the disk is full.
        """
        self.write_bytes(name, content.encode())

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write a binary file atomically; raises the same errors as `write`."""
        path = self.path / name
        with self._writing():
            new = [one for one in (path, path.parent) if not one.exists()]
            self._made = [*new, *self._made]
            path.parent.mkdir(exist_ok=True)
            write_whole(path, content)

    def write_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Write a JSON object atomically; raises the same errors as `write`."""
        self.write(name, as_json(value))

    def contains(self, name: str, content: str) -> bool:
        """Whether a file with this content exists."""
        path = self.path / name
        with self._writing():
            return path.is_file() and path.read_bytes() == content.encode()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = f"the run folder {self.path}"
            raise unwritable(where, error, ANOTHER_FOLDER) from error
        except UnicodeDecodeError as error:
            raise UserError(f"the run folder {self.path} cannot be read ({error})") from error


def claim_folder(
    kind: RunKind,
    text: str,
    parts: Parts,
    *,
    out: Path | str | None = None,
    name: str = "",
    overwrite: bool = False,
    private: bool = False,
) -> ClaimedFolder:
    """The claimed folder of a run: `out`, or else an earlier or a new folder under `runs/`.

    Args:
        kind: the kind of run.
        text: the configuration.
        parts: names in the configuration, of which the name of a new folder is made.
        out: the run folder.
        name: readable name of the run; the name of a new folder contains it in place of `parts`.
        overwrite: replace another run in the folder.
        private: only the owner can read a new folder.

    Raises:
        UserError: the name is not a line of text.
    """
    check_name(name)
    path = Path(out) if out else default_folder(kind, text, name or words_of(parts))
    return ClaimedFolder(path, kind, text, name=name, overwrite=overwrite, private=private)


def as_json(value: Mapping[str, Any]) -> str:
    """Text of a JSON object in the format of run folders."""
    return json.dumps(value, indent=2) + "\n"


def as_json_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """Text of JSON objects, one per line."""
    return "".join(json.dumps(row) + "\n" for row in rows)
