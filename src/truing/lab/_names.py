"""Specifications in the configuration of a run: one, or several."""

from __future__ import annotations

from collections.abc import Sequence

from truing.errors import UserError


def read_names(field: str, given: str | Sequence[str]) -> tuple[str, ...]:
    """The specifications of a field, as a tuple.

    Args:
        field: name of the field, for messages.
        given: a specification or several.

    Raises:
        UserError: there is no specification, or a value is not text.
    """
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, Sequence) or not all(isinstance(one, str) for one in names):
        raise UserError(f"{field} must be a name or a list of names, got {given!r}")
    if not all(names) or not names:
        raise UserError(f"{field} must have one or more names, got {given!r}")
    return tuple(names)
