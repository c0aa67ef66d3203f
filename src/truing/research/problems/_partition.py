"""Partition: which items a research run uses in which tier. It depends on the run's secret.

Items are identified by their content, not by their ids. Items with equal content, and items of one
cluster, form a group across all tasks of the run. A group is used in one tier only:

- `test`: scored in the climb tier,
- `sealed`: items of climb tasks that are scored once at the end,
- `other`: items on which the other tasks are scored; no climb task uses them,
- `battery`: items on which the tasks of the capability gate are scored,
- `taught`: items whose ground truth students learn in the tasks of the capability gate,
- `pool`: items from which supervisors and students learn, in climb tasks and in other tasks.

So the ground truth that the battery teaches is that of items which no tier scores and of which no
student of another tier learns weak labels.

The partition cannot be derived from public data without the secret, and differs between runs. Near
duplicates, such as a cropped image or a paraphrase, count as different items.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from truing.errors import DataError
from truing.tasks import SEALED_SHARE, TEST_SHARE, Task

OTHER = 0.15  # share of the items that both climb tasks and other tasks contain
BATTERY = 0.2  # share of the items that the battery and other tasks contain
SCORED = 0.5  # share of the battery's items that are scored
ROLES = ("test", "sealed", "other", "battery", "taught", "pool")
CLIMB_ROLES = {"test": "test", "sealed": "sealed", "pool": "pool"}
OTHER_ROLES = {"other": "test", "pool": "pool"}
BATTERY_ROLES = {"battery": "test", "taught": "pool"}
ADVICE = "items with equal content, and items of one cluster, stay together; give it more items"


def draw_roles(
    secret: bytes,
    climb: Mapping[str, Task],
    others: Mapping[str, Task],
    battery: Mapping[str, Task] | None = None,
) -> dict[str, np.ndarray]:
    """The role (N,) of each item in each task, see `truing.tasks.Task.roles`.

    Groups that occur in the same tasks are divided together: 30% test, 10% sealed and, if they also
    occur in other tasks, another 15% other. Of the groups that occur in other tasks only, 30% are
    other. If they also occur in the battery, another 20% are the battery's; groups that occur in
    the battery only are all the battery's. Half of the battery's groups are scored, and the ground
    truth of the other half is taught. The rest is the pool.

    Args:
        secret: secret of the research run.
        climb, others: tasks by name; no name may be in both.
        battery: tasks of the capability gate, by a name that is not in the others.
    """
    battery = battery or {}
    tasks = {**climb, **others, **battery}
    ends = np.cumsum([len(climb), len(others)])
    contents = {name: _contents(task) for name, task in tasks.items()}
    groups = _groups(tasks, contents)
    count = 1 + max(int(found.max()) for found in groups.values())
    sizes, present = np.zeros(count), np.zeros((count, len(tasks)), bool)
    first = np.full(count, "g", dtype="U64")  # above every hexadecimal digest
    for place, (name, found) in enumerate(groups.items()):
        sizes += np.bincount(found, minlength=count)
        present[found, place] = True
        for group, content in zip(found, contents[name], strict=True):
            first[group] = min(first[group], content)
    ranks = np.array(
        [hmac.digest(secret, f"items {one}".encode(), "sha256").hex() for one in first]
    )
    roles = np.empty(count, dtype="U8")
    for pattern in np.unique(present, axis=0):
        members = np.flatnonzero((present == pattern).all(axis=1))
        members = members[np.argsort(ranks[members])]
        roles[members] = _cut(sizes[members], *(bool(one.any()) for one in np.split(pattern, ends)))
    words = {
        **dict.fromkeys(climb, CLIMB_ROLES),
        **dict.fromkeys(others, OTHER_ROLES),
        **dict.fromkeys(battery, BATTERY_ROLES),
    }
    return {
        name: np.array([words[name].get(role, "unused") for role in roles[found]])
        for name, found in groups.items()
    }


def group_items(tasks: Mapping[str, Task]) -> dict[str, np.ndarray]:
    """The group (N,) of each task's items, by name: equal content or one cluster, over all tasks.

    Args:
        tasks: tasks by name.
    """
    return _groups(tasks, {name: _contents(task) for name, task in tasks.items()})


def check_divisible(task: Task, sealed: bool) -> None:
    """Check that each split of a divided task has enough items.

    Args:
        sealed: whether the task has a sealed split.

    Raises:
        DataError: a split has too few items.
    """
    try:
        found = task.splits(0)
    except DataError as error:
        raise DataError(f"{error}. In a research run {ADVICE}") from None
    clusters = len(np.unique(task.clusters[found.sealed]))
    if sealed and clusters < 2:
        raise DataError(
            f"{task.name}: the sealed split would contain {clusters} clusters, but needs 2. In a "
            f"research run {ADVICE}"
        )


def _contents(task: Task) -> list[str]:
    """A hash of each item's content; white space, case and the order of choices are ignored."""
    if task.medium == "texts":
        rows = [task.own_texts(item) for item in range(len(task))]
        texts = [sorted(" ".join(text.split()).casefold() for text in row) for row in rows]
        parts = ["\0".join(row).encode("utf-8", "surrogatepass") for row in texts]
    else:
        numbers = task.inputs.reshape(len(task), -1).astype(np.float32) + 0.0  # no negative zero
        parts = [row.tobytes() for row in numbers]
    return [hashlib.sha256(part).hexdigest() for part in parts]


def _groups(tasks: Mapping[str, Task], contents: Mapping[str, list[str]]) -> dict[str, np.ndarray]:
    """The group (N,) of each task's items: items connected by equal content or by cluster."""
    known = {one: i for i, one in enumerate(sorted(set().union(*contents.values())))}
    nodes, edges, total = {}, [], len(known)
    for name, task in tasks.items():
        nodes[name] = np.array([known[one] for one in contents[name]])
        edges.append((nodes[name], total + task.clusters))
        total += int(task.clusters.max()) + 1
    ends = [np.concatenate(one) for one in zip(*edges, strict=True)]
    graph = coo_array((np.ones(len(ends[0]), bool), ends), shape=(total, total))
    _, labels = connected_components(graph, directed=False)
    return {name: labels[found] for name, found in nodes.items()}


def _cut(sizes: np.ndarray, climb: bool, others: bool, battery: bool) -> np.ndarray:
    """Roles of ranked groups. Shares are measured in items, at the middle of each group."""
    own = (BATTERY if climb or others else 1.0) * battery
    shares = [
        TEST_SHARE * climb,
        SEALED_SHARE * climb,
        (OTHER if climb else TEST_SHARE) * others,
        own * SCORED,
        own * (1 - SCORED),
    ]
    middles = (np.cumsum(sizes) - sizes / 2) / sizes.sum()
    return np.array(ROLES)[np.searchsorted(np.cumsum(shares), middles, side="right")]
