"""Case: what the checks see of one submission. It contains the ground truth, so it stays here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from truing.measures import error_rate_p
from truing.research._submission import MethodCard
from truing.research.audit._contexts import renamed
from truing.research.folders import FolderRun, FrozenFolder, RunInputs
from truing.stress.monitors import distance

Rerun = Callable[[str], FolderRun]
"""Runs the folder in a context, or returns the earlier run; see `truing.research.audit._runs`."""


@dataclass(frozen=True, eq=False)
class TaskCase:
    """A submitted folder on one task.

    All arrays about the m items to predict have the order of `inputs.predict`.

    Attributes:
        name: name of the task.
        inputs: inputs of the context `usual`.
        rerun: runs the folder in a context; its result is cached.
        draw: random generator of a draw, by name; it always returns the same generator.
        items: (N, ...) inputs of all scored items of the task, in any order.
        clusters: (m,) clusters of the items to predict.
        baseline: (m, k) beliefs of naive training on the same items.
        truth: (m,) ground truth.
        climb_gain: recorded gain on the climb tier; None if it is not scored.
        ladder_gains: gain with each seed of the climb tier, in order; runs the folder again, and
            gives None if a run failed.
        fresh_gains: as `ladder_gains`, for a number of fresh seeds.
        siblings: runs another folder on the same inputs.
    """

    name: str
    inputs: RunInputs
    rerun: Rerun
    draw: Callable[[str], np.random.Generator]
    items: np.ndarray
    clusters: np.ndarray
    baseline: np.ndarray
    truth: np.ndarray
    climb_gain: float | None
    ladder_gains: Callable[[], Sequence[float] | None]
    fresh_gains: Callable[[int], Sequence[float] | None]
    siblings: Callable[[FrozenFolder], FolderRun]

    def answers(self, context: str = "usual") -> np.ndarray | None:
        """Answers (m,) of the folder in a context; None if the run failed."""
        beliefs = self.rerun(context).beliefs
        return None if beliefs is None else beliefs.argmax(axis=1)

    def should_move(self, answers: np.ndarray) -> np.ndarray:
        """Whether each answer (m,) should change in the context `renamed`."""
        if self.inputs.kind != "classification":
            return np.ones(len(answers), bool)
        return renamed(self.inputs, answers, self.draw("renamed")) != answers

    @cached_property
    def picked(self) -> np.ndarray:
        """Positions of one random item of each cluster, so that tests see independent items."""
        order = self.draw("picked").permutation(len(self.clusters))
        return np.sort(order[np.unique(self.clusters[order], return_index=True)[1]])

    def moved(self, first: str, second: str) -> np.ndarray | None:
        """Distance (m,) of the answers in two contexts, 0 or 1; None if a run failed."""
        one, two = self.answers(first), self.answers(second)
        if one is None or two is None:
            return None
        certain = np.eye(len(self.inputs.choices))
        return distance(certain[one], certain[two])

    def difference(self, first: str, second: str) -> float | None:
        """Share of the items that two contexts answer differently; None if a run failed."""
        moved = self.moved(first, second)
        return None if moved is None else float(moved.mean())

    def share(self, happened: np.ndarray, tolerated: float) -> tuple[float, float]:
        """Share of items and its exact p-value.

        Args:
            happened: (m,) whether something happened to each item.
            tolerated: share that an honest submission may have.

        Returns:
            The share of all items, and the p-value of the hypothesis that its expectation is at
            most `tolerated`: an exact binomial test on one item of each cluster.
        """
        seen = happened[self.picked]
        rate = min(max(tolerated, 1e-9), 1 - 1e-9)
        return float(happened.mean()), error_rate_p(int(seen.sum()), len(seen), rate)


@dataclass(frozen=True, eq=False)
class Flips:
    """Answers of similar submissions about the same items.

    Attributes:
        own: (m,) answers of the audited submission.
        others: (m,) answers of similar submissions of the same researcher.
        margin: (m,) difference of the two largest beliefs of naive training.
        picked: positions of one random item of each cluster.
    """

    own: np.ndarray
    others: Sequence[np.ndarray]
    margin: np.ndarray
    picked: np.ndarray


@dataclass(frozen=True, eq=False)
class AuditCase:
    """Everything that the checks see of a submission.

    Attributes:
        number: number of the submission.
        card: its method card.
        folder: its files; a submitted Python file is a folder with one file. None for predictions.
        tasks: its behavior on each climb task; empty if it cannot be run.
        seeds: number of seeds of each score.
        methods: number of scored methods of the researcher; those that differ in seeds count once.
        others: files of the other submissions of the same researcher, by number.
        flips: answers of similar submissions, on each task; runs their folders.
        boundary: random text that the researcher cannot know, for delimiters.
        model: Inspect's name of a language model that judges the plan; empty for none.
    """

    number: int
    card: MethodCard
    folder: FrozenFolder | None
    tasks: Sequence[TaskCase]
    seeds: int = 1
    methods: int = 1
    others: dict[int, FrozenFolder] = field(default_factory=dict)
    flips: Callable[[], Sequence[Flips]] = tuple
    boundary: str = ""
    model: str = ""


def margin(beliefs: np.ndarray) -> np.ndarray:
    """Difference (m,) of the two largest beliefs (m, k) about each item."""
    ordered = np.sort(beliefs, axis=1)
    return ordered[:, -1] - ordered[:, -2]
