"""Contract of folders: a trial of a folder on this machine, without a referee."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from truing.errors import CodeError, ContractError, UserError
from truing.research import Folders, MethodCard, Submission, WeakToStrong
from truing.research.folders import ENTRY, FolderLimits, FolderRun, FrozenFolder, Usage, read_folder
from truing.research.isolation import LEVELS, FolderSandbox, probe
from truing.research.ledger import draw_seeds
from truing.research.problems import Evaluation, Gain, Tier, WeakToStrongProblem
from truing.studies import Store
from truing.tasks import load_task
from truing.testing._contract import Checked, Contract, Skip, Violation, require

SECRET = b"a trial has no secret"
SEEDS = 2
OTHERS = {"digits": "digits-parity"}  # a task with other choices
MODELS = {"images": ("pca-4", "spectral-64"), "vectors": ("pca-1", "pixels")}
MODELS |= {"texts": ("lsa-4", "lsa-50")}  # supervisor and student by medium
CARD = MethodCard(claim="a trial", mechanism="a trial", expected_effect=0)


@dataclass(frozen=True, repr=False)
class FolderTrial(Checked):
    """Record of the trial of a folder in which no condition was violated.

    Attributes:
        gain: accuracy difference from naive training on items of the task, and the accuracy.
        usage: resources of the most expensive run.
        limits: limits of a run.
        isolation: isolation level of the runs.
    """

    gain: Gain = field(kw_only=True)
    usage: Usage = field(kw_only=True)
    limits: FolderLimits = field(kw_only=True)
    isolation: str = field(kw_only=True)

    def __str__(self) -> str:
        gain, most, limits = self.gain, self.usage, self.limits
        lines = [
            super().__str__(),
            f"accuracy on {Path(gain.task).name}: {gain.accuracy:.3f}; naive training "
            f"{gain.accuracy - gain.value:.3f}; difference {gain.value:+.3f} "
            f"[{gain.low:+.3f}, {gain.high:+.3f}]",
            f"largest run: {most.cpu:.1f} of {limits.cpu} s of processor time, "
            f"{most.seconds:.1f} of {limits.seconds:g} s, {most.memory_mb:.0f} of "
            f"{limits.memory_mb} MB",
            f"isolation: {self.isolation}",
        ]
        return "\n".join(lines)

    __repr__ = __str__

    def to_json(self) -> dict[str, Any]:
        """The trial as plain JSON values."""
        return {**asdict(self), "limits": self.limits.model_dump(mode="json")}


def check_folder(
    folder: Path | str,
    task: str = "digits",
    other: str = "",
    folders: Folders = Folders(),  # noqa: B008
) -> FolderTrial:
    """Try a folder with a `run.py` on a task, as a referee runs it, and check its contract.

    The folder runs up to five times: with two seeds, again with the first seed, on fewer items, and
    on another task. The accuracy shows whether the code works. A referee draws other items and
    labels, so the released score differs.

    Args:
        folder: directory of the folder.
        task: specification of the task.
        other: specification of a task with another number of choices; `digits-parity` for `digits`,
            otherwise this condition is not checked.
        folders: limits, models and Python program of the runs, as in the configuration of a
            referee.

    Returns:
        The conditions that were checked, the accuracy beside that of naive training, and the usage.

    Raises:
        ContractError: a condition is violated. The message names the condition and a remedy. A note
            contains the output of a failed run.
        UserError: the directory cannot be submitted, or there is no such task or model.
        IsolationError: this machine supports no isolation level.

    Examples:
        >>> from truing.testing import check_folder
        >>> trial = check_folder("examples/folder")  # doctest: +SKIP
        >>> print(trial)  # doctest: +SKIP
        folder 'examples/folder': 4 conditions are satisfied
        ...
    """
    frozen = read_folder(Path(folder))
    if ENTRY not in frozen.files:
        raise UserError(
            f"a trial runs {ENTRY}, and {folder} has none; submit a protocol without a trial, its "
            "declaration is checked before it uses budget"
        )
    case = _FolderCase(frozen, task, other or OTHERS.get(task, ""), folders)
    folders.check_models()
    load_task(task)  # an unknown task is not an error of the folder
    try:
        checked = FOLDER.check(str(folder), case)
    except ContractError as error:
        if case.runner.output:
            error.add_note(f"output of the failed run:\n{case.runner.output}")
        raise
    return FolderTrial(
        **vars(checked),
        gain=case.scored.gains[0],
        usage=case.runner.most,
        limits=folders.limits,
        isolation=case.runner.level,
    )


class _Recording(FolderSandbox):
    """A sandbox at the strongest level of this machine, with the usage and output of its runs."""

    def __init__(self, folders: Folders):
        given = probe()
        levels = [
            name for name, one in LEVELS.items() if all(getattr(given, need) for need in one.needs)
        ]
        super().__init__(levels[0] if levels else None, folders.limits, folders.python)
        self.most, self.output = Usage(), ""

    def run(self, *given, **named) -> FolderRun:
        found = super().run(*given, **named)
        used = found.usage
        self.most = Usage(
            max(self.most.cpu, used.cpu),
            max(self.most.seconds, used.seconds),
            max(self.most.memory_mb, used.memory_mb),
        )
        if found.failure:
            self.output = found.output
        return found


@dataclass(frozen=True)
class _FolderCase:
    folder: FrozenFolder
    task: str
    other: str
    folders: Folders

    @cached_property
    def runner(self) -> _Recording:
        return _Recording(self.folders)

    @cached_property
    def problem(self) -> WeakToStrongProblem:
        weak, strong = MODELS[load_task(self.task).task.medium]
        others = (self.other,) if self.other else ()
        config = WeakToStrong(
            climb=(self.task,), other_tasks=others, weak=weak, strong=strong, seeds=SEEDS
        )
        return WeakToStrongProblem(
            config, None, Store(), secret=SECRET, runner=self.runner, models=self.folders.models
        )

    @property
    def seeds(self) -> tuple[int, ...]:
        return draw_seeds(SECRET, "climb", SEEDS)

    @cached_property
    def scored(self) -> Evaluation:
        """The evaluation on the climb items of the task."""
        submission = Submission(kind="folder", content=self.folder.to_json(), card=CARD)
        found = self.problem.evaluate(submission, "climb", self.seeds)
        if found.failure:
            raise self.violation(found.failure, found.detail)
        return found

    def violation(self, reason: str, detail: str) -> Violation:
        """The violation in a failed run. Its author may see the whole message here."""
        more = f" ({detail})" if detail else ""
        return Violation(f"a run failed: {reason}{more}", "docs/folders.md describes the files")

    def predict(self, task: str, tier: Tier) -> np.ndarray:
        """Beliefs of one run about the items of a tier, with the first seed."""
        scoring, trainings = self.problem.folders, self.problem.trainings[task]
        assert scoring is not None, "the problem has a runner"
        splits = trainings.source.task.splits(0)
        items = splits.sealed if tier == "sealed" else splits.test
        assigned = scoring.assign(self.folder, trainings, tier, items, self.seeds[:1])
        try:
            return scoring.beliefs(self.folder, assigned, items, [])[0]
        except CodeError as error:
            raise self.violation(str(error), error.detail) from None


FOLDER: Contract[_FolderCase] = Contract("folder")


@FOLDER.condition("run.py ends within the limits, and writes valid predictions")
def _valid(case: _FolderCase) -> None:
    assert case.scored.gains


@FOLDER.condition("a second run with the same inputs predicts the same choices")
def _repeatable(case: _FolderCase) -> None:
    (name,) = case.problem.config.climb
    first, second = (case.predict(name, "climb").argmax(axis=1) for _ in range(2))
    different = int((first != second).sum())
    require(
        not different,
        f"{different} of {len(first)} predictions differ between two runs with the same inputs",
        "seed all randomness with `given.seed`",
    )


@FOLDER.condition("it predicts another number of items")
def _any_count(case: _FolderCase) -> None:
    case.predict(case.problem.config.climb[0], "sealed")


@FOLDER.condition("it works on a task with another number of choices")
def _any_choices(case: _FolderCase) -> None:
    if not case.other:
        raise Skip("no other task is named")
    case.predict(case.other, "other_tasks")
