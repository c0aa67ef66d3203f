"""A referee over items whose truth is pure noise, and researchers who attack it with folders."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.conftest import write_jsonl
from tests.research.foldering import Running, folder, make_problem
from truing.measures import correctness
from truing.research import Budget, Referee, ResearchConfig
from truing.research._config import Folders
from truing.research.folders import FrozenFolder
from truing.research.ledger._secret import draw_seeds
from truing.research.problems import WeakToStrongProblem

ITEMS = 4210  # of which 1,263 are scored, as many as in `test_attacks.py`


def answer(submitted: FrozenFolder, inputs) -> np.ndarray:
    """A folder's answers, which it finds by the first number of each item."""
    answers = json.loads(submitted.files["answers.json"])
    return np.array([answers[str(int(one[0]))] for one in inputs.predict.inputs])


def make_noise(place: Path) -> WeakToStrongProblem:
    """Items of two classes without any relation to their truth."""
    rng = np.random.default_rng(0)
    rows = [
        {"id": f"i{i}", "vector": [i, *rng.normal(size=2).round(3)], "truth": int(rng.integers(2))}
        for i in range(ITEMS)
    ]
    path = write_jsonl(place / "noise.jsonl", rows)
    return make_problem(Running(answer), path, weak="pca-1", strong="pca-2")


class AttackedReferee:
    """A referee, and a researcher whose folders answer as the attack wants.

    Attributes:
        truth: (n,) of the scored items, in their order.
        baseline: accuracy of naive training on them, near chance.
        numbers, released: of the submissions so far.
    """

    def __init__(self, problem: WeakToStrongProblem, place: Path, queries: int):
        budget, config = Budget(each=queries, all=queries), problem.config
        folders = Folders()
        asked = ResearchConfig(problem=config, files=False, folders=folders, budget=budget)
        self.referee = Referee(place, asked, problem)
        ((name, source),) = problem.sources.items()
        items = source.task.splits(0).test
        self.truth = source.vault.reveal(items, "score")
        self.numbers: list[int] = []
        self.released: list[float] = []
        self._keys = [str(int(one)) for one in source.task.inputs[items, 0]]
        trainings = problem.trainings[name]
        seeds = draw_seeds(self.referee.secret, "climb", config.seeds)
        naive = trainings.trained(trainings.naive, seeds)[:, items]
        self.baseline = float(correctness(naive, self.truth).mean())

    def query(self, answers: np.ndarray) -> float:
        """Submit a folder; its released score as an accuracy."""
        table = dict(zip(self._keys, np.asarray(answers).tolist(), strict=True))
        submission = folder(**{"answers.json": json.dumps(table)})
        receipt = self.referee.score(self.referee.submit("mallory", submission).number)
        assert receipt.status == "scored"
        self.numbers.append(receipt.number)
        self.released.append(receipt.released)
        return round(self.baseline + receipt.released, 12)
