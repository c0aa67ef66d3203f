"""Divide: load the tasks of a research run, and give each item its role."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from truing.errors import DataError, UserError
from truing.research._problem_config import WeakToStrong
from truing.research.problems._partition import check_divisible, draw_roles
from truing.tasks import Source, Splits, Task, load_task

MORE = 0.6  # share of the clusters without a supervisor that students of the battery learn, too


def divide(
    config: WeakToStrong,
    secret: bytes,
    battery: Sequence[str] = (),
    load: Callable[[str], Source] = load_task,
) -> tuple[dict[str, Source], dict[str, Source]]:
    """The tasks of the tiers and those of the battery, by name, with the role of each item.

    Args:
        config: climb tasks and other tasks.
        secret: secret of the research run.
        battery: tasks of the capability gate. They may also be climb tasks or other tasks: the
            items are different ones.
        load: loads a task by name.

    Raises:
        UserError: a task is both a climb task and one of the other tasks.
        DataError: a task has unanswerable items, or too few items that no other tier uses.
    """
    for name in config.other_tasks:
        if name in config.climb:
            raise UserError(
                f"other_tasks must not contain the climb task {name}; name other tasks there"
            )
    sources = {name: _load(name, load) for name in (*config.climb, *config.other_tasks)}
    tested = {f"battery: {name}": _load(name, load) for name in battery}
    climb, others = (
        {name: sources[name].task for name in names} for names in (config.climb, config.other_tasks)
    )
    taught = {name: source.task for name, source in tested.items()}
    roles = draw_roles(secret, climb, others, taught)
    divided = {
        name: _with_roles(source, roles[name], sealed=name in climb)
        for name, source in {**sources, **tested}.items()
    }
    return (
        {name: divided[name] for name in sources},
        {
            name.removeprefix("battery: "): replace(one, division=MostLearn(one.task))
            for name, one in divided.items()
            if name in tested
        },
    )


@dataclass(frozen=True, eq=False)
class MostLearn:
    """Division of a battery's task, which trains no supervisor.

    80% of the taught clusters are learned with each seed, in place of 50%.

    Attributes:
        task: the task, with the role of each item.
    """

    task: Task

    def splits(self, seed: int) -> Splits:
        """Splits of the items for a seed."""
        found, clusters = self.task.splits(seed), self.task.clusters
        rng = np.random.default_rng([seed, 2])
        left = rng.permutation(np.unique(clusters[found.supervise]))
        more = np.isin(clusters[found.supervise], left[: round(MORE * len(left))])
        learn = rng.permutation(np.concatenate([found.learn, found.supervise[more]]))
        return replace(found, learn=learn, supervise=found.supervise[~more])


def _load(name: str, load: Callable[[str], Source]) -> Source:
    source = load(name)
    if count := source.vault.unanswerable.sum():
        raise DataError(
            f"{name} contains unanswerable items ({count}), which a research run cannot score; "
            "remove them"
        )
    return source


def _with_roles(source: Source, roles: np.ndarray, sealed: bool) -> Source:
    task = replace(source.task, roles=roles)
    check_divisible(task, sealed=sealed)
    return replace(source, task=task)
