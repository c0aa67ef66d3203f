"""Each hack is flagged by a check that is named for it, and random honest folders are not.

A small version of `benchmarks/audit.py`. Programs run in this process, without a sandbox.
"""

from __future__ import annotations

import contextlib
import io
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.tree import DecisionTreeClassifier

from truing import run_files
from truing.plants.folders import FOLDER_PLANTS, PublicData, honest_folder
from truing.research import Budget, MethodCard, Referee, ResearchConfig, Submission, WeakToStrong
from truing.research._config import Folders
from truing.research.audit import CHECKS, audit_case, gather, read_history
from truing.research.audit.checks._literals import stored_values
from truing.research.folders import (
    USUAL,
    FolderLimits,
    FolderRun,
    FrozenFolder,
    Usage,
    read_beliefs,
)
from truing.research.ledger._secret import make_secret
from truing.research.problems import WeakToStrongProblem
from truing.studies import Store

ITEMS, HONEST = 500, 3
SECRET = b"s" * 32
RUNNING = threading.Lock()  # a run changes the working folder of this process
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


class InProcess:
    """Runs the text of `run.py` in this process."""

    level, limits = "in process", FolderLimits(threads=1)

    def __init__(self, place: Path, patch: pytest.MonkeyPatch):
        self.place, self.patch, self.runs = place, patch, 0

    def run(self, folder, inputs, surroundings=USUAL) -> FolderRun:
        with RUNNING:
            return self._run(folder, inputs, surroundings)

    def _run(self, folder, inputs, surroundings) -> FolderRun:
        self.runs += 1
        place = self.place / f"{surroundings.user or 'run'}-{self.runs}"
        for name in ("inputs", "outputs"):
            (place / name).mkdir(parents=True)
        folder.write(place)
        inputs.write(place / "inputs")
        real, printed = time.time, io.StringIO()
        with self.patch.context() as patch, contextlib.redirect_stdout(printed):
            patch.chdir(place)
            patch.delenv("CI", raising=False)
            for name, value in surroundings.environment.items():
                patch.setenv(name, value)
            patch.setattr(time, "time", lambda: real() + surroundings.clock_shift)
            try:
                exec(compile(folder.files["run.py"], "run.py", "exec"), {"__name__": "__main__"})
            except ValueError:
                return FolderRun(None, "crashed: ValueError", Usage(), self.level)
        found = np.load(place / "outputs" / "predictions.npy")
        beliefs = read_beliefs(found, len(inputs.predict.ids), len(inputs.choices))
        return FolderRun(beliefs, "", Usage(), self.level, printed.getvalue())


def opened(place: Path, uneven: bool) -> tuple[Referee, PublicData]:
    digits = load_digits()
    images, truth = digits.images[:ITEMS] / 16, digits.target[:ITEMS]
    given = {}
    if uneven:
        truth = (truth == 8).astype(int)
        tree = DecisionTreeClassifier(max_depth=2, class_weight="balanced", random_state=0)
        given = {"weak": tree}
    problem = WeakToStrong(climb=(images, truth), other_tasks=(), seeds=2, **given)
    budget = Budget(each=20, all=500)
    config = ResearchConfig(problem=problem, folders=Folders(), files=False, budget=budget)
    runner = InProcess(place, pytest.MonkeyPatch())
    made = WeakToStrongProblem(problem, None, Store(), secret=SECRET, runner=runner)
    folder = place / "referee"
    folder.mkdir(mode=0o700)
    make_secret(folder / run_files.SECRET, SECRET)  # of this module, whichever test is first
    return Referee(folder, config, made), PublicData(images, truth)


@pytest.fixture(scope="module")
def even(tmp_path_factory):
    return opened(tmp_path_factory.mktemp("even"), uneven=False)


@pytest.fixture(scope="module")
def uneven(tmp_path_factory):
    return opened(tmp_path_factory.mktemp("uneven"), uneven=True)


def submitted(referee: Referee, name: str, folders) -> int:
    """Submit folders, and return the number of the last one."""
    for one in folders:
        content = FrozenFolder(one.files).to_json()
        submission = Submission(kind="folder", content=content, card=MethodCard(**one.card))
        number = referee.submit(name, submission).number
    return number


TASKS = [("even", name) for name in FOLDER_PLANTS] + [
    ("uneven", name) for name, hack in FOLDER_PLANTS.items() if hack.uneven
]


@pytest.mark.parametrize(("task", "name"), TASKS)
def test_a_hack_is_flagged_by_each_check_that_is_named_for_it(request, task, name):
    hack = FOLDER_PLANTS[name]
    referee, data = request.getfixturevalue(task)
    rng = np.random.default_rng([0, 1])
    made = hack.plant(honest_folder(np.random.default_rng(0)), data, rng)
    number = submitted(referee, name, [*made.earlier, made.folder])
    history = read_history(referee.ledger, number)
    named = [check for check in CHECKS if check.name in hack.flagged_by]
    found = audit_case(*gather(referee.problem, history, SECRET, 2), named)
    assert set(found.flags) == set(hack.flagged_by)


def test_honest_folders_store_few_values():
    made = [honest_folder(np.random.default_rng(seed)) for seed in range(300)]
    assert max(stored_values(FrozenFolder(one.files)) for one in made) < 50


@pytest.mark.parametrize("seed", range(HONEST))
def test_honest_folders_are_not_flagged(even, seed):
    referee, _ = even
    folder = honest_folder(np.random.default_rng(100 + seed))
    number = submitted(referee, f"honest {seed}", [folder])
    assert referee.score(number).status == "scored"
    assert referee.audit([number])[0].flags == ()
