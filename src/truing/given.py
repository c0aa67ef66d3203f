"""Given objects: arrays, data frames, estimators and functions that a user passes as such.

`keep` stores an object's content in memory and returns its specification, `NAME@DIGEST`
(`smooth@1a2b3c4d5e6f`), which is used like any other name. `find` reads the content again: in this
process, in the run folder of a study that is run again (`OBJECTS`), or, in a worker, in the store.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from truing.errors import UserError

OBJECT = re.compile(r"(?P<name>[\w.+-]+)@(?P<digest>[0-9a-f]{12})")
OBJECTS = "objects"  # folder in a run folder
ARRAY = ".npy"  # suffix of an array's content
ALIAS = ".txt"  # suffix of the specification that a user gave another name
USES = ".uses"  # suffix of the imports and attributes that a function uses

Finder = Callable[[str], "GivenObject | None"]
_kept: dict[str, GivenObject] = {}
_finders: list[Finder] = []


@dataclass(frozen=True)
class GivenObject:
    """Content of a given object.

    Attributes:
        name: readable name, `smooth`.
        digest: 12 hexadecimal digits that identify the content.
        files: content by suffix, `{".npy": ...}`; a function has its pickle, its source text and
            the names that it uses.
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


def keep_array(name: str, array: np.ndarray, more: Mapping[str, bytes] | None = None) -> str:
    """Keep an array, with more files by suffix, for this process; returns its specification."""
    content = io.BytesIO()
    np.lib.format.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
    return keep(name, {ARRAY: content.getvalue(), **(more or {})})


def keep_alias(name: str, specification: str) -> str:
    """Keep another name of a specification for this process and return it as a specification."""
    return keep(name, {ALIAS: specification.encode()})


def meant(name: str) -> str | None:
    """The specification that `keep_alias` kept under a name; None for any other name.

    Examples:
        >>> from truing.given import keep_alias, meant
        >>> meant(keep_alias("gentle", "confidence,alpha_max=0.5")), meant("confidence")
        ('confidence,alpha_max=0.5', None)
    """
    content = find(name).files.get(ALIAS) if is_object(name) else None
    return None if content is None else content.decode()


def read_array(given: GivenObject) -> np.ndarray:
    """The array of an object that `keep_array` kept."""
    return np.lib.format.read_array(io.BytesIO(given.files[ARRAY]), allow_pickle=False)


def as_array(given: object, field: str) -> np.ndarray | None:
    """An array, a pandas object or a tensor as an array; None for other objects.

    Args:
        given: the object.
        field: field of the study, for messages.

    Raises:
        UserError: the object cannot be converted, or contains Python objects other than texts.
    """
    if isinstance(given, type) or not hasattr(given, "__array__"):
        return None
    try:
        array = np.asarray(given)
        if array.dtype.kind in "OT":
            if not all(isinstance(one, str) for one in array.flat):
                raise ValueError("it contains Python objects")
            array = array.astype(np.str_)
    except Exception as error:  # a tensor on a device, a data frame of mixed columns, ...
        raise UserError(
            f"{field}: this {type(given).__name__} is not an array of numbers or texts "
            f"({' '.join(str(error).split())}); pass a NumPy array"
        ) from None
    return array


def several(given: object, field: str) -> list[tuple[str, object]]:
    """The names and objects that a field of a study has, each with the name that a dict gives.

    Args:
        given: a name, an object, a dict that names objects, or a list of these.
        field: field of the study, for messages.

    Raises:
        UserError: a dict names something else than an object.

    Examples:
        >>> from truing.given import several
        >>> several(["pca-4", {"my labels": 3}], "weak")
        [('', 'pca-4'), ('my labels', 3)]
    """
    if isinstance(given, Mapping):
        for name, one in given.items():
            if not isinstance(name, str) or isinstance(one, str):
                raise UserError(
                    f"{field}: a dict names objects, such as {{'my name': OBJECT}}, got "
                    f"{name!r}: {one!r}; write names without a dict"
                )
        return [(name, _as_rows(one, field, texts=True)) for name, one in given.items()]
    given = _as_rows(given, field)
    if isinstance(given, list | tuple):
        return [found for one in given for found in several(one, field)]
    return [("", given)]


def _as_rows(given: object, field: str, texts: bool = False) -> object:
    """A list of numbers, or of lists of numbers, as an array; any other object as it is.

    Args:
        given: the object.
        field: field of the study, for messages.
        texts: whether a list of texts is an array, too.
    """
    if not (isinstance(given, list | tuple) and given):
        return given
    kinds = (int, float, str) if texts else (int, float)
    rows = [one if isinstance(one, list | tuple) else [one] for one in given]
    if not all(one is None or isinstance(one, kinds) for row in rows for one in row):
        return given
    if any(one is None for row in rows for one in row):
        if len(given) == 1:
            return given
        raise UserError(f"{field}: the list contains None; every item needs a value")
    if len({len(row) for row in rows}) > 1:
        raise UserError(f"{field}: the rows of the list have different lengths")
    return np.array(given)


def shortened(given: object, limit: int = 60) -> str:
    """Representation of an object in one line of a message.

    Examples:
        >>> from truing.given import shortened
        >>> shortened(["a"] * 99, limit=12)
        "['a', 'a',..."
    """
    text = " ".join(repr(given).split())
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}..."


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


def shown_all(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels without the digests of given objects, as far as these are unique; see `shown`."""
    labels = tuple(labels)
    return tuple(shown(one, labels) for one in labels)


def _short(label: str) -> str:
    return OBJECT.sub(lambda found: found["name"], label)


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
