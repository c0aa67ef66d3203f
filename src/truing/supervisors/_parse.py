"""Parse the specification of a supervisor of any kind."""

from __future__ import annotations

import contextlib
from typing import cast

from truing.errors import UnknownNameError, UserError, WrongKindError
from truing.given import find, is_object, shown
from truing.registry import Built
from truing.specification import Specification
from truing.students import is_estimator, parse_student
from truing.supervisors._kinds import KINDS, Supervisor, TrainedSupervisor
from truing.supervisors._supervisor import SUPERVISORS, Labeler
from truing.supervisors.composed import (
    POOLS,
    Combination,
    CombinedSupervisor,
    EasyToHard,
    EasyToHardSupervisor,
    with_nested_arguments,
)
from truing.supervisors.probes import Elicitor, parse_elicited
from truing.supervisors.prompts import Prompted, PromptedSupervisor


def parse_supervisor(specification: str) -> Supervisor:
    """Parse a supervisor: its name (`recorded:labels.jsonl`), or a weak model (`pca-8`).

    Raises:
        UnknownNameError: unknown name, of supervisors and of features.

    Examples:
        >>> from truing.supervisors import parse_supervisor
        >>> parse_supervisor("simulated-noise,accuracy=0.7").simulated
        True
        >>> parse_supervisor("pca-8").label
        'pca-8'
    """
    asked = Specification.parse(specification)
    name = asked.name
    rule, colon, _ = name.partition(":")
    if colon and rule in POOLS and asked.arguments:
        raise UserError(
            f"{specification!r}: an argument of a member follows a colon; write "
            f"{rule}:A:{next(iter(asked.arguments))}=VALUE+B"
        )
    if name.partition(":")[0] == "easy-to-hard":
        specification = str(with_nested_arguments(asked))
    if is_object(name) and is_estimator(find(name)):
        return TrainedSupervisor(parse_student(specification))
    if elicited := parse_elicited(Specification.parse(specification)):
        return elicited
    if SUPERVISORS.contains(specification):
        with contextlib.suppress(WrongKindError):  # the file may contain features
            built = SUPERVISORS.build(specification)
            if isinstance(built.value, Combination):
                return _combined(built.value)
            if isinstance(built.value, EasyToHard):
                return _easy_to_hard(cast(Built[EasyToHard], built))
            if isinstance(built.value, Elicitor):
                raise UserError(
                    f"{shown(specification)!r} needs an argument `features`, which names the "
                    "activations that the probe reads"
                )
            if isinstance(built.value, Prompted):
                return PromptedSupervisor(cast(Built[Prompted], built))
            assert isinstance(built.value, Labeler), "the other kinds are above"
            return KINDS[built.value.sees](cast(Built[Labeler], built))
    try:
        return TrainedSupervisor(parse_student(specification))
    except UnknownNameError as error:
        features = name.partition(":")[2] or "FEATURES"
        names = (one.replace("FEATURES", features) for one in SUPERVISORS.describe())
        known = (*error.known, *names)
        raise UnknownNameError("supervisor", error.name, known) from None


def _combined(given: Combination) -> CombinedSupervisor:
    """The supervisor of a combination, named by the shortest specifications of its members.

    Raises:
        UnknownNameError: a member is unknown.
        UserError: a member is named twice.
    """
    members = [parse_supervisor(str(Specification.parse_nested(one))) for one in given.members]
    names = [Specification.parse(one.label).nested for one in members]
    label = f"{given.rule}:{'+'.join(names)}"
    if repeated := next((one for one in names if names.count(one) > 1), None):
        raise UserError(f"{label}: {repeated} is named twice; name each supervisor once")
    return CombinedSupervisor(given.rule, tuple(members), str(Specification(label)))


def _easy_to_hard(built: Built[EasyToHard]) -> EasyToHardSupervisor:
    """The supervisor that a built specification describes.

    Raises:
        UnknownNameError: unknown name of the model.
    """
    student = parse_student(Specification.parse_nested(built.value.student))
    changed = Specification.parse(built.label).arguments
    own = {name: text for name, text in changed.items() if name != "student"}
    stated = Specification.parse(student.label)
    label = Specification(f"easy-to-hard:{stated.name}", {**stated.arguments, **own})
    return EasyToHardSupervisor(student, built.value, str(label))
