"""Notes: what a user should know of items that were just loaded, a line each.

They go to the logger `truing.tasks`: the number of items and classes (info), and what may mislead a
study of them (warning). The command line prints both on standard error.
"""

from __future__ import annotations

import logging
from collections import defaultdict

import numpy as np

from truing.errors import DataError
from truing.tasks._task import Source, Task

LOG = logging.getLogger("truing.tasks")
ONE_SIDED = 0.9  # share of the largest class


def announced(source: Source, truth: np.ndarray, left_out: int = 0) -> Source:
    """Log the size of a task that was loaded and what may mislead; returns the task.

    Args:
        truth: (N,) index of the right choice.
        left_out: rows that cannot be used.
    """
    task = source.task
    what = "classes" if task.kind == "classification" else "choices"
    announce_size(task.name, len(task), "items", f"{len(task.choices)} {what}", left_out)
    for note in notes_of(task, truth):
        LOG.warning("%s: %s", task.name, note)
    return source


def announce_size(name: str, count: int, items: str, choices: str, left_out: int = 0) -> None:
    """Log `NAME: N items, K classes`."""
    dropped = f" ({left_out} rows left out that cannot be used)" if left_out else ""
    LOG.info("%s: %d %s, %s%s", name, count, items, choices, dropped)


def notes_of(task: Task, truth: np.ndarray) -> list[str]:
    """Equal inputs in several clusters, a one-sided truth, and classes too small for the splits."""
    notes = _repeated(task)
    if task.kind == "classification":
        notes += [*_one_sided(task, truth), *_rare(task, truth)]
    return notes


def _repeated(task: Task) -> list[str]:
    clusters = defaultdict(set)
    items: dict[object, int] = defaultdict(int)
    for item, cluster in enumerate(task.clusters):
        content = _content(task, item)
        clusters[content].add(int(cluster))
        items[content] += 1
    count = sum(items[content] for content, found in clusters.items() if len(found) > 1)
    if not count:
        return []
    return [
        f"{count} items have the same content as an item of another cluster, so that equal items "
        "can be in two splits; give equal items the same cluster"
    ]


def _content(task: Task, item: int) -> object:
    """What an item shows, in whatever order its choices are."""
    if task.medium == "texts":
        return tuple(sorted(task.own_texts(item)))
    return task.inputs[item].tobytes()


def _one_sided(task: Task, truth: np.ndarray) -> list[str]:
    shares = np.bincount(truth, minlength=len(task.choices)) / len(truth)
    largest = int(shares.argmax())
    if shares[largest] < ONE_SIDED:
        return []
    return [
        f"{shares[largest]:.0%} of the items have the truth {task.choices[largest]!r}; always "
        f"answering {task.choices[largest]!r} has accuracy {shares[largest]:.2f}"
    ]


def _rare(task: Task, truth: np.ndarray) -> list[str]:
    """Classes that are absent from a split, for the first seed."""
    try:
        splits = task.splits(0)
    except DataError:  # too few items for any study; the study says so
        return []
    parts = (splits.supervise, splits.learn, splits.test, splits.sealed)
    absent = [
        name
        for at, name in enumerate(task.choices)
        if not all((truth[part] == at).any() for part in parts)
    ]
    if not absent:
        return []
    sizes = np.bincount(truth, minlength=len(task.choices))
    counts = ", ".join(
        f"{name!r} ({sizes[task.choices.index(name)]} of {len(task)} items)" for name in absent[:3]
    )
    more = f" and {len(absent) - 3} more" if len(absent) > 3 else ""
    return [
        f"classes too small to be in every split: {counts}{more}; add items, or merge or remove "
        "such classes"
    ]
