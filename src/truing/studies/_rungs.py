"""Rungs: the students between supervisor and student that a method's function names.

A function may name features that a script or notebook registered. Other processes do not know such
names. So a study keeps, with a given method, what each name that the function returns for its
supervisors and students meant when the study was made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

from truing import given
from truing.errors import TruingError, UserError
from truing.failure import failure_line
from truing.methods import METHODS, Method
from truing.registry import Built
from truing.specification import Specification
from truing.students import give_student, parse_student
from truing.studies._aliases import expand
from truing.supervisors import parse_supervisor

RUNGS = ".rungs"  # suffix of the names: {"of": METHOD@DIGEST, "names": {"first-2": "first@..."}}


def rungs_of(method: Built[Method], weak: str, strong: str) -> tuple[str, ...]:
    """Specifications of the students between a supervisor and a student; () without rungs.

    Args:
        method: the method.
        weak: label of the supervisor.
        strong: label of the student.

    Raises:
        UserError: the function fails, or returns something else than names or students.
    """
    if method.value.rungs is None:
        return ()
    meant = kept_rungs(_of_alias(method.name))
    try:
        names = method.value.rungs(weak, strong)
    except TruingError:
        raise
    except Exception as error:  # a user's function may raise anything
        raise UserError(
            f"the rungs of {given.shown(method.label)} failed: {failure_line(error)}"
        ) from error
    if not isinstance(names, tuple | list):
        raise UserError(
            f"the rungs of {given.shown(method.label)} must be a tuple of names of students, such "
            f"as ('pca-8',), got {given.shortened(names)}"
        )
    return tuple(meant.get(one, one) if isinstance(one, str) else one for one in names)


def bind_rungs(
    methods: Sequence[str], weak: Sequence[str], strong: Sequence[str], aliases: Mapping[str, str]
) -> tuple[str, ...]:
    """Specifications of methods that keep what the names of their rungs mean in this process.

    Args:
        methods, weak, strong: specifications of a study's methods, supervisors and students.
        aliases: aliases of the study.

    Raises:
        UserError: a name is unknown, or the function of a method's rungs fails.
    """
    if not any(given.is_object(Specification.parse(one).name) for one in methods):
        return tuple(methods)
    pairs = [
        (parse_supervisor(expand(one, aliases)).label, parse_student(expand(other, aliases)).label)
        for one, other in product(weak, strong)
    ]
    return tuple(_bound(one, pairs) for one in methods)


def kept_rungs(name: str) -> dict[str, str]:
    """Specification of each name that the rungs of a given method return, as far as kept."""
    if not given.is_object(name):
        return {}
    content = given.find(name).files.get(RUNGS)
    return dict(json.loads(content)["names"]) if content else {}


def _bound(method: str, pairs: Sequence[tuple[str, str]]) -> str:
    """The specification of a method with its names kept; names that it keeps stay."""
    asked = Specification.parse(method)
    if not given.is_object(asked.name):
        return method
    found = given.find(asked.name)
    if (other := given.meant(asked.name)) is not None:
        bound = _bound(other, pairs)
        return method if bound == other else given.keep_alias(found.name, bound)
    built = METHODS.build(method)
    names = {name for pair in pairs for name in rungs_of(built, *pair) if isinstance(name, str)}
    meant = {name: give_student(name, "") for name in sorted(names)}
    new = {name: one for name, one in meant.items() if one != name}
    if not new:
        return method
    stated = json.loads(found.files.get(RUNGS, b'{"names": {}}'))
    origin = stated.get("of", asked.name)
    content = json.dumps({"of": origin, "names": {**new, **stated["names"]}}, sort_keys=True)
    kept = given.keep(found.name, {**found.files, RUNGS: content.encode()}, content.encode())
    return str(replace(asked, name=kept))


def _of_alias(name: str) -> str:
    """The name of the method that an alias means; any other name unchanged."""
    other = given.meant(name)
    return name if other is None else _of_alias(Specification.parse(other).name)
