"""Select: rows of a result by the names that a user gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from truing.errors import UnknownNameError, UserError
from truing.given import shortened, shown


def select_names(kind: str, wanted: str | Sequence[str], known: Sequence[str]) -> set[str]:
    """The labels among `known` that some names refer to.

    A name is a label as a table shows it, with or without the digest of a given object. A file may
    be named with its folder.

    Args:
        kind: kind of name, for messages: `method`.
        wanted: a name or several.
        known: the labels of the rows.

    Raises:
        UserError: something else than a name or names.
        UnknownNameError: a name fits no label.
    """
    labels = dict.fromkeys(known)
    names: list[Any] = list(wanted) if isinstance(wanted, list | tuple) else [wanted]
    if not all(isinstance(name, str) for name in names):
        raise UserError(f"{kind} must be a name or a list of names, got {shortened(wanted)}")
    found: set[str] = set()
    for name in names:
        spellings = {name, shown(name), name.rpartition("/")[2]}
        fitting = {one for one in labels if {one, shown(one, labels)} & spellings}
        if not fitting:
            raise UnknownNameError(kind, name, [shown(one, labels) for one in labels])
        found |= fitting
    return found
