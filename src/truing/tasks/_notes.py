"""Notes about loaded items, one line each.

They go to the logger `truing.tasks`: the size of the task (level info), and properties of the data
that may make results misleading (level warning). The command line prints both on
standard error.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from truing.errors import DataError
from truing.tasks._item_fields import fields_of
from truing.tasks._items import Items
from truing.tasks._source import Source, make_task
from truing.tasks._task import Task
from truing.tasks._vault import UNANSWERABLE

REPEATED = (
    "{count} items have the same content as an item of another cluster, so equal items may be in "
    "two splits of a study; give equal items the same cluster"
)
LEFT_OUT = "rows left out that cannot be used"
LOG = logging.getLogger("truing.tasks")
ONE_SIDED = 0.9  # share of the largest class


def noted_source(
    name: str, items: Items, others: Sequence[Mapping[str, Any]], *, license: str, origin: str
) -> Source:
    """Make a task, with notes, from the items of a file or data set.

    Args:
        name: name of the task.
        items: the items.
        others: values of the columns that are no part of an item, by column, of each row.
        license: license of the data.
        origin: source of the data.

    Raises:
        DataError: as in `make_task`.
    """
    if items.left_out:
        origin += f", {items.left_out} {LEFT_OUT}"
    source = make_task(
        name,
        items.kind,
        items.items,
        items.choices,
        items.truth,
        fields=fields_of([others[row] for row in items.rows]),
        license=license,
        origin=origin,
    )
    notes = tuple(notes_of(source.task, items.truth))
    return replace(source, left_out=items.left_out, notes=notes)


def announce(name: str, summary: str, notes: Sequence[str] = (), left_out: int = 0) -> None:
    """Log the size of a loaded task or question set, and the notes about it as warnings.

    Args:
        name: name of the task or question set.
        summary: its size.
        notes: notes about it.
        left_out: number of unusable rows that were left out.

    Examples:
        >>> from truing.tasks import announce, load_task
        >>> announce("digits", load_task("digits").summary)
    """
    dropped = f" ({left_out} {LEFT_OUT})" if left_out else ""
    LOG.info("%s: %s%s", name, summary, dropped)
    for note in notes:
        LOG.warning("%s: %s", name, note)


def notes_of(task: Task, truth: np.ndarray) -> list[str]:
    """Notes on equal inputs in several clusters, one-sided truths, and classes without a split."""
    contents = [content_of(task, item) for item in range(len(task))]
    count = count_repeated(contents, task.clusters)
    notes = [REPEATED.format(count=count)] if count else []
    if task.kind == "classification":
        names = [task.choices[at] for at in truth if at != UNANSWERABLE]
        notes += [*one_sided(names, "items"), *_rare(task, truth)]
    return notes


def count_repeated(contents: Sequence[object], clusters: Iterable[object]) -> int:
    """Number of items whose content occurs in several clusters.

    Examples:
        >>> from truing.tasks import count_repeated
        >>> count_repeated(["same", "same", "other"], clusters=["a", "b", "c"])
        2
    """
    found = defaultdict(set)
    for content, cluster in zip(contents, clusters, strict=True):
        found[content].add(cluster)
    return sum(len(found[content]) > 1 for content in contents)


def content_of(task: Task, item: int) -> object:
    """Content of an item, independent of the order of its choices."""
    if task.medium == "texts":
        return tuple(sorted(task.own_texts(item)))
    return task.inputs[item].tobytes()


def one_sided(truths: Sequence[str], items: str) -> list[str]:
    """Note if at least 90% of the items have the same truth; empty otherwise.

    Examples:
        >>> from truing.tasks import one_sided
        >>> one_sided(["yes"] * 9 + ["no"], "items")
        ["90% of the items have the truth 'yes'; always answering 'yes' has accuracy 0.90"]
    """
    ((name, count),) = Counter(truths).most_common(1)
    share = count / len(truths)
    if share < ONE_SIDED:
        return []
    return [
        f"{share:.0%} of the {items} have the truth {name!r}; always answering {name!r} has "
        f"accuracy {share:.2f}"
    ]


def _rare(task: Task, truth: np.ndarray) -> list[str]:
    """Note on classes that are absent from a split of seed 0."""
    try:
        splits = task.splits(0)
    except DataError:  # too few items; the study raises this error
        return []
    parts = (splits.supervise, splits.learn, splits.test, splits.sealed)
    absent = [
        name
        for at, name in enumerate(task.choices)
        if not all((truth[part] == at).any() for part in parts)
    ]
    if not absent:
        return []
    sizes = np.bincount(truth[truth != UNANSWERABLE], minlength=len(task.choices))
    counts = ", ".join(
        f"{name!r} ({sizes[task.choices.index(name)]} of {len(task)} items)" for name in absent[:3]
    )
    more = f" and {len(absent) - 3} more" if len(absent) > 3 else ""
    return [
        f"classes too small to be in every split: {counts}{more}; add items, or merge or remove "
        "such classes"
    ]
