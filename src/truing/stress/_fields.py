"""Fields of a stress test: which kinds of systems have them, and the values that they accept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ValidationError, ValidationInfo

from truing.errors import UnknownNameError, UserError
from truing.plants import PlantKind, give_plants
from truing.stress.monitors import give_monitors
from truing.students import give_student
from truing.supervisors import give_supervisors
from truing.tasks import give_tasks

FIRST_REFERENCE = 1_000_000  # seeds of references do not depend on the number of seeds
MOST_REFERENCES = 100_000
MOST_SEEDS = 10_000

FIELDS: dict[str, tuple[PlantKind, ...]] = {
    "task": ("study", "method"),
    "weak": ("study", "method"),
    "strong": ("study", "method"),
    "trusted": ("study",),
    "protocol": ("protocol",),
    "questions": ("protocol",),
    "models": ("protocol",),
}
"""Fields that state the honest system, and the kinds of plants that corrupt it."""

GIVE: dict[str, Callable[[object], Sequence[str]]] = {
    "plants": give_plants,
    "monitors": give_monitors,
    "task": give_tasks,
    "weak": give_supervisors,
    "strong": lambda given: [give_student(given, "")],
}
"""Convert names and objects to specifications."""


def _names(given: object, info: ValidationInfo) -> tuple[str, ...]:
    """Specifications of the names and objects that a user gave for a field."""
    return tuple(dict.fromkeys(GIVE[str(info.field_name)](given)))


def _name(given: object, info: ValidationInfo) -> str:
    """Specification of one name or object."""
    found = _names(given, info)
    if len(found) != 1:
        raise ValueError(f"{info.field_name} must be one name or object, got {len(found)}")
    return found[0]


def _numbers(given: object) -> tuple[float, ...]:
    """One number or several, without repeated numbers, sorted."""
    several = given if isinstance(given, list | tuple) else [given]
    for one in several:
        if isinstance(one, bool) or not isinstance(one, int | float):
            raise ValueError(f"must be a number or a list of numbers, got {one!r}")
    return tuple(sorted(set(several)))


def _strengths(given: tuple[float, ...]) -> tuple[float, ...]:
    """Strengths, which are above 0 and at most 1."""
    if not given:
        raise ValueError("strengths must not be empty")
    for one in given:
        if not 0 < one <= 1:
            raise ValueError(
                f"strengths must be above 0 and at most 1, got {one:g}; each planted system has an "
                "honest twin, whose strength is 0"
            )
    return given


def _rates(given: tuple[float, ...]) -> tuple[float, ...]:
    """Declared false-positive rates, which are above 0 and below 1."""
    for one in given:
        if not 0 < one < 1:
            raise ValueError(f"fprs must be above 0 and below 1, got {one!r}")
    if not given:
        raise ValueError("fprs must not be empty")
    return given


def _seeds(given: object) -> object:
    """A number of seeds, or the seeds without repeated seeds."""
    several = isinstance(given, list | tuple)
    numbers = tuple(dict.fromkeys(given)) if isinstance(given, list | tuple) else (given,)
    low, high = (0, FIRST_REFERENCE - 1) if several else (1, MOST_SEEDS)
    if not numbers or not all(type(one) is int and low <= one <= high for one in numbers):
        raise ValueError(f"seeds must be integers from {low} to {high:,}, got {given!r}")
    return numbers if several else given


def _references(given: object) -> int:
    """Number of references, an integer in its range."""
    if type(given) is not int or not 1 <= given <= MOST_REFERENCES:
        raise ValueError(
            f"references must be an integer from 1 to {MOST_REFERENCES:,}, got {given!r}"
        )
    return given


def _by_role(given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Models by role, each a name or several."""
    return {r: (one,) if isinstance(one, str) else tuple(one) for r, one in given.items()}


def _trusted(given: object) -> object:
    """Ids of trusted items, from a list or a file with one id per line."""
    ids = _ids_of(given) if isinstance(given, str) else given
    if not isinstance(ids, list | tuple) or not all(isinstance(one, str) for one in ids):
        raise ValueError(f"trusted must be a file or a list of ids (texts), got {given!r}")
    return tuple(dict.fromkeys(ids))


def _ids_of(given: str) -> tuple[str, ...]:
    """The ids in a file, one per line; a name that is no file is an id.

    Raises:
        UserError: the file cannot be read, or contains no id.
    """
    path = Path(given)
    if not path.is_file():
        return (given,)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not a text"
        raise UserError(f"trusted={given}: {why.lower()}; write one id per line") from None
    ids = tuple(filter(None, (line.strip() for line in lines)))
    if not ids:
        raise UserError(f"trusted={given}: the file contains no id; write one id per line")
    return ids


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Name = Annotated[str, BeforeValidator(_name)]
Strengths = Annotated[tuple[float, ...], BeforeValidator(_numbers), AfterValidator(_strengths)]
Rates = Annotated[tuple[float, ...], BeforeValidator(_numbers), AfterValidator(_rates)]
Seeds = Annotated[int | tuple[int, ...], BeforeValidator(_seeds)]
References = Annotated[int, BeforeValidator(_references)]
Ids = Annotated[tuple[str, ...], BeforeValidator(_trusted)]
Models = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_by_role)]


def one_line(error: ValidationError, fields: Mapping[str, Any]) -> str:
    """The first validation error, or the first unknown field, as one line."""
    found = error.errors()
    unknown = [one for one in found if one["type"] == "extra_forbidden"]
    first = (unknown or found)[0]
    field = str(first["loc"][0])
    if unknown:
        return str(UnknownNameError("field of a stress test", field, fields))
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error":
        whole = isinstance(first["ctx"]["error"], UserError) or message.startswith(field)
        return message if whole else f"{field} {message}"
    return (
        f"{field} {message.lower().replace('input should be', 'must be')}, got {first['input']!r}"
    )
