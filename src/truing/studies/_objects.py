"""Given objects of a study in the store, where workers on every machine find them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import numpy as np

from truing import given
from truing.errors import CorruptEntryError
from truing.specification import Specification
from truing.studies._rungs import kept_rungs
from truing.studies._store import Store


def objects_of(specifications: Iterable[str]) -> list[given.GivenObject]:
    """The given objects among some specifications and the values of their arguments.

    Raises:
        UserError: an object is not available.
    """
    names = dict.fromkeys(text for one in specifications for text in _names(one))
    found = [given.find(name) for name in names if given.is_object(name)]
    others = [other for one in found if (other := given.meant(one.specification))]
    others += [rung for one in found for rung in kept_rungs(one.specification).values()]
    return [*found, *(objects_of(others) if others else ())]


def _names(specification: str) -> Iterator[str]:
    """Texts in a specification that may name objects; an argument may contain several, `A+B`."""
    asked = Specification.parse(specification)
    yield asked.name
    for value in asked.arguments.values():
        yield value
        for one in map(Specification.parse_nested, value.split("+")):
            yield from (one.name, *one.arguments.values())


def store_objects(objects: Iterable[given.GivenObject], store: Store) -> None:
    """Write given objects to a store."""
    for one in objects:
        arrays = {suffix: np.frombuffer(content, np.uint8) for suffix, content in one.files.items()}
        store.write(_key(one.specification), arrays)


def find_in_store(store: Store) -> given.Finder:
    """A finder in a store."""

    def finder(specification: str) -> given.GivenObject | None:
        found = given.OBJECT.fullmatch(specification)
        if found is None:
            return None
        try:
            arrays = store.read(_key(specification))
        except CorruptEntryError:
            return None
        files = {suffix: array.tobytes() for suffix, array in arrays.items()}
        return given.GivenObject(found["name"], found["digest"], files)

    return finder


def _key(specification: str) -> str:
    return hashlib.sha256(f"object {specification}".encode()).hexdigest()
