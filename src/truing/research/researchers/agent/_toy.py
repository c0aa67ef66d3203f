"""Toy problem: generated items on which an agent may try its folder before it submits it.

The items are random numbers and words with a class, and the weak labels are wrong for one item in
five. They are unrelated to every task of a referee, so a trial says whether a folder keeps the
contract, and nothing about its score.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from truing.research.folders import FolderRunner, FrozenFolder, Items, RunInputs

Medium = Literal["vectors", "texts", "images"]
LEARN, PREDICT, CLASSES, COLUMNS, SIDE = 200, 100, 3, 16, 4
ERRORS = 0.2  # share of wrong weak labels
SPREAD = 1.5  # standard deviation of the features around the mean of their class
OUTPUT = 3000  # characters of the output of a run
WORDS = ("red", "green", "blue")


def try_on_toy(runner: FolderRunner, folder: FrozenFolder, medium: Medium) -> dict[str, Any]:
    """Run a folder once on the toy problem.

    Args:
        runner: runs the folder.
        folder: the folder.
        medium: form of the items.

    Returns:
        The failure (empty if there was none), accuracy, the printed output and the usage, as JSON.

    Raises:
        IsolationError: the restrictions could not be set, so no code ran.
    """
    inputs, truth = toy_inputs(medium)
    run = runner.run(folder, inputs)
    found: dict[str, Any] = {"failure": run.failure, "accuracy": None}
    if run.beliefs is not None:
        found["accuracy"] = float((run.beliefs.argmax(axis=1) == truth).mean())
    found["chance_accuracy"] = 1 / CLASSES
    said = f"{run.output}\n{run.detail}".strip() if run.failure else run.output
    found["output"] = said[:OUTPUT]
    found["cpu_seconds"] = round(run.usage.cpu, 2)
    return found


def toy_inputs(medium: Medium, seed: int = 0) -> tuple[RunInputs, np.ndarray]:
    """The inputs of a run, and the true classes (m,) of the items to predict."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(CLASSES, size=LEARN + PREDICT)
    means = rng.normal(size=(CLASSES, COLUMNS))
    features = means[truth] + SPREAD * rng.normal(size=(len(truth), COLUMNS))
    wrong = rng.random(LEARN) < ERRORS
    labels = np.where(wrong, rng.integers(CLASSES, size=LEARN), truth[:LEARN])
    weak = 0.8 * np.eye(CLASSES)[labels] + 0.2 / CLASSES
    given = _inputs(medium, truth, features, rng)
    names = [f"{one:012x}" for one in rng.permutation(1 << 20)[: len(truth)]]
    learn, predict = slice(0, LEARN), slice(LEARN, None)
    inputs = RunInputs(
        kind="classification",
        choices=("a", "b", "c"),
        learn=Items(tuple(names[learn]), given[learn], features[learn]),
        weak=weak,
        clusters=np.arange(LEARN),
        predict=Items(tuple(names[predict]), given[predict], features[predict]),
        seed=seed,
    )
    return inputs, truth[predict]


def _inputs(
    medium: Medium, truth: np.ndarray, features: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    if medium == "vectors":
        return features
    if medium == "images":
        return features.reshape(-1, SIDE, SIDE)
    noise = rng.integers(CLASSES, size=(len(truth), 2))
    words = [
        f"a {WORDS[one]} {WORDS[first]} {WORDS[second]} thing"
        for one, (first, second) in zip(truth, noise, strict=True)
    ]
    return np.array(words, dtype=object)
