"""Given objects as tasks of a study: what is one task, what are several, and their content.

A str is a name. A tuple is one task, `(X, y)` or `(X, y, clusters)`. A list of dicts is one task,
and any other list contains several tasks. A dict names objects: `{"reviews": frame}`. Only a tuple
of names also contains several tasks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from truing.arguments import OneOf, spelled
from truing.errors import UserError
from truing.given import GivenObject, find, is_object, keep
from truing.specification import Specification
from truing.tasks._columns import FIELDS, check_columns, name_columns, other_columns, other_texts
from truing.tasks._content import plain_rows, read_content, with_inputs, write_content
from truing.tasks._fields import FileRows, Origin
from truing.tasks._forms import FORMS, reshaped
from truing.tasks._items import read_items
from truing.tasks._notes import noted_source
from truing.tasks._source import Source
from truing.tasks._tables import as_table, with_fields
from truing.tasks._truth import READINGS, TruthRule

if TYPE_CHECKING:
    import datasets
    import pandas

TaskObject: TypeAlias = (
    "pandas.DataFrame | datasets.Dataset | Sequence[Mapping[str, Any]] "
    "| tuple[Any, Any] | tuple[Any, Any, Any] | Source"
)
"""An object that is a task: rows, or arrays `(X, y)` or `(X, y, clusters)`."""

TaskLike: TypeAlias = "str | Path | TaskObject"
"""A task: name, file or object."""

Tasks: TypeAlias = "TaskLike | Sequence[TaskLike] | Mapping[str, TaskObject]"
"""One task, several tasks, or objects by name."""

RULES = {  # arguments of every given task, with their annotations
    "classes": str | list[str],
    "truth_is": Annotated[str, OneOf(READINGS)],
    "drop": bool,
    "form": Annotated[str, OneOf(FORMS)],
    "balance": bool,
}


def give_tasks(given: object) -> list[str]:
    """Specifications of the tasks that a user gave, as names or objects.

    Raises:
        UserError: an object that cannot be a task.

    Examples:
        >>> from truing.tasks import give_tasks
        >>> rows = [{"text": f"{n} is even", "truth": n % 2 == 0} for n in range(20)]
        >>> give_tasks(["digits", rows])
        ['digits', 'rows@...']
    """
    return [give_task(one, name) for name, one in _each_given(given)]


def give_task(given: object, name: str = "", arguments: Mapping[str, Any] | None = None) -> str:
    """Specification of a task that a user gave.

    Args:
        given: the task.
        name: name of an object; by default its type determines the name.
        arguments: arguments as after the name of a file: `text`, `truth`, ..., `classes`, `drop`,
            `form`.

    Raises:
        UserError: an object that cannot be a task, or an unknown argument.
    """
    arguments = arguments or {}
    if isinstance(given, Source) and given.specification:
        given = given.specification
    if isinstance(given, str | Path):
        return _specification_of(given, name, arguments)
    table = as_table(given)
    name = name or table.name
    allowed = RULES if table.inputs is not None else (*FIELDS, *RULES)
    for argument in arguments:
        if argument not in allowed:
            raise UserError(
                f"{name} has no argument {argument!r}; allowed: {', '.join(('name', *allowed))}"
            )
    columns = {field: str(arguments.get(field, field)) for field in FIELDS}
    found = {**table.rules, **arguments}
    asked = Specification(name, {one: _text(found[one]) for one in RULES if one in found})
    rules = asked.read(RULES)
    check_columns(name, table.columns, columns)
    wanted = (*columns.values(), *other_texts(columns))
    used = [one for one in wanted if one in table.columns]
    named = plain_rows(name, with_fields(table, used))
    rows = name_columns(name, named, columns, Origin.OBJECT)
    _read(name, with_inputs(rows, table.inputs), **rules)  # a mistake is an error now
    others = other_columns(rows)
    whole = ({**row, **other} for (_, row), other in zip(rows, others, strict=True))
    kept = keep(name, write_content(whole, table.inputs))
    return str(replace(asked, name=kept))


def given_task(found: GivenObject) -> Callable[..., Source]:
    """Factory of a task from a given object."""

    def make(
        classes: str | list[str] | None = None,
        truth_is: str = "",
        drop: bool = False,
        form: str = "given",
        balance: bool = False,
    ) -> Source:
        rows = read_content(found)
        return _read(found.name, rows, classes, truth_is, drop, form, balance)

    return make


def _read(
    name: str,
    rows: FileRows,
    classes: str | list[str] | None = None,
    truth_is: str = "",
    drop: bool = False,
    form: str = "given",
    balance: bool = False,
) -> Source:
    items = read_items(name, rows, rule=TruthRule(truth_is), classes=classes, drop=drop)
    items, others = reshaped(name, items, form, balance), other_columns(rows)
    return noted_source(name, items, others, license="", origin="an object given in Python")


def _each_given(given: object) -> list[tuple[str, object]]:
    """(name, task) of each task; the name is empty if the user gave none."""
    if type(given) is dict:
        return [(str(name), one) for name, one in given.items()]
    if isinstance(given, tuple) and all(isinstance(one, str) for one in given):
        return [("", one) for one in given]
    if not isinstance(given, list):
        return [("", given)]
    if len(given) in (2, 3) and all(hasattr(one, "dtype") for one in given):
        raise UserError("a list of arrays is not a task; write a tuple, (X, y) or (X, y, clusters)")
    rows = sum(isinstance(one, Mapping) for one in given)
    if rows and rows < len(given):
        raise UserError(
            "a list contains dicts and other tasks; a list of dicts is one task, so write "
            "[[dict, dict], task]"
        )
    return [("", given)] if rows else [("", one) for one in given]


def _specification_of(given: str | Path, name: str, arguments: Mapping[str, Any]) -> str:
    """Specification of a registered name, a file, or an object that was given before."""
    if not arguments and not name and isinstance(given, str):
        return given
    asked = Specification(str(given), {}) if isinstance(given, Path) else Specification.parse(given)
    if name and not is_object(asked.name):
        raise UserError(f"{name!r} cannot rename the task {str(given)!r}; only objects have names")
    spec = keep(name, find(asked.name).files) if name else asked.name
    more = {one: _text(value) for one, value in arguments.items()}
    return str(Specification(spec, {**asked.arguments, **more}))


def _text(value: Any) -> str:
    """The value of an argument as text."""
    if isinstance(value, list | tuple):  # names of classes
        names = [str(one) for one in value]
        return json.dumps(names) if any("/" in name for name in names) else "/".join(names)
    return spelled(value)
