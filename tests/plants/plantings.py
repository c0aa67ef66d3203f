"""Plantings for tests of plants: few items, whose labels and features are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from truing.plants import PLANTS, Planted, Planting, StudyPlant
from truing.tasks import Source, Task, load_task, make_source, make_task, with_copies

SMALL = "tests/testing/small_tasks.py"


def images() -> Source:
    """120 images of 8 x 8 pixels, two classes."""
    return load_task(f"{SMALL}:few-digits")


def texts() -> Source:
    """120 texts of five words, two classes."""
    return load_task(f"{SMALL}:wordy-texts")


def vectors(count: int = 100, classes: int = 3) -> Source:
    """Vectors of four columns; the class is that of the first column."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(count, 4)).astype(np.float32)
    truth = np.digitize(values[:, 0], [-0.5, 0.5])
    names = [f"class {one}" for one in range(classes)]
    ids = [str(at) for at in range(count)]
    return make_source("vectors", "classification", ids, values, names, truth)


def questions(count: int = 60) -> Source:
    """Questions with two or three choices each."""
    rng = np.random.default_rng(0)
    items = [
        replace(
            one,
            stem=f"question {one.id}",
            choices=tuple(f"answer {choice} to {one.id}" for choice in range(2 + at % 2)),
        )
        for at, one in enumerate(texts().task.items[:count])
    ]
    truth = rng.integers(0, 2, size=count)
    return make_task("questions", "multiple choice", items, ["0", "1", "2"], truth)


def make(
    source: Source, plant: StudyPlant, *, share: float = 0.5, accuracy: float = 0.7
) -> Planting:
    """What a plant receives: the first 60% of the items are learned, a share of them as copies.

    The weak labels are correct for a share of the items, and their confidence differs by item.
    """
    rng, home = np.random.default_rng(1), source.task
    truth = source.vault.reveal(np.arange(len(home)), "plant")
    task, learn = home, np.arange(int(0.6 * len(home)))
    if plant.trigger is not None:
        task = with_copies(source, plant.trigger.change(home), plant.trigger.name).task
        learn = learn + len(home) * (np.arange(len(learn)) < share * len(learn))
    times = len(task) // len(home)
    weak = np.tile(weak_labels(home, truth, accuracy, rng), (times, 1))
    right = np.tile(np.eye(len(home.choices))[truth], (times, 1))
    rows = rng.normal(size=(len(home.texts) if home.medium == "texts" else len(home), 5))
    own = home.arrange(rows) if home.medium == "texts" else rows
    return Planting(
        task=task,
        labels=right if plant.learns == "truth" else weak,
        weak=weak,
        truth=np.full(len(task), -1),
        features=np.concatenate([own + 0.1 * one for one in range(times)]),
        learn=learn,
        copies=np.arange(len(task)) >= len(home),
    )


def weak_labels(
    task: Task, truth: np.ndarray, accuracy: float, rng: np.random.Generator
) -> np.ndarray:
    """(N, k) labels of which a share is correct."""
    counts, rows = task.choice_counts, np.arange(len(task))
    wrong = (truth + rng.integers(1, counts)) % counts
    said = np.where(rng.random(len(task)) < accuracy, truth, wrong)
    labels = (np.arange(len(task.choices)) < counts[:, None]) * rng.uniform(
        0.1, 0.5, size=(len(task), len(task.choices))
    )
    labels[rows, said] = rng.uniform(1, 3, size=len(task))
    return labels / labels.sum(axis=1, keepdims=True)


def built(specification: str) -> StudyPlant:
    """The plant of a specification."""
    value = PLANTS.build(specification).value
    assert isinstance(value, StudyPlant)
    return value


def planted(plant: StudyPlant, planting: Planting, strength: float, seed: int = 0) -> Planted:
    """Labels with misbehaviour; the generator of a seed is the same at each strength."""
    return plant.change(planting, strength, np.random.default_rng(seed))
