"""Does a search find better pipelines on activations than random choice at equal cost?

Sentences of reviews of three domains (Kotzias et al. 2015). Layer 3 of SmolLM2-135M supervises a
student on activations of Gemma 3 270M. Submissions are pipelines: one to three of nine layers, the
pool, the penalty `l2`, weights under shift, and the parts of `composition`. The climb task is yelp.
The baseline is naive training on layer 12 with `l2=auto`, the default.

Each run has its own division of the items (the secret of its referees). In a run, `search` and
`random` have separate referees with the same secret and equal costs. The cost is the number of
trained students, including those of proposals that `search` only compares. No proposal begins once
the cost is spent. The result of a run is the true score of the pipeline that its referee ranks
first on the climb tier: the gain over the baseline on all held-out items of yelp, with five seeds
that no referee drew; and on the test items of imdb, which no researcher saw. Intervals are
Student's over runs.

    OPENBLAS_NUM_THREADS=1 python benchmarks/pipelines.py --data FOLDER [--runs 20] [--cost 120]
        [--more 0] [--small NAME] [--large NAME] [--json FILE]

FOLDER contains `sentiment_sentences.jsonl`. Models are folders, GGUF files or hub ids; by default
those that packages of PyPI carry. Activations are read once (5 minutes), and stored.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from truing.measures import correctness
from truing.research import Budget, Referee, ResearchConfig, WeakToStrong, spend_budget
from truing.research.ledger import Scored, read_records
from truing.research.ledger._secret import make_secret
from truing.research.problems import WeakToStrongProblem
from truing.research.researchers import RESEARCHERS, Proposer, Trial
from truing.students import parse_student
from truing.studies import ChainPlanner, LocalEngine, Store
from truing.tasks import give_tasks

FRESH = range(900_001, 900_006)  # seeds of the true score; a referee draws 128 bits
CLIMB, OTHER = "yelp", "imdb"  # the climb task, and the task that no researcher sees
LAYERS = tuple(range(2, 19, 2))  # of Gemma 3 270M, which has 18 blocks
BASELINE = 12  # layer of the student that everyone would train, at two thirds of the depth
SEARCH = "search,startup=4,candidates=1"  # without proposals that are only compared
WEAK = 3  # layer of SmolLM2 that supervises


class Spent(Exception):
    """The cost of a researcher is spent."""


@dataclass
class Capped:
    """Proposals until a number of students is trained."""

    own: Proposer
    problem: WeakToStrongProblem
    last: int

    def propose(self) -> Any:
        """The next proposal; raises Spent when the cost is spent."""
        if self.problem.pipelines.students >= self.last:
            raise Spent
        return self.own.propose()

    def learn(self, trial: Trial) -> None:
        """Pass the result on."""
        self.own.learn(trial)


def reviews(data: Path, domain: str) -> list[dict[str, str]]:
    """Sentences of reviews of one domain. Equal sentences are one cluster."""
    lines = (data / "sentiment_sentences.jsonl").read_text("utf-8").splitlines()
    return [
        {
            "text": f"Review: {row['text']}\nSentiment:",
            "truth": row["sentiment"],
            "cluster": row["text"],
        }
        for row in map(json.loads, lines)
        if row["domain"] == domain
    ]


def configure(given: argparse.Namespace) -> ResearchConfig:
    """The research run: nine layers, two pools, and the default student as baseline."""
    from truing.cli._demo_models import LARGE, SMALL, locate

    small, large = given.small or locate(SMALL)[0], given.large or locate(LARGE)[0]
    problem = WeakToStrong(
        climb=tuple(give_tasks({CLIMB: reviews(given.data, CLIMB)})),
        other_tasks=tuple(give_tasks({OTHER: reviews(given.data, OTHER)})),
        weak=f"hf/{small}@layer-{WEAK}",
        strong=f"hf/{large}@layer-{BASELINE}",
        layers={str(layer): f"hf/{large}@layer-{layer}" for layer in LAYERS},
        pools=("last", "mean"),
        seeds=given.seeds,
    )
    return ResearchConfig(
        problem=problem,
        budget=Budget(each=10_000, all=10_000),
        step=given.step,
        min_step_se=0,
        files=False,
        finalists=1,
    )


@dataclass
class Run:
    """The problem of one run, with the true scores of its pipelines.

    Attributes:
        config: the research run.
        secret: secret of the run's referees.
    """

    config: ResearchConfig
    secret: bytes

    def __post_init__(self) -> None:
        assert isinstance(self.config.problem, WeakToStrong)
        self.problem = WeakToStrongProblem(
            self.config.problem, None, Store(), secret=self.secret, engine=LocalEngine(1)
        )

    def pick(self, name: str, cost: int) -> tuple[str, dict[str, float]]:
        """The pipeline that a researcher finds at a cost, and what it took."""
        pipelines = self.problem.pipelines
        pipelines.forget()  # what the other researcher trained costs as much again
        began, first = time.process_time(), pipelines.students
        own = RESEARCHERS.build(name).value
        capped = replace(
            own, begin=lambda *given: Capped(own.begin(*given), self.problem, first + cost)
        )
        with tempfile.TemporaryDirectory() as folder:
            make_secret(Path(folder) / "secret", self.secret)
            referee = Referee(Path(folder), self.config, self.problem)
            with contextlib.suppress(Spent):
                spend_budget(referee, name, capped)
            scored = read_records(referee.ledger.entries(), Scored).values()
            failed = sum(bool(one.evaluation.failure) for one in scored)
            spent = {
                "submissions": len(scored),
                "failed": failed,
                "students": pipelines.students - first,
                "seconds": time.process_time() - began,
            }
            found = referee.close()[0].content
            referee.ledger.close()
        return found, spent

    def accuracies(self, pipeline: str) -> dict[str, float]:
        """Accuracies of a pipeline and of its ceiling on held-out items, and on the other task."""
        (climb, other), students = self.problem.trainings, self._students(pipeline)
        return {
            "transfer": self._accuracy(climb, self._beliefs(pipeline, climb)),
            "ceiling": self._accuracy(climb, self._ceiling(climb, students)),
            "elsewhere": self._accuracy(other, self._beliefs(pipeline, other)),
        }

    def baseline(self) -> dict[str, float]:
        """Accuracies of the supervisor, of naive training of the default student, its ceiling."""
        climb, other = self.problem.trainings
        labels, naive = self._naive(climb)
        return {
            "weak": self._accuracy(climb, labels),
            "transfer": self._accuracy(climb, naive),
            "ceiling": self._accuracy(climb, self._ceiling(climb, [self.problem.config.strong])),
            "elsewhere": self._accuracy(other, self._naive(other)[1]),
        }

    def _held_out(self, task: str) -> np.ndarray:
        splits = self.problem.trainings[task].source.task.splits(0)
        return np.sort(np.concatenate([splits.test, splits.sealed]))

    def _accuracy(self, task: str, beliefs: np.ndarray) -> float:
        """Accuracy of beliefs (S, n, k) about the held-out items, with the ground truth."""
        vault = self.problem.trainings[task].source.vault
        return float(correctness(beliefs, vault.reveal(self._held_out(task), "score")).mean())

    def _beliefs(self, pipeline: str, task: str) -> np.ndarray:
        with np.errstate(all="ignore"):
            return self.problem.pipelines.beliefs(pipeline, task, FRESH, self._held_out(task))

    def _naive(self, task: str) -> tuple[np.ndarray, np.ndarray]:
        """Beliefs of the supervisor, and of naive training of the default student."""
        trainings, items = self.problem.trainings[task], self._held_out(task)
        steps = trainings.steps(trainings.naive, FRESH)
        trainings.complete(steps)
        labels = [step.parents["labels"][0] for step in steps]
        return trainings.beliefs(labels, items), trainings.beliefs(steps, items)

    def _students(self, pipeline: str) -> list[str]:
        """The students of a pipeline: its layers, pool and penalty."""
        pipelines = self.problem.pipelines
        values = pipelines.space.settled(pipelines.space.read(pipeline))
        layers = [values["layer"], values["layer2"], values["layer3"]][: int(values["layers"])]
        pool = f",pool={values['pool']}" if values["pool"] != "last" else ""
        return [f"{pipelines.layers[one]}{pool},l2={values['l2']:g}" for one in layers]

    def _ceiling(self, task: str, students: Sequence[str]) -> np.ndarray:
        """Mean beliefs of students that learn the ground truth."""
        trainings, beliefs = self.problem.trainings[task], []
        chain = ChainPlanner(trainings.source, sealed=True)
        for name in students:
            steps = chain.ceilings(parse_student(name), 1, FRESH)
            trainings.complete(steps)
            beliefs.append(trainings.beliefs(steps, self._held_out(task)))
        return np.mean(beliefs, axis=0)


def measure(run: Run, arms: Mapping[str, tuple[str, int]]) -> dict[str, Any]:
    """Picks of the researchers, and accuracies of the picks and of the baseline."""
    found: dict[str, Any] = {"baseline": run.baseline()}
    for arm, (name, cost) in arms.items():
        pipeline, spent = run.pick(name, cost)
        found[arm] = {"pipeline": pipeline, **spent, **run.accuracies(pipeline)}
    return found


def pgr(own: Mapping[str, float], weak: float) -> float:
    """Performance gap recovered."""
    return (own["transfer"] - weak) / (own["ceiling"] - weak)


def estimate(values: np.ndarray) -> str:
    """Mean and 95% interval of Student over runs."""
    mean = values.mean()
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return f"{mean:+.4f} [{mean - half:+.4f}, {mean + half:+.4f}]"


def show(found: Sequence[Mapping[str, Any]]) -> None:
    """Print the table: each arm where it ran, and its difference from random in these runs."""
    for arm in [name for name in found[0] if name != "baseline"]:
        ran = [one for one in found if arm in one]
        print(f"\n{arm}, {len(ran)} runs: mean [95% interval over runs]")
        for what, title in (("transfer", "gain"), ("elsewhere", f"gain on {OTHER}")):
            own, naive, random = (
                np.array([one[name][what] for one in ran]) for name in (arm, "baseline", "random")
            )
            print(f"  {title:<22} {estimate(own - naive)}")
            if arm != "random":
                print(f"  {'difference from random':<22} {estimate(own - random)}")
        ratios = [pgr(one[arm], one["baseline"]["weak"]) for one in ran]
        print(f"  {'PGR':<22} {estimate(np.array(ratios))}")
        for what in ("submissions", "failed", "students", "seconds"):
            print(f"  {what:<22} {np.mean([one[arm][what] for one in ran]):.1f}")
    baselines = [one["baseline"] for one in found]
    ratios = [pgr(one, one["weak"]) for one in baselines]
    print(f"\nbaseline, PGR {estimate(np.array(ratios))}")
    for what in ("weak", "transfer", "ceiling"):
        print(f"  accuracy, {what:<12} {np.mean([one[what] for one in baselines]):.3f}")


def main() -> None:
    """Run, print each run and the table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--data", type=Path, default=Path(os.environ.get("TRUING_DATA", "data")))
    options.add_argument("--small", help="SmolLM2-135M-Instruct: folder, GGUF file or hub id")
    options.add_argument("--large", help="Gemma 3 270M: folder, GGUF file or hub id")
    options.add_argument("--search", default=SEARCH, help="the researcher that is compared")
    options.add_argument("--runs", type=int, default=20)
    options.add_argument("--first", type=int, default=0, help="number and secret of the first run")
    options.add_argument("--cost", type=int, default=120, help="students that a researcher trains")
    options.add_argument(
        "--more", type=int, default=0, help="runs of random with ten times the cost"
    )
    options.add_argument("--seeds", type=int, default=2)
    options.add_argument("--step", type=float, default=0.02, help="of the ladder")
    options.add_argument("--json", type=Path, help="file for all values, written after each run")
    given = options.parse_args()
    config, found = configure(given), list[dict[str, Any]]()
    for number in range(given.first, given.first + given.runs):
        began = time.monotonic()
        arms = {"search": (given.search, given.cost), "random": ("random", given.cost)}
        if number < given.first + given.more:
            arms["random, ten times the cost"] = ("random", 10 * given.cost)
        run = Run(config.model_copy(update={"seed": number}), number.to_bytes(32, "big"))
        found.append(measure(run, arms))
        naive = found[-1]["baseline"]["transfer"]
        print(f"run {number}, {time.monotonic() - began:.0f} s", flush=True)
        for arm in arms:
            own = found[-1][arm]
            print(f"  {arm}: {own['transfer'] - naive:+.4f} {own['pipeline']}", flush=True)
        if given.json:
            given.json.write_text(json.dumps(found, indent=1))
    if len(found) > 1:
        show(found)


if __name__ == "__main__":
    main()
