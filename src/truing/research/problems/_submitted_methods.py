"""Submitted methods: which methods may be submitted by name, and their canonical form."""

from __future__ import annotations

import re

from truing.errors import UserError
from truing.methods import METHODS, Method, canonical
from truing.research.isolation import MOST_STUDENTS
from truing.specification import Specification
from truing.students import parse_student

PLAIN = re.compile(r"[\w-]+(,\w+=[\w.+-]*)*")


def is_plain(content: str) -> bool:
    """Whether a specification has no colon and no slash, so that it names no file."""
    return PLAIN.fullmatch(content) is not None


def allowed_methods() -> list[str]:
    """Names of the methods that may be submitted."""
    return sorted(name for name in METHODS.describe() if not _is_barred(name))


def canonical_method(content: str, weak: str, strong: str) -> str:
    """The canonical specification of a submitted method.

    Args:
        content: the specification.
        weak, strong: supervisor and student of the problem.

    Raises:
        UserError: the specification names no method, or a method that may not be submitted.
    """
    _check_name(content)
    label = canonical(content)
    method = METHODS.build(label).value
    rungs = method.rungs(weak, strong) if method.rungs else ()
    students = max(method.members, len(rungs))
    if students > MOST_STUDENTS:
        raise UserError(
            f"{label} trains {students} students per seed, more than the allowed "
            f"{MOST_STUDENTS}; use fewer members or intermediate students"
        )
    for rung in rungs:
        parse_student(rung)
    return label


def _check_name(content: str) -> None:
    """Check that a specification names a method that may be submitted."""
    name = Specification.parse(content).name if is_plain(content) else ""
    if name not in METHODS.describe():
        raise UserError(
            f"unknown method {content[:100]!r}; submit NAME[,ARGUMENT=VALUE ...] with a NAME "
            "from `methods` in the problem"
        )
    if why := _why_barred(METHODS.build(content).value):
        raise UserError(f"{name} may not be submitted: {why}")


def _why_barred(method: Method) -> str:
    """Reason why a method may not be submitted; empty if it may be submitted."""
    if method.labels == "truth":
        return "it learns from the ground truth"
    return "it is a control" if method.control else ""


def _is_barred(name: str) -> bool:
    """Whether a method with default arguments may not be submitted."""
    try:
        return bool(_why_barred(METHODS.build(name).value))
    except UserError:  # an argument has no default; `check` decides about each submission
        return False
