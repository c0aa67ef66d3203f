"""History: what the ledger says about a submission and the other submissions of its researcher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from truing.errors import UserError
from truing.research._evaluation import Gain
from truing.research._submission import Submission
from truing.research.audit._case import Flips, TaskCase, margin
from truing.research.audit._source import without_constants
from truing.research.folders import FrozenFolder
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import Scored, Submitted
from truing.research.ledger._secret import draw_seeds
from truing.research.problems import Problem, WeakToStrongProblem
from truing.research.problems._predictions import read_predictions

MOST_SIBLINGS = 8  # folders that are run to compare their answers


@dataclass(frozen=True)
class History:
    """What the ledger says about one submission and its researcher.

    Attributes:
        number, submitted: the submission.
        gains: its gains on the climb tasks; empty before it is scored, or if it failed.
        others: other submissions of the same researcher, by number.
    """

    number: int
    submitted: Submitted
    gains: tuple[Gain, ...]
    others: Mapping[int, Submission]


def read_history(ledger: Ledger, number: int) -> History:
    """The history of a submission.

    Raises:
        UserError: there is no such submission.
    """
    submitted = read_records(ledger.entries(Submitted.kind), Submitted)
    if number not in submitted:
        raise UserError(
            f"there is no submission {number}; list all submissions: truing ledger show "
            f"{ledger.path.parent}"
        )
    outcomes = read_records(ledger.entries(Scored.kind), Scored).values()
    found = [one.evaluation.gains for one in outcomes if one.submission == number]
    gains = found[0] if found else ()
    who = submitted[number].researcher
    others = {
        other: one.submission
        for other, one in submitted.items()
        if one.researcher == who and other != number
    }
    return History(number, submitted[number], gains, others)


def as_folder(submission: Submission) -> FrozenFolder | None:
    """The code of a submission as a folder; None if it has no code."""
    if submission.kind == "folder":
        return FrozenFolder.from_json(submission.content)
    return FrozenFolder({"run.py": submission.content}) if submission.kind == "file" else None


def find_flips(
    problem: Problem,
    history: History,
    secret: bytes,
    tasks: Sequence[TaskCase],
    folder: FrozenFolder | None,
    others: Mapping[int, FrozenFolder],
) -> tuple[Flips, ...]:
    """The answers of similar submissions, for each climb task.

    Submitted predictions are compared as they are. Folders whose code is equal but for constants
    run on the inputs of the audit, at most eight of them.
    """
    if history.submitted.submission.kind == "predictions":
        assert isinstance(problem, WeakToStrongProblem), "other problems accept no predictions"
        return _of_predictions(problem, history, secret)
    if folder is None or not tasks:
        return ()
    own = without_constants(folder)
    alike = [one for one in others.values() if without_constants(one) == own][-MOST_SIBLINGS:]
    return tuple(found for one in tasks if (found := _of_folders(one, alike)) is not None)


def _of_folders(case: TaskCase, alike: Sequence[FrozenFolder]) -> Flips | None:
    own = case.answers()
    if own is None or not alike:
        return None
    runs = [case.siblings(one).beliefs for one in alike]
    others = [one.argmax(axis=1) for one in runs if one is not None]
    return Flips(own, others, margin(case.baseline), case.picked)


def _of_predictions(
    problem: WeakToStrongProblem, history: History, secret: bytes
) -> tuple[Flips, ...]:
    """Flips between the predictions that a researcher submitted; the margins are of one seed."""
    seeds, found = draw_seeds(secret, f"audit {history.submitted.submission.digest}", 1), []
    for name in problem.config.climb:
        source, trainings = problem.sources[name], problem.trainings[name]
        items = source.task.splits(0).test
        steps = trainings.steps(trainings.naive, seeds)
        trainings.complete(steps)
        every = [history.submitted.submission, *history.others.values()]
        shape = {name: (len(items), len(source.task.choices))}
        answers = [
            read_predictions(one.content, shape)[name] for one in every if one.kind == "predictions"
        ]
        first = np.unique(source.task.clusters[items], return_index=True)[1]
        sure = margin(trainings.beliefs(steps, items)[0])
        found.append(Flips(answers[0], answers[1:], sure, first))
    return tuple(found)
