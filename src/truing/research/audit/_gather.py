"""Gather: make the case of a submission from the problem and the ledger."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from truing.measures import correctness
from truing.research._evaluation import Gain
from truing.research.audit._case import AuditCase, TaskCase
from truing.research.audit._history import History, as_folder, find_flips
from truing.research.audit._runs import Runs, Tally
from truing.research.audit._source import without_seeds
from truing.research.folders import Assignment, FrozenFolder, in_order
from truing.research.ledger._secret import draw_seeds
from truing.research.problems import Problem, WeakToStrongProblem

FRESH = 5  # fresh seeds of the seed-luck test


def gather(
    problem: Problem, history: History, secret: bytes, seeds: int, model: str = ""
) -> tuple[AuditCase, Tally]:
    """The case of a submission, and the tally of its runs, which happen when a check asks.

    Args:
        problem: problem of the research run, which can access the ground truth.
        history: the submission, and the other submissions of its researcher.
        secret: secret of the research run.
        seeds: number of seeds of each score.
        model: Inspect's name of a language model that judges the plan; empty for none.
    """
    submission, tally = history.submitted.submission, Tally()
    folder, tasks = as_folder(submission), []
    boundary = hmac.digest(secret, f"boundary {submission.digest}".encode(), "sha256").hex()
    if submission.kind == "folder" and isinstance(problem, WeakToStrongProblem):
        assert folder is not None, "a submitted folder has files"
        bench = Bench(problem, folder, secret, seeds, tally)
        gains = history.gains or [None] * len(problem.config.climb)
        tasks = [bench.task(*one) for one in zip(problem.config.climb, gains, strict=True)]
    files = {number: as_folder(one) for number, one in history.others.items()}
    others = {number: one for number, one in files.items() if one is not None}
    case = AuditCase(
        history.number,
        submission.card,
        folder,
        tasks,
        seeds,
        _methods(folder, others.values()),
        others,
        cache(partial(find_flips, problem, history, secret, tasks, folder, others)),
        boundary,
        model,
    )
    return case, tally


def _methods(folder: FrozenFolder | None, others: Iterable[FrozenFolder]) -> int:
    """Number of methods of a researcher; submissions that differ in seeds count once."""
    return len({without_seeds(one) for one in (folder, *others) if one is not None}) or 1


@dataclass(frozen=True)
class Bench:
    """Trains the baseline with fresh seeds, and scores a folder's runs with the ground truth.

    Attributes:
        problem: the problem.
        folder: the folder.
        secret: secret of the research run.
        seeds: number of seeds of each score.
        tally: counts the runs.
    """

    problem: WeakToStrongProblem
    folder: FrozenFolder
    secret: bytes
    seeds: int
    tally: Tally

    @property
    def fresh(self) -> tuple[int, ...]:
        """Seeds that no other evaluation uses; no one knew them when the folder was frozen."""
        return draw_seeds(self.secret, f"audit {self.folder.digest}", FRESH)

    def task(self, name: str, gain: Gain | None) -> TaskCase:
        """The folder's behavior on one climb task."""
        source, trainings = self.problem.sources[name], self.problem.trainings[name]
        scoring = self.problem.folders
        assert scoring is not None, "a problem that accepts folders has a runner"
        items = source.task.splits(0).test
        steps = trainings.steps(trainings.naive, self.fresh)
        trainings.complete(steps)
        naive = trainings.beliefs(steps, items)  # (S, n, k)
        assigned = scoring.assign(self.folder, trainings, "climb", items, self.fresh)
        place = {int(item): row for row, item in enumerate(items)}
        order = [place[int(item)] for item in assigned[0].predict]
        truth = source.vault.reveal(items, "score")
        runs = [
            Runs(self.folder, one.inputs, scoring.runner, self.secret, f"{name} {at}", self.tally)
            for at, one in enumerate(assigned)
        ]
        return TaskCase(
            name=source.task.name,
            inputs=assigned[0].inputs,
            rerun=runs[0].run,
            draw=runs[0].draw,
            items=source.task.inputs[items],
            clusters=source.task.clusters[assigned[0].predict],
            baseline=naive[0][order],
            truth=np.asarray(truth)[order],
            climb_gain=None if gain is None else gain.value,
            fresh_gains=cache(partial(_gains, runs, assigned, items, np.asarray(truth), naive)),
            siblings=runs[0].of,
        )


def _gains(
    runs: Sequence[Runs],
    assigned: Sequence[Assignment],
    items: np.ndarray,
    truth: np.ndarray,
    naive: np.ndarray,
) -> list[float] | None:
    """The gain over naive training with each fresh seed; None if a run failed."""
    found = []
    for run, one, baseline in zip(runs, assigned, naive, strict=True):
        beliefs = run.run("usual").beliefs
        if beliefs is None:
            return None
        own = correctness(in_order(one, beliefs, items), truth)
        found.append(float((own - correctness(baseline, truth)).mean()))
    return found
