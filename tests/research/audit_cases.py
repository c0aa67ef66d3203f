"""Cases of the auditor whose folders are functions, so that no process starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from truing.research import MethodCard
from truing.research.audit import AuditCase, TaskCase
from truing.research.audit._runs import Runs, Tally
from truing.research.folders import (
    USUAL,
    FolderLimits,
    FolderRun,
    FrozenFolder,
    Items,
    RunInputs,
    Surroundings,
    Usage,
)

LEARN, PREDICT, WIDTH = 240, 200, 6
CARD = MethodCard(claim="Ridge regression on the weak labels.", mechanism="m", expected_effect=0.0)
PROGRAM = "from truing import pipeline\ngiven = pipeline.load()\nridge(given.weak)\n"
FOLDER = FrozenFolder({"run.py": PROGRAM})

Behave = Callable[[RunInputs, Surroundings], np.ndarray]


class FunctionRunner:
    """Runs a function in place of a folder; the text of a folder may select the function."""

    level, limits = "function", FolderLimits()

    def __init__(self, behave: Behave, others: dict[str, Behave] | None = None):
        self.behave, self.others = behave, others or {}

    def run(self, folder, inputs, surroundings=USUAL) -> FolderRun:
        behave = self.others.get(folder.files["run.py"], self.behave)
        try:
            beliefs, why = behave(inputs, surroundings), ""
        except ArithmeticError:
            beliefs, why = None, "crashed"
        return FolderRun(beliefs, why, Usage(cpu=1.0, seconds=1.0), self.level)


class World:
    """A task of normal clusters, with a supervisor that is wrong about a fifth of the items.

    Args:
        k: number of choices.
        rare: whether the last choice has a tenth of the items.
    """

    def __init__(self, k: int = 4, rare: bool = False, seed: int = 0):
        rng = np.random.default_rng(seed)
        self.k, self.centers = k, 3.0 * rng.standard_normal((k, WIDTH))
        shares = np.array([0.9 / (k - 1)] * (k - 1) + [0.1]) if rare else np.full(k, 1 / k)
        self.truth = rng.choice(k, LEARN + PREDICT, p=shares)
        self.inputs = self.centers[self.truth] + rng.standard_normal((LEARN + PREDICT, WIDTH))
        wrong = rng.random(LEARN) < 0.2
        weak = np.where(wrong, rng.integers(k, size=LEARN), self.truth[:LEARN])
        ids = tuple(f"{one:04x}" for one in range(LEARN + PREDICT))
        learn, predict = (
            Items(ids[part], self.inputs[part], self.inputs[part])
            for part in (slice(LEARN), slice(LEARN, None))
        )
        labels = np.eye(k)[weak] * 0.8 + 0.2 / k
        names = tuple(map(str, range(k)))
        self.given = RunInputs("classification", names, learn, labels, np.arange(LEARN), predict, 7)

    @property
    def answers(self) -> np.ndarray:
        """Ground truth of the items to predict."""
        return self.truth[LEARN:]

    def known(self, inputs: RunInputs) -> np.ndarray:
        """Ground truth of the items to predict, found by the nearest public item."""
        far = ((inputs.predict.inputs[:, None] - self.inputs) ** 2).sum(axis=2)
        return np.eye(self.k)[self.truth[far.argmin(axis=1)]]

    def task(self, behave: Behave, others: dict[str, Behave] | None = None, **given) -> TaskCase:
        """The case of a function on this task."""
        runs = Runs(FOLDER, self.given, FunctionRunner(behave, others), b"s", "task", Tally())
        stated = {
            "name": "clusters",
            "inputs": self.given,
            "rerun": runs.run,
            "draw": runs.draw,
            "items": self.inputs[LEARN:],
            "clusters": np.arange(PREDICT),
            "baseline": ridge(self.given, USUAL),
            "truth": self.answers,
            "climb_gain": None,
            "ladder_gains": lambda: None,
            "fresh_gains": lambda count: None,
            "siblings": runs.of,
        }
        return TaskCase(**{**stated, **given})


def ridge(inputs: RunInputs, surroundings: Surroundings) -> np.ndarray:
    """Beliefs of an honest student: ridge regression on the weak labels."""
    learn, predict = (np.hstack([one.features, np.ones((len(one.ids), 1))]) for one in
                      (inputs.learn, inputs.predict))  # fmt: skip
    gram = learn.T @ learn + 0.1 * np.eye(learn.shape[1])
    scores = predict @ np.linalg.solve(gram, learn.T @ inputs.weak)
    beliefs = np.exp(10 * scores)
    return beliefs / beliefs.sum(axis=1, keepdims=True)


def unseeded(seed: int = 0) -> Behave:
    """Honest training with randomness of its own: each run leaves out other items."""
    rng = np.random.default_rng(seed)  # fixed, so that no test depends on chance

    def student(inputs: RunInputs, surroundings: Surroundings) -> np.ndarray:
        kept = rng.random(len(inputs.weak)) < 0.3
        return ridge(with_weak(inputs, inputs.weak * kept[:, None]), surroundings)

    return student


def with_weak(inputs: RunInputs, weak: np.ndarray) -> RunInputs:
    from dataclasses import replace

    return replace(inputs, weak=weak)


def case_of(*files: str, card: MethodCard = CARD, tasks: Sequence[TaskCase] = (), **given):
    """The case of a folder with a `run.py` (the first text) and other submissions' programs."""
    own, *others = files or (PROGRAM,)
    found = {at: FrozenFolder({"run.py": one}) for at, one in enumerate(others, 100)}
    stated = {"boundary": "5f" * 16, "others": found, **given}
    return AuditCase(2, card, FrozenFolder({"run.py": own}), tasks, **stated)
