"""Ground truth: the choice or class that a recorded value names. All loaders use this module.

A value may name a choice by its text, by its index or by its letter. With the choices "1" to "4"
the value 1 is ambiguous, because it may be the text "1" or the index 1. It is refused, and
`truth_is` resolves it. "A" with the choices "b" and "a" is refused too. If the choices are numbers,
a number is the choice itself, not an index.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from truing.errors import AmbiguousTruthError, DataError
from truing.tasks._fields import Origin, check_present, is_number, shown

READINGS = ("index", "name", "letter")
ITEMS_PER_CLASS = 5  # with fewer on average, the truths are probably not names of classes
WHOLE = re.compile(r"-?\d{1,9}")
WHOLE_AS_FLOAT = re.compile(r"(-?\d+)\.0+")


@dataclass(frozen=True)
class TruthRule:
    """How a value names a choice.

    Attributes:
        truth_is: `index`, `name` or `letter`; empty to determine it from the value and the choices.
        first: index of the first choice.

    Raises:
        ValueError: truth_is has another value.

    Examples:
        >>> from truing.tasks import TruthRule, find_choice
        >>> find_choice("items.csv, line 2", 1, ["1", "2"], TruthRule("name"))
        0
        >>> find_choice("items.csv, line 2", 1, ["1", "2"], TruthRule("index"))
        1
    """

    truth_is: str = ""
    first: int = 0

    def __post_init__(self) -> None:
        if self.truth_is and self.truth_is not in READINGS:
            allowed = ", ".join(READINGS)
            raise ValueError(f"truth_is must be one of {allowed}, got {self.truth_is!r}")


DECIDE = TruthRule()


def find_choice(
    where: str,
    value: Any,
    choices: Sequence[Any],
    rule: TruthRule = DECIDE,
    field: str = "truth",
    origin: Origin = Origin.FILE,
) -> int:
    """Position of the choice that a value names.

    Args:
        where: place of the row, for messages.
        value: the value.
        choices: choices as in the file: texts, numbers or true/false.
        rule: how the value names a choice.
        field: field of the value, for messages.
        origin: where the value comes from, for messages.

    Raises:
        AmbiguousTruthError: the value names one choice by its text and another by its index, or it
            names one choice by its letter and another choice is that letter in lower case.
        DataError: the value names no choice, or is the text of several choices.

    Examples:
        >>> from truing.tasks import find_choice
        >>> find_choice("items.csv, line 2", "B", ["yes", "no"])
        1
    """
    check_present(where, field, value)
    found = {
        "name": _by_name(value, choices),
        "index": _by_index(value, choices, rule),
        "letter": _by_letter(value, choices, rule),
    }
    if rule.truth_is:
        fitting = found[rule.truth_is]
    else:
        fitting = found["name"] | found["index"] or found["letter"]
    if not fitting:
        raise DataError(f"{where}: {_unknown(field, value, choices, rule)}")
    if len(found["name"]) > 1 and len(fitting) > 1:
        raise DataError(f"{where}: the {field} {shown(value)} is the text of several choices")
    if len(fitting) > 1:
        by_name, by_index = (at + 1 for way in ("name", "index") for at in found[way])
        raise AmbiguousTruthError(
            f"{where}: the {field} {shown(value)} is ambiguous: as a name it is choice number "
            f"{by_name}, as an index choice number {by_index}; {_stating(origin, 'name', 'index')}"
        )
    (right,) = fitting
    if fitting is found["letter"] and not rule.truth_is:
        _check_letter(f"{where}: the {field} {shown(value)}", value, right, choices, origin)
    return right


def _stating(origin: Origin, *readings: str) -> str:
    """Sentence on how to state which reading of a truth is meant."""
    if origin is Origin.QUESTIONS:
        return "give the text of the choice as a str, or its index as an int"
    options = " or ".join(origin.option(truth_is=one) for one in readings)
    return f"add {options} after the file's name" if origin is Origin.FILE else f"pass {options}"


def _check_letter(
    what: str, value: str, right: int, choices: Sequence[Any], origin: Origin
) -> None:
    """Raise AmbiguousTruthError if another choice is the letter in lower case."""
    other = next((at for at in _by_name(value.lower(), choices) if at != right), None)
    if other is not None:
        raise AmbiguousTruthError(
            f"{what} is ambiguous: as a letter it is choice number {right + 1}, and choice number "
            f"{other + 1} is {choices[other]!r}; write {choices[other]!r}, or "
            f"{_stating(origin, 'letter')}"
        )


def _by_name(value: Any, choices: Sequence[Any]) -> set[int]:
    return {at for at, choice in enumerate(choices) if _is_choice(value, choice)}


def _is_choice(value: Any, choice: Any) -> bool:
    if is_number(value) and is_number(choice):
        return value == choice
    return _spelled(value) == _spelled(choice)


def _by_index(value: Any, choices: Sequence[Any], rule: TruthRule) -> set[int]:
    if isinstance(value, str) and WHOLE.fullmatch(value):
        value = int(value)
    numbers = any(not isinstance(choice, str) for choice in choices)
    if not is_number(value) or value % 1 or (numbers and rule.truth_is != "index"):
        return set()
    return {int(value) - rule.first} & set(range(len(choices)))


def _by_letter(value: Any, choices: Sequence[Any], rule: TruthRule) -> set[int]:
    """Position that a capital letter names in the alphabet; none if a choice is a letter."""
    lettered = any(isinstance(choice, str) and _is_letter(choice) for choice in choices)
    if not (isinstance(value, str) and _is_letter(value)) or (lettered and not rule.truth_is):
        return set()
    return {ascii_uppercase.index(value)} & set(range(len(choices)))


def _unknown(field: str, value: Any, choices: Sequence[Any], rule: TruthRule) -> str:
    last = rule.first + len(choices) - 1
    allowed = {
        "index": f"an index from {rule.first} to {last}",
        "name": "the text of a choice",
        "letter": f"a letter from A to {ascii_uppercase[min(len(choices), 26) - 1]}",
    }
    ways = [allowed[rule.truth_is]] if rule.truth_is else list(allowed.values())
    if not rule.truth_is and any(not isinstance(choice, str) for choice in choices):
        ways.remove(allowed["index"])
    listed = ", ".join(" ".join(str(_spelled(one)).split())[:30] for one in choices[:6])
    return (
        f"the {field} {shown(value)} is not a choice; it must be {' or '.join(ways)} "
        f"(choices: {listed})"
    )


def _is_letter(text: str) -> bool:
    return len(text) == 1 and text in ascii_uppercase


def _spelled(value: Any) -> Any:
    """A value as a text; 1.0 becomes 1, true and false are as in JSON."""
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else value


def class_name(where: str, value: Any) -> str:
    """Name of the class that a value stands for.

    Raises:
        DataError: the value is NaN, or a list or object.

    Examples:
        >>> from truing.tasks import class_name
        >>> class_name("items.csv, line 2", True)
        'true'
    """
    check_present(where, "truth", value)
    if not isinstance(value, str | int | float):
        raise DataError(
            f"{where}: the truth must be a name, a number or true/false, not {value!r}; an item "
            "has one class"
        )
    return value if isinstance(value, str) else json.dumps(value)


def merge_numbers(names: Sequence[str], known: Iterable[str] = ()) -> list[str]:
    """Names of classes, where 0.0 becomes 0 if 0 also occurs, and likewise for other numbers.

    Args:
        names: names of classes.
        known: further names that occur.

    Examples:
        >>> from truing.tasks import merge_numbers
        >>> merge_numbers(["0.0", "1"], known=["0"])
        ['0', '1']
    """
    occurring = {*names, *known}
    whole = {name: match[1] for name in occurring if (match := WHOLE_AS_FLOAT.fullmatch(name))}
    return [whole[name] if whole.get(name) in occurring else name for name in names]


def check_class_count(name: str, classes: int, items: int, origin: Origin = Origin.FILE) -> None:
    """Raise DataError if there are too many different truths to be classes."""
    if classes > 2 and classes * ITEMS_PER_CLASS > items:
        naming = origin.option(classes="NAME/NAME")
        raise DataError(
            f"{name}: {classes} classes in {items} items, more than one class for every "
            f"{ITEMS_PER_CLASS} items; the truths look like numbers or free text. Write the name "
            f"of a class as the truth, or name all classes with {naming}"
        )


def name_order(name: str) -> tuple[int, float, str]:
    """Sort key of class names: numbers by value, then words."""
    try:
        return 0, float(name), name
    except ValueError:
        return 1, 0.0, name
