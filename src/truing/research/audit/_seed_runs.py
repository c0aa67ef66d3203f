"""Seed runs: the runs of a folder with each seed, and its gains over naive training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from truing.measures import correctness
from truing.research.audit._runs import Runs, Tally
from truing.research.folders import Assignment, FrozenFolder
from truing.research.problems import WeakToStrongProblem
from truing.tasks import Task


@dataclass(frozen=True, eq=False)
class SeedRun:
    """A folder with one seed. Arrays have the order of the items to predict.

    Attributes:
        assigned: inputs of the run.
        runs: runs of the folder on these inputs.
        naive: (m, k) beliefs of naive training with the same seed.
        truth: (m,) ground truth.
    """

    assigned: Assignment
    runs: Runs
    naive: np.ndarray
    truth: np.ndarray

    @property
    def gain(self) -> float | None:
        """Accuracy minus that of naive training; None if the run failed."""
        beliefs = self.runs.run("usual").beliefs
        if beliefs is None:
            return None
        difference = correctness(beliefs, self.truth) - correctness(self.naive, self.truth)
        return float(difference.mean())


@dataclass(frozen=True)
class SeedRuns:
    """Runs of one folder on one climb task, for any seeds; each happens once.

    Attributes:
        problem, name: the problem, and the name of the task.
        folder: the folder.
        secret: secret of the research run.
        tally: counts the runs.
    """

    problem: WeakToStrongProblem
    folder: FrozenFolder
    name: str
    secret: bytes
    tally: Tally
    _made: dict[int, SeedRun] = field(default_factory=dict)

    @property
    def task(self) -> Task:
        """The task."""
        return self.problem.sources[self.name].task

    @property
    def items(self) -> np.ndarray:
        """Indices (m,) of the items of the climb tier."""
        return self.task.splits(0).test

    def of(self, seed: int) -> SeedRun:
        """The folder with one seed."""
        self._prepare([seed])
        return self._made[seed]

    def gains(self, seeds: Sequence[int]) -> list[float] | None:
        """The gain with each seed; None if a run failed, after which no other seed runs."""
        self._prepare(seeds)
        found: list[float] = []
        for seed in seeds:
            gain = self._made[seed].gain
            if gain is None:
                return None
            found.append(gain)
        return found

    def _prepare(self, seeds: Sequence[int]) -> None:
        """Train the baseline and assign inputs for seeds that have none yet."""
        new = [seed for seed in seeds if seed not in self._made]
        if not new:
            return
        trainings, scoring, items = (
            self.problem.trainings[self.name],
            self.problem.folders,
            self.items,
        )
        assert scoring is not None, "a problem that accepts folders has a runner"
        steps = trainings.steps(trainings.naive, new)
        trainings.complete(steps)
        naive = trainings.beliefs(steps, items)  # (S, m, k), in the order of `items`
        truth = np.asarray(trainings.source.vault.reveal(items, "score"))
        place = {int(item): row for row, item in enumerate(items)}
        assigned = scoring.assign(self.folder, trainings, "climb", items, new)
        for seed, one, beliefs in zip(new, assigned, naive, strict=True):
            order = [place[int(item)] for item in one.predict]
            runs = Runs(
                self.folder,
                one.inputs,
                scoring.runner,
                self.secret,
                f"{self.name} {seed}",
                self.tally,
            )
            self._made[seed] = SeedRun(one, runs, beliefs[order], truth[order])
