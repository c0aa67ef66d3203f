"""Is the search better than random choice with as many trials?

There are two spaces of compositions: a planted space (a sum of effects of parts, pairs and numbers,
drawn for each run; simulated), and digits. In each run `search` and `random` spend the same budget
under separate referees with the same ladder and the same seeds for the same composition. The
result is the true score of the method that is ranked first on the climb tier, by the lower end of
its interval as the referee ranks, and on digits also by its mean. The true score in the planted
space is the score without noise; on digits it is the gain over naive training on all held-out
items, with seeds that no referee drew. Intervals are Student's over runs. The numbers of trials are
equal, not the numbers of trainings: on digits `search` also trains proposals that it only compares,
with the defaults about as many as it submits.

    OPENBLAS_NUM_THREADS=1 python benchmarks/research.py [--runs 20] [--trials 40]
        [--space planted] [--space digits] [--seeds 5] [--step 0.02]
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from truing.errors import MethodError
from truing.measures import correctness
from truing.methods import METHODS, Choice, Real, Whole, composition_space
from truing.research import Budget, Referee, ResearchConfig, WeakToStrong, spend_budget
from truing.research.ledger import Scored, Submitted, read_records
from truing.research.ledger._secret import make_secret
from truing.research.problems import Evaluation, Gain, Problem, WeakToStrongProblem
from truing.research.researchers import RESEARCHERS
from truing.studies import Store

FRESH = range(900_001, 900_021)  # seeds of the true score; a referee draws 128 bits
NAMES = ("search", "random")


class Planted:
    """A space with known true scores; the noise of a score is fixed for each composition.

    Args:
        rng: draws the effect of each part.
        scale: of the effects of parts, pairs and numbers.
        noise: standard deviation of a score.
    """

    items = 1e6
    battery = None

    def __init__(self, rng: np.random.Generator, scale: float = 0.018, noise: float = 0.012):
        self.space = composition_space()
        self.noise = noise
        numbers = [one for one in self.space.arguments if isinstance(one, Real | Whole)]
        choices = [one for one in self.space.arguments if isinstance(one, Choice)]
        parts = [(c.name, o) for c in choices for o in c.options if o != c.default]
        self.parts = {part: rng.normal(-0.3 * scale, scale) for part in parts}
        self.pairs = {pair: rng.normal(0, scale / 2.5) for pair in itertools.combinations(parts, 2)}
        self.numbers = [(one, rng.random(), abs(rng.normal(0, scale))) for one in numbers]

    def true(self, specification: str) -> float:
        """The gain of a composition."""
        values = self.space.settled(self.space.read(specification))
        chosen = [part for part in self.parts if values[part[0]] == part[1]]
        total = sum(self.parts[part] for part in chosen)
        total += sum(self.pairs[pair] for pair in itertools.combinations(chosen, 2))
        for one, best, worth in self.numbers:
            if one.active(values):
                ends = np.array([one.low, one.high, values[one.name]], np.float64)
                low, high, value = np.log(ends) if one.log else ends
                total += worth * (0.3 - 3 * ((value - low) / (high - low) - best) ** 2)
        return float(total)

    def check(self, submission):
        """Return the composition unchanged."""
        return submission

    def family(self, submission) -> str:
        """All compositions are one family."""
        return "planted"

    def describe(self) -> Any:
        """Empty: these researchers do not read it."""
        return {}

    def look(self, specification, seeds) -> tuple:
        """No students, so no comparison without a score."""
        return ()

    def level(self, submission) -> str:
        """No submitted code runs."""
        return ""

    def most_cpu(self, submission) -> int:
        """No processor seconds are charged."""
        return 0

    def evaluate(self, submission, tier, seeds: Sequence[int]) -> Evaluation:
        """The true gain with noise."""
        rng = np.random.default_rng(list(seeds) + list(submission.content.encode()))
        value = self.true(submission.content) + self.noise * rng.normal()
        return Evaluation((Gain(value, value, value, 1.0, "planted", 0.5),))


class Digits:
    """Digits, with the true score of a method."""

    def __init__(self, config: WeakToStrong):
        self.problem = WeakToStrongProblem(config, None, Store(), secret=b"benchmark")
        self.trainings = self.problem.trainings["digits"]
        splits = self.trainings.source.task.splits(0)
        self.items = np.sort(np.concatenate([splits.test, splits.sealed]))
        self.truth = self.trainings.source.vault.reveal(self.items, "score")
        self.known: dict[str, float] = {}

    def true(self, specification: str) -> float:
        """Gain over naive training on all held-out items; None if a student cannot be trained.

        Some methods can be trained with all seeds of a referee, but not with all of these seeds.
        """
        if specification not in self.known:
            try:
                gain = float(self._right(specification) - self._right("naive"))
            except MethodError as error:
                print(f"  counted as no gain: {error}", flush=True)
                gain = 0.0
            self.known[specification] = gain
        return self.known[specification]

    def _right(self, name: str) -> float:
        steps = self.trainings.steps(METHODS.build(name), FRESH)
        with np.errstate(all="ignore"):
            self.trainings.complete(steps)
        return correctness(self.trainings.beliefs(steps, self.items), self.truth).mean()


def one_run(
    run: int, config: ResearchConfig, problem: Problem, true: Callable[[str], float]
) -> list[float]:
    """True scores of the first methods of `search` and `random`, ranked by lower ends and by
    means."""
    found, means = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            own = Path(folder) / name
            own.mkdir()
            make_secret(own / "secret", run.to_bytes(32, "big"))
            referee = Referee(own, config.model_copy(update={"seed": run}), problem)
            spend_budget(referee, name, RESEARCHERS.build(name).value)
            found.append(true(referee.close()[0].content))
            means.append(true(highest_mean(referee)))
            referee.ledger.close()
    return found + means


def highest_mean(referee: Referee) -> str:
    """The method with the highest mean gain."""
    entries = referee.ledger.entries()
    outcomes = read_records(entries, Scored).values()
    scored = [one for one in outcomes if not one.evaluation.failure]
    best = max(scored, key=lambda one: one.evaluation.gains[0].value)
    return read_records(entries, Submitted)[best.submission].submission.content


def show(title: str, scores: np.ndarray, seconds: float) -> None:
    """Print means and the paired difference, with intervals over runs."""
    print(f"\n{title}, {len(scores)} runs, {seconds:.0f} s")
    rows = {**dict(zip(NAMES, scores.T, strict=True)), "difference": scores[:, 0] - scores[:, 1]}
    for name, values in rows.items():
        half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
        mean = values.mean()
        print(f"  {name:<11} {mean:+.4f} [{mean - half:+.4f}, {mean + half:+.4f}]", flush=True)


def main() -> None:
    """Print a table for each space."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="number, and seed, of the first run")
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--step", type=float, default=0.02, help="of the ladder")
    parser.add_argument("--space", action="append", choices=("planted", "digits"))
    given = parser.parse_args()
    problem = WeakToStrong(other_tasks=(), seeds=given.seeds)
    config = ResearchConfig(
        problem=problem,
        budget=Budget(each=given.trials),
        step=given.step,
        min_step_se=0,
        files=False,
        finalists=1,
    )
    for space in given.space or ("planted", "digits"):
        began, scores = time.monotonic(), []
        digits = Digits(problem) if space == "digits" else None
        for run in range(given.first, given.first + given.runs):
            known = digits or Planted(np.random.default_rng(run))
            scored: Problem = known.problem if isinstance(known, Digits) else known
            scores.append(one_run(run, config, scored, known.true))
            print(f"  {space}, run {run}: {np.round(scores[-1], 4)}", flush=True)
        title = f"{space}, {given.trials} trials"
        table, seconds = np.array(scores), time.monotonic() - began
        show(f"{title}, first by the lower end", table[:, :2], seconds)
        if digits:  # in the planted space all intervals are equal
            show(f"{title}, first by the mean", table[:, 2:], seconds)


if __name__ == "__main__":
    main()
