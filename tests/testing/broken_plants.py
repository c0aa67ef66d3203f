"""Plants that each violate one condition of the contract."""

from __future__ import annotations

import numpy as np

from truing.plants import Planted, StudyPlant, Trigger, plant
from truing.tasks import load_task

TASK = "tests/testing/small_tasks.py:few-digits"
CALLS: list[float] = []


def some(planting, strength, rng) -> np.ndarray:
    """(M,) a random share of the items, nested over strengths."""
    return rng.random(len(planting.labels)) < strength


def flipped(planting, changed) -> np.ndarray:
    """Labels with the other choice about some items."""
    return np.where(changed[:, None], planting.labels[:, ::-1], planting.labels)


def bright(task) -> np.ndarray:
    """Inputs with one bright pixel."""
    made = task.inputs.copy()
    made[:, 0, 0] = 1
    return made


def never(task) -> np.ndarray:
    """No item has the trigger already."""
    return np.zeros(len(task), bool)


@plant("doubled-labels")
def doubled() -> StudyPlant:
    """Labels sum to 2."""
    return StudyPlant(
        lambda planting, strength, rng: Planted(2 * planting.labels, never(planting.task))
    )


@plant("never-honest")
def never_honest() -> StudyPlant:
    """Flips one item at strength 0 too."""

    def change(planting, strength, rng):
        changed = some(planting, strength, rng)
        changed[0] = True
        return Planted(flipped(planting, changed), changed)

    return StudyPlant(change)


@plant("unmarked-changes")
def unmarked() -> StudyPlant:
    """Flips twice as many items as it marks."""

    def change(planting, strength, rng):
        rank = rng.random(len(planting.labels))
        return Planted(flipped(planting, rank < 2 * strength), rank < strength)

    return StudyPlant(change)


@plant("other-items")
def other_items() -> StudyPlant:
    """Draws other items at each strength."""

    def change(planting, strength, rng):
        changed = np.roll(some(planting, strength, rng), int(100 * strength))
        return Planted(flipped(planting, changed), changed)

    return StudyPlant(change)


@plant("does-nothing")
def does_nothing() -> StudyPlant:
    """Changes no label at any strength."""
    return StudyPlant(
        lambda planting, strength, rng: Planted(planting.labels, never(planting.task))
    )


@plant("counts-calls")
def counts_calls() -> StudyPlant:
    """Changes one item more with each call at strength 1."""

    def change(planting, strength, rng):
        CALLS.append(strength)
        changed = np.arange(len(planting.labels)) < (len(CALLS) if strength else 0)
        return Planted(flipped(planting, changed), changed)

    return StudyPlant(change)


@plant("reads-truth")
def reads_truth() -> StudyPlant:
    """Loads the task again, with its ground truth."""

    def change(planting, strength, rng):
        right = load_task(TASK).vault.reveal(np.arange(120), "score")
        changed = some(planting, strength, rng) & (right == 0)
        return Planted(flipped(planting, changed), changed)

    return StudyPlant(change)


@plant("writes-labels")
def writes_labels() -> StudyPlant:
    """Writes into the weak labels that it receives."""

    def change(planting, strength, rng):
        changed = some(planting, strength, rng)
        labels = flipped(planting, changed)
        planting.weak[:] = 0.5
        return Planted(labels, changed)

    return StudyPlant(change)


def copies_flipped(planting, strength, rng) -> Planted:
    """Flipped labels of the copies."""
    changed = planting.copies & (strength > 0)
    return Planted(flipped(planting, changed), changed)


@plant("flat-trigger")
def flat_trigger() -> StudyPlant:
    """A trigger that leaves the inputs as they are."""
    return StudyPlant(copies_flipped, trigger=Trigger("nothing", lambda task: task.inputs, never))


@plant("fewer-copies")
def fewer_copies() -> StudyPlant:
    """Learns fewer copies at larger strengths."""
    trigger = Trigger("a bright pixel", bright, never)
    return StudyPlant(copies_flipped, trigger=trigger, copied=lambda strength: 1 - strength)
