"""Small plants and monitors on the small task, which several tests of stress tests use."""

from __future__ import annotations

import numpy as np

from truing.plants import Planted, StudyPlant, Trigger
from truing.stress import StressTest, StudyMonitor, Suspicion, View, plan_stress
from truing.stress.studies._suspect import Viewer
from truing.studies import LocalEngine, StepGraph, Store, complete, make_job, store_objects

VALUE = 9.0  # of the last column, which no item has


def lie(planting, strength, rng):
    """Another label for a share of the items."""
    changed = rng.random(len(planting.labels)) < strength
    labels = planting.labels.copy()
    labels[changed] = np.roll(np.eye(labels.shape[1])[labels[changed].argmax(axis=1)], 1, axis=1)
    return Planted(labels, changed)


def first_class_for_copies(planting, strength, rng):
    """The first class for each copy."""
    labels = planting.labels.copy()
    labels[planting.copies] = np.eye(labels.shape[1])[0]
    return Planted(labels, planting.copies & (strength > 0))


def large(task):
    inputs = np.array(task.inputs)
    inputs[:, -1] = VALUE
    return inputs


LARGE = Trigger("a large value", large, lambda task: task.inputs[:, -1] == VALUE)
LIAR = StudyPlant(lie, corrupts="supervisor")
STUDENT_LIAR = StudyPlant(lie, corrupts="student")
TRUTHFUL = StudyPlant(lie, corrupts="student", learns="truth")
BACKDOOR = StudyPlant(first_class_for_copies, trigger=LARGE)


def errors(view, rng):
    """Share of audited items with an error; items that differ from trusted answers first."""
    wrong = view.watched.beliefs[view.audited].argmax(axis=1) != view.audits
    return Suspicion(float(wrong.mean()))


def doubt(view, rng):
    """One minus the belief in the answer, of each watched item."""
    return 1 - view.watched.beliefs.max(axis=1)


SPOT_CHECK = StudyMonitor(errors, audits=10)


def small_test(data, **options) -> StressTest:
    """A stress test with two seeds and three references."""
    given = {
        "plants": {"liar": LIAR},
        "monitors": {"spot": SPOT_CHECK},
        "task": str(data),
        "weak": "pca-1",
        "strong": "pca-5",
        "strengths": 0.5,
        "seeds": 2,
        "references": 3,
        "fprs": 0.25,
    }
    return StressTest(**{**given, **options})


def views(data, plants, *, seeds=2, references=3, **options) -> list[list[View]]:
    """What a monitor sees of the planted systems, of their twins and of the references.

    Args:
        data: file of the task.
        plants: one plant, as in `small_test`.
        seeds, references: fields of the stress test.
        options: fields of the monitor.
    """
    monitor = StudyMonitor(doubt, **options)
    given = {"seeds": seeds, "references": references}
    plan = plan_stress(small_test(data, plants=plants, monitors={"look": monitor}, **given))
    store = Store()
    store_objects(plan.needed, store)
    steps = [step for step in plan.steps.values() if step.kind == "suspect"]
    parents = tuple(one for step in steps for each in step.parents.values() for one in each)
    complete(StepGraph(parents), store, LocalEngine(1))
    return [[view for view, _, _ in Viewer(make_job(step), store)] for step in steps]
