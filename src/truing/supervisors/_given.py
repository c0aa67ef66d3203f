"""Given objects as supervisors of a study: label arrays, functions and weak models."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from inspect import signature
from typing import Any, TypeAlias

import numpy as np

from truing.errors import DataError, TruingError, UserError
from truing.failure import failure_line
from truing.functions import function_name, is_function, keep_function, load_function, takes
from truing.given import (
    GivenObject,
    as_array,
    is_object,
    keep_array,
    read_array,
    several,
    shortened,
)
from truing.specification import Specification, split_list
from truing.students import Estimator, EstimatorStudent, give_student
from truing.students.features import FEATURES, give_features
from truing.supervisors._labels import labels_of
from truing.supervisors._supervisor import SUPERVISORS, Labeler, check_labels
from truing.supervisors.composed import POOLS, Combination, Rule, with_nested_arguments
from truing.supervisors.probes import nested_features
from truing.tasks import Item, Task

COLUMNS = ".columns.json"  # suffix of the names of a data frame's columns
MANY = 20  # a list with more texts, most of them repeated, contains labels
FORM = "a supervisor is a function of the sequence of all items that returns their labels"

SupervisorLike: TypeAlias = (
    str | np.ndarray | Callable[[Sequence[Item]], Any] | Estimator | EstimatorStudent
)
"""A supervisor as a user passes it: a name, a label array, a function from items to labels, or an
estimator that is trained on the supervise split."""

SupervisorsLike: TypeAlias = (
    SupervisorLike
    | Sequence[SupervisorLike | Mapping[str, SupervisorLike]]
    | Mapping[str, SupervisorLike]
)
"""Supervisors as a user passes them: one, a list, or a dict with a name for each object."""


def give_supervisors(given: object) -> list[str]:
    """Specifications of the supervisors that a user gave, as names or objects.

    Raises:
        UserError: an object that cannot be a supervisor.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import give_supervisors
        >>> give_supervisors(["pca-4", {"my labels": np.array([0, 1, 1])}])
        ['pca-4', 'my-labels@09bb42c999b2']
    """
    names = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
    if len(names) > max(MANY, 2 * len(set(names))):
        raise UserError(
            f"weak: a list of texts names supervisors, got {shortened(names)}; pass labels as an "
            "array: np.array(labels)"
        )
    return [_give(one, name) for name, one in several(given, "weak")]


def _give(given: object, name: str) -> str:
    if isinstance(given, str) and given.partition(":")[0] in POOLS:
        return _give_combination(given)
    if isinstance(given, str) and given.startswith("easy-to-hard:"):
        return _give_easy_to_hard(given)
    if registered := SUPERVISORS.given(given):
        return _with_given_features(str(FEATURES.given(registered)))
    if isinstance(given, EstimatorStudent) or hasattr(given, "fit") or FEATURES.given(given):
        return give_student(given, name, "weak")
    if isinstance(given, Labeler):
        return keep_function(given, name or function_name(given.label))
    if (array := as_array(given, "weak")) is not None:
        columns = class_columns(given)
        more = {COLUMNS: json.dumps(columns).encode()} if columns else {}
        return keep_array(name or "labels", array, more)
    if callable(given):
        if not takes(given, 1):
            raise UserError(
                f"weak: {function_name(given)}{signature(given)} is no supervisor; {FORM}"
            )
        return keep_function(given, name or None)
    raise UserError(
        f"weak must be a name, a label array, a function of items, an estimator or a list of "
        f"these, got {shortened(given)}"
    )


def combine(rule: Rule, members: SupervisorsLike) -> str:
    """Specification of a combination of supervisors, which may be objects.

    Args:
        rule: `mean` (of normalized scores) or `agree` (no label where supervisors disagree).
        members: two or more supervisors, as `Study(weak=...)` takes them.

    Raises:
        UserError: an unknown rule, fewer than two supervisors, or an object that cannot be one.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import combine
        >>> combine("mean", ["pca-4,l2=0.1", {"my labels": np.array([0, 1, 1])}])
        'mean:pca-4:l2=0.1+my-labels@09bb42c999b2'
    """
    if rule not in POOLS:
        raise UserError(f"rule must be one of {', '.join(POOLS)}, got {rule!r}")
    found = tuple(Specification.parse(one).nested for one in give_supervisors(members))
    for one in found:
        if split_list(one) != (one,):
            raise UserError(f"the name {one!r} contains +, which joins members; use another name")
    return str(Specification(f"{rule}:{'+'.join(Combination(rule, found).members)}"))


def _give_combination(given: str) -> str:
    """Specification of a combination, with given objects for functions of its members."""
    asked = Specification.parse(given)
    rule, _, joined = asked.name.partition(":")
    members = split_list(joined)
    if asked.arguments or not all(members):
        return given  # refused when it is parsed
    found = [_give(str(Specification.parse_nested(one)), "") for one in members]
    return str(
        Specification(f"{rule}:" + "+".join(Specification.parse(one).nested for one in found))
    )


def _give_easy_to_hard(given: str) -> str:
    """Specification of an easy-to-hard supervisor, with a given object for its model's features."""
    asked = with_nested_arguments(Specification.parse(given))
    name, _, nested = asked.name.partition(":")
    student = give_student(str(Specification.parse_nested(nested)), "", "weak")
    return str(replace(asked, name=f"{name}:{Specification.parse(student).nested}"))


