"""Frozen folder: the text files of a submitted folder, which no one can change after submission."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from truing.errors import UserError

ENTRY = "run.py"  # the program of a folder of training code
DECLARATION = "protocol.json"  # the declaration of a folder with an oversight protocol
CARD = "card.json"  # the method card; it is not part of the frozen folder
MOST_FILES = 100
MOST_TEXT = 500_000  # characters of all files
LONGEST_PATH = 200  # characters
PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*", re.ASCII)  # of a path; no hidden files
OF_THE_RUN = ("inputs", "outputs", "scratch")  # folders in the working folder of a run
IGNORED = {"__pycache__", *OF_THE_RUN}  # left by local runs; hidden files are ignored too


@dataclass(frozen=True)
class FrozenFolder:
    """The files of a submitted folder.

    Attributes:
        files: text of each file, by relative path with `/`.

    Raises:
        UserError: `run.py` or `protocol.json` is missing, a path is not allowed, or there is too
            much text.

    Examples:
        >>> from truing.research.folders import FrozenFolder
        >>> folder = FrozenFolder({"run.py": "print('hello')"})
        >>> FrozenFolder.from_json(folder.to_json()) == folder
        True
    """

    files: Mapping[str, str]

    def __post_init__(self) -> None:
        if not {ENTRY, DECLARATION} & set(self.files):
            raise UserError(
                f"the folder has no {ENTRY}; write the program into a file {ENTRY} (or, for an "
                f"oversight protocol, the declaration into {DECLARATION})"
            )
        if len(self.files) > MOST_FILES:
            raise UserError(
                f"the folder has {len(self.files)} files; at most {MOST_FILES} are allowed"
            )
        if (length := sum(map(len, self.files.values()))) > MOST_TEXT:
            raise UserError(
                f"the files of the folder have {length:,} characters; at most {MOST_TEXT:,} are "
                "allowed: submit code, not data or weights"
            )
        for name in self.files:
            _check_path(name, self.files)

    @property
    def digest(self) -> str:
        """SHA-256 of paths and texts."""
        return hashlib.sha256(self.to_json().encode("utf-8", "surrogatepass")).hexdigest()

    def to_json(self) -> str:
        """The files as canonical JSON: {PATH: TEXT}."""
        return json.dumps(dict(self.files), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, content: str) -> FrozenFolder:
        """The folder in JSON; raises UserError if it is not {PATH: TEXT}."""
        try:
            files = json.loads(content)
        except (ValueError, RecursionError):
            files = None
        if not isinstance(files, dict) or not all(isinstance(one, str) for one in files.values()):
            raise UserError('a folder must be JSON of the form {"run.py": TEXT, PATH: TEXT, ...}')
        return cls(files)

    def write(self, place: Path) -> None:
        """Write the files into an existing folder."""
        for name, text in self.files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogatepass"))


def _check_path(name: str, names: Container[str]) -> None:
    """Raise UserError unless a file can be written at a path beside all other files."""
    shown, parts = repr(name[:100]), name.split("/")
    if not all(PART.fullmatch(part) for part in parts) or len(name) > LONGEST_PATH:
        raise UserError(
            f"the path {shown} is not allowed in a folder; use letters, digits, '_', '-', '.' and "
            f"'/', at most {LONGEST_PATH} characters, and no hidden files"
        )
    if name == CARD:
        raise UserError(f"{CARD} is the method card, and not a file of the folder; leave it out")
    if parts[0] in OF_THE_RUN:
        raise UserError(
            f"{shown} is in a folder of the run; put it outside of {', '.join(OF_THE_RUN)}"
        )
    if any("/".join(parts[:depth]) in names for depth in range(1, len(parts))):
        raise UserError(f"{shown} is inside of another file; rename one of them")


def read_folder(place: Path) -> FrozenFolder:
    """Read a folder. Hidden files, `card.json` and the remains of local runs are not included.

    Raises:
        UserError: the folder has no `run.py`, contains a link or a file that is not UTF-8 text, or
            is too large.
    """
    if not place.is_dir():
        raise UserError(f"{place} is not a folder; name the folder that contains {ENTRY}")
    files: dict[str, str] = {}
    for path in _walk(place):
        name = path.relative_to(place).as_posix()
        files[name] = _read_text(path)
        if len(files) > MOST_FILES:
            raise UserError(f"{place} has more than {MOST_FILES} files; submit code only")
    return FrozenFolder(files)


def _read_text(path: Path) -> str:
    """The text of a regular file; a device or a pipe is never opened."""
    if path.is_symlink():
        raise UserError(f"{path} is a link; copy the file into the folder")
    if not path.is_file():
        raise UserError(f"{path} is not a regular file; submit text files only")
    try:
        if (size := path.stat().st_size) > 4 * MOST_TEXT:  # bytes of the longest UTF-8 text
            raise UserError(f"{path} has {size:,} bytes; submit code, not data or weights")
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8 text; submit text files only") from None
    except OSError as error:
        raise UserError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None


def read_card(place: Path) -> dict[str, object]:
    """The fields of a folder's method card, `card.json`; empty if the folder has none.

    Raises:
        UserError: the file cannot be read, or it is not a JSON object.
    """
    path = place / CARD
    if not os.path.lexists(path):
        return {}
    try:
        card = json.loads(_read_text(path))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not valid JSON: {error}") from None
    if not isinstance(card, dict):
        raise UserError(f'{path} must be a JSON object: {{"claim": TEXT, ...}}')
    return card


def _walk(place: Path) -> Iterator[Path]:
    for path in sorted(place.iterdir()):
        if path.name.startswith(".") or path.name in IGNORED or path.suffix == ".pyc":
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        elif path.name != CARD:
            yield path
