"""Gather: make the case of a submission from the problem and the ledger."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial

from truing.research._evaluation import Gain
from truing.research.audit._case import AuditCase, TaskCase
from truing.research.audit._history import History, as_folder, find_flips
from truing.research.audit._runs import Tally
from truing.research.audit._seed_runs import SeedRuns
from truing.research.audit._source import without_seeds
from truing.research.folders import FrozenFolder
from truing.research.ledger._secret import draw_seeds
from truing.research.problems import Problem, WeakToStrongProblem


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
    """Runs a folder on a problem's climb tasks, and scores its runs with the ground truth.

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
    def ladder(self) -> tuple[int, ...]:
        """Seeds of the climb tier."""
        return draw_seeds(self.secret, "climb", self.seeds)

    def fresh(self, count: int) -> tuple[int, ...]:
        """Seeds that no other evaluation uses; no one knew them when the folder was frozen."""
        return draw_seeds(self.secret, f"audit {self.folder.digest}", count)

    def task(self, name: str, gain: Gain | None) -> TaskCase:
        """The folder's behavior on one climb task, with the inputs of the first fresh seed."""
        made = SeedRuns(self.problem, self.folder, name, self.secret, self.tally)
        first = made.of(self.fresh(1)[0])
        return TaskCase(
            name=made.task.name,
            inputs=first.assigned.inputs,
            rerun=first.runs.run,
            draw=first.runs.draw,
            items=made.task.inputs[made.items],
            clusters=made.task.clusters[first.assigned.predict],
            baseline=first.naive,
            truth=first.truth,
            climb_gain=None if gain is None else gain.value,
            ladder_gains=lambda: made.gains(self.ladder),
            fresh_gains=lambda count: made.gains(self.fresh(count)),
            siblings=first.runs.of,
        )