def _with_given_features(supervisor: str) -> str:
    """A supervisor's specification with a given object for features that a script registered."""
    asked = nested_features(Specification.parse(supervisor))
    if "features" not in asked.arguments:
        return supervisor
    stated = str(Specification.parse_nested(asked.arguments["features"]))
    given = Specification.parse(give_features(stated))
    if not is_object(given.name):
        return supervisor
    return str(replace(asked, arguments={**asked.arguments, "features": given.nested}))


def adapt_supervisor(given: GivenObject) -> Callable[[], Labeler]:
    """Factory of the labeler of a given label array, function or `Labeler`."""
    if not is_function(given):
        columns = json.loads(given.files.get(COLUMNS, b"null"))
        return lambda: _in_order(read_array(given), given.name, columns)
    loaded = load_function(given)
    return lambda: loaded if isinstance(loaded, Labeler) else _of_items(loaded, given.name)


def class_columns(given: object) -> list[str]:
    """Names of the columns of a data frame, which are classes; empty for other objects."""
    columns = list(getattr(given, "columns", ()))
    return columns if columns and all(isinstance(one, str) for one in columns) else []


def _in_order(array: np.ndarray, name: str, columns: list[str] | None) -> Labeler:
    """Labeler of an array whose rows are in the order of the items.

    Args:
        columns: classes of the columns; None if they are in the order of the task's classes.
    """

    def label(task: Task, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        del truth, rng  # the labels are given
        return labels_of(_by_class(array, columns, task, name), task, name)

    def check(task: Task) -> None:
        check_labels(labels_of(_by_class(array, columns, task, name), task, name), task, name)

    return Labeler(label, check=check, once=True, fixed=True)


def _by_class(array: np.ndarray, columns: list[str] | None, task: Task, name: str) -> np.ndarray:
    """Columns of an array in the order of the task's classes.

    Raises:
        DataError: the names of the columns are not the classes.
    """
    if columns is None or array.ndim != 2:
        return array
    if sorted(columns) != sorted(task.choices):
        raise DataError(
            f"supervisor {name!r}: the columns {', '.join(columns)} are not the classes "
            f"{', '.join(task.choices)}; name them by the classes, or pass an array"
        )
    return array[:, [columns.index(choice) for choice in task.choices]]


def _of_items(function: Callable[[Sequence[Item]], Any], name: str) -> Labeler:
    """Labeler of a function that receives the items without their ground truth."""

    def label(task: Task, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        del truth, rng  # a function of the items receives neither
        try:
            found = function(task.items)
        except TruingError:
            raise
        except Exception as error:  # a user's function may raise anything; the message names it
            raise DataError(f"supervisor {name!r} failed: {failure_line(error)}; {FORM}") from error
        if found is None:
            raise DataError(f"supervisor {name!r} returned None; {FORM}")
        columns = class_columns(found) or None
        return labels_of(_by_class(np.asarray(found), columns, task, name), task, name)

    return Labeler(label, heavy=True, once=True)


SUPERVISORS.adapt = adapt_supervisor
