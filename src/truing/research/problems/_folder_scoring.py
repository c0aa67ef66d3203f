"""Folder scoring: the runs of a submitted folder, one per seed, and their predictions.

What is drawn when. Splits, supervisors and weak labels depend on the secret, which is fixed before
the first submission, so they are the same for all submissions: no one can draw other labels by
submitting again. The order and the names of the items, the numbers of the clusters and the seed of
a run depend on the secret and on the digest of the frozen folder (see `assign`), so no one can know
them before the folder is frozen.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from truing.errors import CodeError
from truing.research._evaluation import INFRASTRUCTURE, Tier
from truing.research.folders import (
    Assignment,
    FolderContract,
    FolderRunner,
    FrozenFolder,
    Usage,
    assign,
    describe_contract,
    in_order,
)
from truing.research.problems._in_order import run_in_order
from truing.research.problems._trainings import Trainings


@dataclass(frozen=True)
class FolderScoring:
    """Runs folders on the items of a tier.

    The processor cores limit how many runs are under way at once, in all threads together.

    Attributes:
        runner: runs a folder once.
        secret: secret of the research run.
        models: folder of each model that a run may read, by name.
        parallel: largest number of runs at once; 0 for as many as the processor cores of this
            machine, or of the runner's cluster, allow.
    """

    runner: FolderRunner
    secret: bytes
    models: Mapping[str, str]
    parallel: int = 0
    _slots: threading.Semaphore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        cores = (os.cpu_count() or 1) // self.runner.limits.threads
        room = getattr(self.runner, "parallel", cores)
        object.__setattr__(self, "parallel", self.parallel or max(1, room))
        object.__setattr__(self, "_slots", threading.Semaphore(self.parallel))

    @property
    def contract(self) -> FolderContract:
        """The contract of folders, which researchers read."""
        return describe_contract(self.runner.limits, self.models)

    def assign(
        self,
        folder: FrozenFolder,
        trainings: Trainings,
        tier: Tier,
        items: np.ndarray,
        seeds: Sequence[int],
    ) -> list[Assignment]:
        """The inputs of each seed's run.

        Args:
            folder: the folder.
            trainings: the task, its supervisor and the baseline.
            tier: the tier.
            items: (n,) indices of the scored items.
            seeds: seeds of the tier.
        """
        task, features = trainings.source.task, trainings.features(seeds)
        return [
            assign(
                task,
                labeled,
                items,
                secret=self.secret,
                draw=(folder.digest, tier, task.name, seed),
                features=features,
                models=self.models,
            )
            for seed, labeled in zip(seeds, trainings.labeled(seeds), strict=True)
        ]

    def beliefs(
        self,
        folder: FrozenFolder,
        assigned: Sequence[Assignment],
        items: np.ndarray,
        used: list[Usage],
    ) -> np.ndarray:
        """Beliefs (S, n, k) about the scored items, from one run for each assignment.

        The usage of each run is appended to `used`, also if the run fails. A run that ends with an
        unexpected error of the referee counts with the limit of its processor time.

        Raises:
            CodeError: a run failed. The reason is that of the first failed run in the order of the
                assignments, and later runs that have not started are left out.
            IsolationError: the restrictions of a run could not be set, so its code did not run.
        """
        found = run_in_order(
            lambda place: self._run(folder, assigned[place], used),
            len(assigned),
            self._slots,
            self.parallel,
        )
        pairs = zip(assigned, found, strict=True)
        return np.stack([in_order(one, beliefs, items) for one, beliefs in pairs])

    def _run(self, folder: FrozenFolder, one: Assignment, used: list[Usage]) -> np.ndarray:
        try:
            run = self.runner.run(folder, one.inputs)
        except INFRASTRUCTURE:
            raise
        except Exception:  # no one knows what the run used, so it is charged its limit
            used.append(Usage(cpu=self.runner.limits.cpu))
            raise
        used.append(run.usage)
        if run.beliefs is None:
            raise CodeError(run.failure, run.detail)
        return run.beliefs
