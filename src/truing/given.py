"""Given objects: arrays, data frames, estimators and functions that a user passes as such.

`keep` stores an object's content in memory and returns its specification, `NAME@DIGEST`
(`smooth@1a2b3c4d5e6f`), which is used like any other name. `find` reads the content again: in this
process, in the run folder of a study that is run again (`OBJECTS`), or, in a worker, in the store.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from truing.errors import UserError

OBJECT = re.compile(r"(?P<name>[\w.+-]+)@(?P<digest>[0-9a-f]{12})")
OBJECTS = "objects"  # folder in a run folder

Finder = Callable[[str], "GivenObject | None"]
_kept: dict[str, GivenObject] = {}
_finders: list[Finder] = []


@dataclass(frozen=True)
class GivenObject:
    """Content of a given object.

    Attributes:
        name: readable name, `smooth`.
        digest: 12 hexadecimal digits that identify the content.
        files: content by suffix, `{".npy": ...}`; a function has its pickle and its source text.
    """

    name: str
    digest: str
    files: Mapping[str, bytes]

    @property
    def specification(self) -> str:
        """`NAME@DIGEST`."""
        return f"{self.name}@{self.digest}"


def keep(name: str, files: Mapping[str, bytes], identity: bytes | None = None) -> str:
    """Keep an object for this process and return its specification.

    Args:
        name: readable name; other characters than letters, digits and `_.+-` are replaced by `-`.
        files: content by suffix.
        identity: bytes that identify the object; by default the content of its files. A pickle
            differs between processes, so a function is identified by its source text.

    Examples:
        >>> from truing import given
        >>> given.keep("labels", {".npy": b"..."})
        'labels@4909b14847fe'
    """
    name = re.sub(r"[^\w.+-]+", "-", name, flags=re.ASCII).strip("-") or "object"
    content = identity if identity is not None else b"".join(files.values())
    suffixes = ",".join(files).encode()
    digest = hashlib.sha256(suffixes + b"\0" + content).hexdigest()[:12]
    made = GivenObject(name, digest, dict(files))
    _kept[made.specification] = made
    return made.specification


def is_object(name: str) -> bool:
    """Whether a name is the specification of a given object."""
    return OBJECT.fullmatch(name) is not None


def find(specification: str) -> GivenObject:
    """Find an object that was given in this process, or that a finder of `found_by` contains.

    Raises:
        UserError: the object is not found.
    """
    if specification in _kept:
        return _kept[specification]
    for finder in reversed(_finders):
        if (found := finder(specification)) is not None:
            _kept[specification] = found
            return found
    raise UserError(
        f"the object {specification} is not available; pass the object itself from Python, or run "
        "its run folder again: truing run RUN"
    )


def shown(label: str, labels: Iterable[str] = ()) -> str:
    """A label without the digest of a given object, if that is unique among some labels.

    Examples:
        >>> from truing.given import shown
        >>> labels = ["smooth@1a2b3c4d5e6f,alpha=2", "naive"]
        >>> shown(labels[0], labels)
        'smooth,alpha=2'
    """
    short = _short(label)
    return short if [_short(one) for one in {label, *labels}].count(short) == 1 else label


def _short(label: str) -> str:
    return OBJECT.sub(lambda found: found["name"], label, count=1)


@contextmanager
def found_by(finder: Finder) -> Iterator[None]:
    """In this block, find also the objects that a function returns for their specification."""
    _finders.append(finder)
    try:
        yield
    finally:
        _finders.remove(finder)


def find_in_folder(folder: Path) -> Finder:
    """A finder in the folder `OBJECTS` of a run folder."""

    def finder(specification: str) -> GivenObject | None:
        found = OBJECT.fullmatch(specification)
        files = sorted((folder / OBJECTS).glob(f"{specification}.*")) if found else []
        if not found or not files:
            return None
        content = {path.name.removeprefix(specification): path.read_bytes() for path in files}
        return GivenObject(found["name"], found["digest"], content)

    return finder
