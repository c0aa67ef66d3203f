"""Runs of folders in this process, and small tasks of every kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.conftest import write_jsonl
from truing.research import MethodCard, Submission, WeakToStrong
from truing.research.folders import (
    USUAL,
    FolderLimits,
    FolderRun,
    FrozenFolder,
    RunInputs,
    Surroundings,
    Usage,
    read_beliefs,
)
from truing.research.problems import WeakToStrongProblem
from truing.studies import Store

CARD = MethodCard(claim="it helps", mechanism="a reason", expected_effect=0.1)
SECRET = b"k" * 32
STRONG = {"texts": "lsa-5", "vectors": "pca-3", "multiple choice": "lsa-5", "preference": "lsa-5"}
"""Student of each kind of task."""
Program = Callable[[FrozenFolder, RunInputs], np.ndarray]


class Running:
    """Runs a function in place of `run.py`, and stores what each run read.

    Args:
        program: computes the predictions; it may raise ValueError, which is a failed run.
    """

    level, limits = "limited", FolderLimits(threads=1)

    def __init__(self, program: Program):
        self.program = program
        self.read: list[RunInputs] = []

    def run(
        self, folder: FrozenFolder, inputs: RunInputs, surroundings: Surroundings = USUAL
    ) -> FolderRun:
        self.read.append(inputs)
        usage = Usage(1.5, 2.0, 100.0)
        try:
            found = np.asarray(self.program(folder, inputs))
        except ValueError as error:
            return FolderRun(None, str(error), usage, self.level, detail=f"detail of {error}")
        beliefs = read_beliefs(found, len(inputs.predict.ids), len(inputs.choices))
        return FolderRun(beliefs, "" if beliefs is not None else "no valid", usage, self.level)


def folder(text: str = "print()", **files: str) -> Submission:
    """A submitted folder."""
    content = FrozenFolder({"run.py": text, **files}).to_json()
    return Submission(kind="folder", content=content, card=CARD)


def make_problem(runner: Running, climb: Path | str, *others: Path, **given) -> WeakToStrongProblem:
    """A problem that accepts folders only."""
    wanted = {"weak": "simulated-noise", "strong": "pca-3", "seeds": 2, **given}
    asked = WeakToStrong(climb=(str(climb),), other_tasks=tuple(map(str, others)), **wanted)
    return WeakToStrongProblem(asked, None, Store(), secret=SECRET, runner=runner)


def write_kind(place: Path, kind: str, count: int = 120, seed: int = 0) -> Path:
    """A small task of a kind: `texts`, `vectors`, `multiple choice` or `preference`."""
    rng = np.random.default_rng(seed)
    make = {"texts": _text, "vectors": _vector, "multiple choice": _choices, "preference": _pair}
    rows = [{"id": f"secret-id-{i}", "cluster": f"c{i // 2}"} for i in range(count)]
    for row in rows:
        row |= make[kind](rng)
    return write_jsonl(place / f"{kind.replace(' ', '-')}.jsonl", rows)


def _words(rng: np.random.Generator, tone: int) -> str:
    tones = (["sad", "bad", "poor"], ["glad", "good", "rich"])
    common = [f"w{rng.integers(500)}" for _ in range(4)]
    return " ".join([*common, str(rng.choice(tones[tone]))])


def _text(rng: np.random.Generator) -> dict:
    truth = int(rng.integers(2))
    return {"text": _words(rng, truth), "truth": ["no", "yes"][truth]}


def _vector(rng: np.random.Generator) -> dict:
    truth = int(rng.integers(3))
    return {"vector": (rng.normal(size=5) + 2 * (np.arange(5) == truth)).tolist(), "truth": truth}


def _choices(rng: np.random.Generator) -> dict:
    many = int(rng.integers(2, 5))  # items have 2 to 4 choices
    truth = int(rng.integers(many))
    choices = [_words(rng, int(i == truth)) for i in range(many)]
    return {"text": f"Which one {rng.integers(500)}?", "choices": choices, "truth": choices[truth]}


def _pair(rng: np.random.Generator) -> dict:
    return {"text": "Hello.", "chosen": _words(rng, 1), "rejected": _words(rng, 0)}
