"""Coverage of the 95% intervals of an oversight contest with few seeds and few questions.

Simulates the judge's verdicts under a baseline and under a submitted protocol. Questions differ in
difficulty, and in how much the protocol helps; each play of a question is a separate draw. Counts
how often the interval contains the true gain, how often it leaves -1..1, and how often a protocol
without an effect has p below 0.05:

    python benchmarks/contest_coverage.py --contests 4000

With `--played N` it plays the example protocol with the embedded agents in N contests, each with
other generated questions and another secret, and compares each interval with the mean gain of all:

    python benchmarks/contest_coverage.py --played 60

Two intervals are compared. `questions` is the interval of a contest: the plays of a question are
averaged, and questions vary. `seeds and questions` also treats seeds as a source of variation that
all questions share, as in a study, where a seed trains one student for all items.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import product
from pathlib import Path

import numpy as np

from truing.measures import Difference, clopper_pearson, paired_difference
from truing.research import MethodCard, OversightContest, Submission
from truing.research.folders import read_folder
from truing.research.problems import Gain, OversightProblem
from truing.research.problems._gain import difference_of_plays
from truing.studies import Store

EXAMPLE = Path(__file__).parents[1] / "examples" / "protocol"
SEEDS, QUESTIONS = (2, 3, 5), (4, 8, 12, 24, 60)
DIFFICULTY, HELP = 1.5, 1.0  # standard deviations on the logit scale
BASELINE = 0.5  # logit of the judge's accuracy on a question of mean difficulty
KINDS = ("questions", "seeds and questions")


def chances(effect: float, questions: int, rng: np.random.Generator) -> np.ndarray:
    """(2, N) probabilities of a right verdict under the protocol and under the baseline."""
    difficulty_N = BASELINE + rng.normal(0.0, DIFFICULTY, questions)
    help_2N = np.array([[effect], [0.0]]) + rng.normal(0.0, HELP, (2, questions))
    return 1.0 / (1.0 + np.exp(-difficulty_N - help_2N))


def intervals(right_2SN: np.ndarray, seed: int) -> dict[str, Difference]:
    """Both intervals of a simulated contest."""
    first, second = right_2SN
    return {
        KINDS[0]: difference_of_plays(first, second, None, np.random.default_rng(seed)),
        KINDS[1]: paired_difference(first, second, rng=np.random.default_rng(seed)),
    }


def measure(seeds: int, questions: int, effect: float, contests: int) -> dict[str, np.ndarray]:
    """For each kind of interval (contests, 4): covers, leaves -1..1, width in -1..1, p < 0.05."""
    rng = np.random.default_rng([seeds, questions, int(10 * effect)])
    protocol, baseline = chances(effect, 1_000_000, np.random.default_rng(0)).mean(axis=1)
    truth = float(protocol - baseline) if effect else 0.0
    found: dict[str, list[tuple[float, ...]]] = {kind: [] for kind in KINDS}
    for number in range(contests):
        chance_2N = chances(effect, questions, rng)
        right_2SN = (rng.random((seeds, 2, questions)) < chance_2N).astype(float).swapaxes(0, 1)
        for kind, one in intervals(right_2SN, number).items():
            width = min(one.high, 1.0) - max(one.low, -1.0)
            beyond = one.low < -1.0 or one.high > 1.0
            found[kind].append((one.low <= truth <= one.high, beyond, width, one.p < 0.05))
    return {kind: np.array(rows, float) for kind, rows in found.items()}


def played(contests: int) -> None:
    """Print how often the interval of a played contest contains the mean gain of all contests."""
    content = read_folder(EXAMPLE).to_json()
    card = MethodCard(claim="it helps", mechanism="a reason", expected_effect=0.1)
    rng = np.random.default_rng(0)
    gains: list[Gain] = []
    for number in range(contests):
        questions = (f"cases,count=40,seed={number + 100}",)
        asked = OversightContest(questions=questions, other_questions=(), seeds=2)
        with tempfile.TemporaryDirectory() as store:
            problem = OversightProblem(asked, rng.bytes(32), Store(store))
            seeds = [int(one) for one in rng.integers(2**60, size=2)]
            submission = problem.check(Submission(kind="folder", content=content, card=card))
            gains += problem.evaluate(submission, "climb", seeds).gains
    values = [one.value for one in gains]
    mean, spread = float(np.mean(values)), float(np.std(values))
    covered = sum(one.covers(mean) for one in gains)
    half = np.mean([one.high - one.low for one in gains]) / 2
    share = clopper_pearson(covered, contests, 0.95)
    print(
        f"{contests} contests: mean gain {mean:+.3f}, standard deviation {spread:.3f}, half of the "
        f"interval {half:.3f}; {covered} cover it: {share.value:.3f} [{share.low:.3f}, "
        f"{share.high:.3f}]"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--contests", type=int, default=4000)
    parser.add_argument("--played", type=int, default=0)
    given = parser.parse_args()
    if given.played:
        played(given.played)
        return
    contests = given.contests
    print(
        "seeds questions effect  interval             covered [95%]         beyond  width  p<0.05"
    )
    for seeds, questions, effect in product(SEEDS, QUESTIONS, (0.0, 1.5)):
        for kind, rows in measure(seeds, questions, effect, contests).items():
            covered, beyond, width, significant = rows.mean(axis=0)
            share = clopper_pearson(rows[:, 0].sum(), contests, 0.95)
            print(
                f"{seeds:5} {questions:9} {effect:6.1f}  {kind:20} "
                f"{covered:.3f} [{share.low:.3f}, {share.high:.3f}]  {beyond:6.3f}  {width:.3f}  "
                f"{significant:.3f}"
            )


if __name__ == "__main__":
    main()
