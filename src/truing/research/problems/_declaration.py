"""Declaration: a protocol as data, `protocol.json`, without code.

The fields are those of `truing.oversight.protocols.Protocol`, `Speaker`, `Judge` and `Limits`.
Fields that would replace oversight by another source of the truth are refused: the judge reads no
hidden text, no one reads private reasoning, and no role uses tools.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError

from truing.errors import UnknownNameError, UserError
from truing.oversight.rules import Judge, Limits, Protocol, Speaker
from truing.research._validation import first_error

NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _-]{0,39}")
LONGEST_INSTRUCTIONS = 2000  # characters
MOST_SPEAKERS = 6
MOST = {"rounds": 20, "panel": 20, "best_of": 8, "refine": 4, "critiques": 8}
MOST |= {"words": 1000, "quotes": 20, "quote_words": 100, "claims": 8}
REFUSED = {
    Speaker: ("hears_reasoning_of", "tools", "model", "reader"),
    Judge: ("sees_hidden", "hears_reasoning_of", "tools", "model"),
    Limits: (),
    Protocol: ("forecaster",),
}
"""Fields that a declaration may not contain: models are fixed, and the judge is not bypassed."""

T = TypeVar("T", Protocol, Speaker, Judge, Limits)


def declared_fields() -> dict[str, list[str]]:
    """Names of the fields of a declaration, by part."""
    return {
        part.__name__.lower(): [one.name for one in fields(part) if one.name not in refused]
        for part, refused in REFUSED.items()
    }


def read_declaration(text: str) -> Protocol:
    """The protocol that a declaration states. All speakers are played by the debater's model.

    Raises:
        UserError: the text is not a declaration, a field is unknown or not allowed, or the rules
            contradict each other.

    Examples:
        >>> from truing.research.problems._declaration import read_declaration
        >>> stated = '{"speakers": [{"name": "Debater", "each": true}], "rounds": 2}'
        >>> read_declaration(stated).roles
        ('debater', 'judge')
    """
    try:
        stated = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError("protocol.json is not valid JSON") from None
    if not isinstance(stated, dict):
        raise UserError("protocol.json must contain one object with the fields of a protocol")
    speakers = stated.pop("speakers", [])
    if not isinstance(speakers, list) or len(speakers) > MOST_SPEAKERS:
        raise UserError(f"speakers must be a list of at most {MOST_SPEAKERS} objects")
    given = {
        "speakers": tuple(
            _make(Speaker, one, f"speakers[{place}]", model="debater")
            for place, one in enumerate(speakers)
        ),
        "judge": _make(Judge, stated.pop("judge", {}), "judge"),
        "limits": _make(Limits, stated.pop("limits", {}), "limits"),
    }
    return _make(Protocol, stated, "protocol.json", **given)


def _make(part: type[T], stated: object, place: str, **given: Any) -> T:
    """A part of a protocol from JSON values.

    Args:
        part: class of the part.
        stated: its fields.
        place: where the fields stand, for messages.
        given: fields that are already read or fixed.
    """
    if not isinstance(stated, Mapping):
        raise UserError(f"{place} must be an object with fields, got {str(stated)[:40]!r}")
    allowed = [one.name for one in fields(part) if one.name not in (*REFUSED[part], *given)]
    hints = get_type_hints(part)
    for name, value in stated.items():
        if name not in allowed:
            raise UserError(f"{place}: {UnknownNameError('field', name[:40], allowed)}")
        given[name] = _value(f"{place}.{name}", name, hints[name], value)
    try:
        return part(**given)
    except TypeError:  # a field without a default is missing
        raise UserError(f"{place} has no name; give each speaker a name") from None


def _value(place: str, name: str, kind: Any, value: object) -> Any:
    try:
        found = TypeAdapter(kind).validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        raise UserError(first_error(error.errors(), place)) from None
    if name in MOST and found > MOST[name]:
        raise UserError(f"{place} must be at most {MOST[name]}, got {found}")
    if name == "name" and not NAME.fullmatch(found):
        raise UserError(
            f"{place} must have 1 to 40 letters, digits, spaces, '_' and '-', and start with a "
            f"letter, got {found[:40]!r}"
        )
    if name == "instructions" and len(found) > LONGEST_INSTRUCTIONS:
        raise UserError(
            f"{place} must have at most {LONGEST_INSTRUCTIONS:,} characters, got {len(found):,}"
        )
    return found
