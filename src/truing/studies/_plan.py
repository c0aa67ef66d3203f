"""Plan: the distinct steps of a study."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from truing.given import GivenObject
from truing.studies._graph import StepGraph
from truing.studies._measure import Measure
from truing.studies._objects import objects_of
from truing.studies._plan_line import PlanLine
from truing.studies._planner import Planner
from truing.studies._study import Study
from truing.tasks import Source


@dataclass(frozen=True)
class Plan(StepGraph):
    """Rows and steps of a study.

    Attributes:
        lines: planned rows, in the order of the study's grid.
        sources: tasks by name.
        objects: all given objects of the study.
        needed: those that workers need; not the tasks, which contain the ground truth.
    """

    lines: tuple[PlanLine, ...]
    sources: dict[str, Source]
    objects: tuple[GivenObject, ...] = ()
    needed: tuple[GivenObject, ...] = ()


def make_plan(study: Study, measure: Measure | None = None) -> Plan:
    """Plan a study.

    Args:
        study: the study.
        measure: completes the steps that measure hardness; by default they must be in the store.

    Raises:
        UserError: an unknown name, or invalid data.

    Examples:
        >>> from truing.studies import Study, make_plan
        >>> study = Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive", seeds=1)
        >>> plan = make_plan(study)
        >>> plan.count(plan.steps.values())
        {'trainings': 3, 'extractions': 2}
    """
    planner = Planner(study, measure)
    lines, sources = planner.plan()
    steps = tuple(step for line in lines for step in line.steps)
    planned = Plan((*planner.measuring, *steps), lines, sources)
    # Steps name the intermediate students that a method computes, too.
    named = [one for step in planned.steps.values() for one in step.payload.specifications]
    found = objects_of((*study.weak, *study.strong, *study.methods, *study.stress, *named))
    tasks = objects_of((*study.tasks, *study.test_on, *planner.easy))
    needed = tuple(one for one in _once_each(found) if one not in tasks)
    return replace(planned, objects=tuple(_once_each([*tasks, *needed])), needed=needed)


def _once_each(objects: Iterable[GivenObject]) -> list[GivenObject]:
    """One object per specification, in their order."""
    return list({one.specification: one for one in objects}.values())
