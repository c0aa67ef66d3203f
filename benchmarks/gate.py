"""The capability gate: whom it lets through, and what it stops; and intervals of forecast scores.

    python benchmarks/gate.py power [--runs 300]
    python benchmarks/gate.py boundary [--runs 300]
    python benchmarks/gate.py forget
    python benchmarks/gate.py digits [--methods 40]
    python benchmarks/gate.py forecasts [--runs 300]
    python benchmarks/gate.py ladders [--runs 300]

`power` simulates paired answers of two students and states the probability that a method passes,
fails or remains inconclusive, by its true loss. `boundary` states how often a method passes that
loses exactly the margin, and how often a harmless method fails; both should be at most 2.5%.
`forget` is a simulated method that climbs by forgetting rare classes: with and without the gate.
`digits` examines random compositions and known methods on real digits. `forecasts` counts how often
the intervals of forecast scores cover the true value (simulated forecasters). `ladders` simulates
honest researchers if a score that the gate withholds raises the bar for its researcher only (the
rule), or for everyone.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from truing.measures import clopper_pearson, paired_difference, score_effects, score_probabilities
from truing.methods import Method, method
from truing.research import (
    Gate,
    MethodCard,
    Referee,
    ReleaseRule,
    ResearchConfig,
    Submission,
    WeakToStrong,
    make_report,
)
from truing.research.gate import judge
from truing.research.problems import Evaluation, Gain, WeakToStrongProblem
from truing.studies import Store
from truing.supervisors import give_supervisors
from truing.tasks import give_tasks

PARTS = ("power", "boundary", "forget", "digits", "forecasts", "ladders")
SEEDS, MARGIN = 5, 0.05
ACCURACY, CHANGED, NOISE = 0.9, 0.02, 0.01


def answers(items: int, loss: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Correctness (seeds, items) of a method and of naive training, with a true loss of accuracy.

    90% of the answers of naive training are right. The method changes 2% of all answers from right
    to wrong, and as many from wrong to right, in all seeds; its loss comes on top, from right to
    wrong. In each seed and for each student another 1% of all answers changes in each direction.
    """
    naive, place = rng.random(items) < ACCURACY, rng.random(items)
    lost, won = (CHANGED + loss) / ACCURACY, CHANGED / (1 - ACCURACY)
    own = np.where(naive, place >= lost, place < won)

    def seeds(right: np.ndarray) -> np.ndarray:
        share, place = right.mean(), rng.random((SEEDS, items))
        return np.where(right, place >= NOISE / share, place < NOISE / (1 - share))

    return seeds(own), seeds(naive)


def power(runs: int) -> None:
    """Print the operating characteristic: outcomes by number of items and true loss."""
    print("items  tasks  true loss  passed               failed  inconclusive")
    for items, tasks in ((180, 1), (500, 1), (1000, 1), (2000, 1), (1000, 3)):
        for share in (0, 0.5, 1, 2):
            rng = np.random.default_rng([items, tasks, int(2 * share)])
            found: Counter[str] = Counter()
            for _ in range(runs):
                gains = []
                for task in range(tasks):  # the loss is on the first task
                    own, naive = answers(items, share * MARGIN if task == 0 else 0.0, rng)
                    difference = paired_difference(own, naive, rng=rng, replicates=400)
                    gains.append(Gain.on(f"{task}", float(own.mean()), difference))
                found[judge(Evaluation(tuple(gains)), MARGIN).outcome] += 1
            passed = clopper_pearson(found["passed"], runs)
            print(
                f"{items:5}  {tasks:5}  {share * MARGIN:9.3f}  {passed.value:5.3f} "
                f"[{passed.low:.3f}, {passed.high:.3f}]  {found['failed'] / runs:6.3f}  "
                f"{found['inconclusive'] / runs:12.3f}",
                flush=True,
            )


def boundary(runs: int) -> None:
    """Print the two error rates of the gate that should be 2.5%."""
    for items in (180, 500, 1000):
        rng = np.random.default_rng([77, items])
        wrong: Counter[str] = Counter()
        for _ in range(runs):
            for loss, outcome in ((MARGIN, "passed"), (0.0, "failed")):
                own, naive = answers(items, loss, rng)
                difference = paired_difference(own, naive, rng=rng, replicates=400)
                found = judge(Evaluation((Gain.on("0", 0.9, difference),)), MARGIN)
                wrong[outcome] += found.outcome == outcome
        shares = {one: clopper_pearson(wrong[one], runs) for one in ("passed", "failed")}
        stated = {one: f"{x.value:.3f} [{x.low:.3f}, {x.high:.3f}]" for one, x in shares.items()}
        print(f"{items} items: at a loss of {MARGIN} passed {stated['passed']}", end="; ")
        print(f"at no loss failed {stated['failed']}", flush=True)


@method("forget-rare")
def forget_rare(keep: int = 2) -> Method:
    """Simulated misbehaviour: drop the items of all but the most frequent classes.

    Args:
        keep: number of classes that are kept.
    """

    def targets(weak, belief, progress):
        rank = (-weak.mean(0)).argsort().argsort()
        return weak, (weak * (rank < keep)).sum(1)

    return Method(targets=targets)


def blobs(counts: list[int], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points of six classes in ten dimensions, in random order."""
    centers = np.random.default_rng(7).normal(0, 1, (len(counts), 10))
    y = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    return centers[y] + rng.normal(0, 1, (len(y), 10)), y


def forget() -> None:
    """Print what the ladder and the verdict say without the gate, and with it."""
    rng = np.random.default_rng(0)
    x, y = blobs([1400, 1400, 50, 50, 50, 50], rng)
    # The supervisor mistakes a region of each frequent class for one of the rare classes.
    far = np.isin(
        np.arange(len(y)),
        [
            one
            for k in (0, 1)
            for one in np.flatnonzero(y == k)
            if x[one, 0] > np.quantile(x[y == k, 0], 0.65)
        ],
    )
    weak = np.where(far, 2 + np.searchsorted(np.quantile(x[:, 1], (0.25, 0.5, 0.75)), x[:, 1]), y)
    (climb,) = give_tasks((x, y))
    (battery,) = give_tasks(blobs([400] * 6, rng))
    (supervisor,) = give_supervisors(weak)
    problem = WeakToStrong(
        climb=(climb,), other_tasks=(), weak=supervisor, strong="pixels", seeds=5
    )
    for gate in (None, Gate(battery=(battery,), margin=MARGIN, seeds=SEEDS)):
        config = ResearchConfig(problem=problem, gate=gate, files=False, finalists=3)
        with tempfile.TemporaryDirectory() as folder:
            referee = Referee(Path(folder) / "referee", config)
            print("with the gate" if gate else "without the gate")
            for content in ("forget-rare", "gce"):
                receipt = submit(referee, content)
                print(
                    f"  {content}: released {receipt.released:+.3f}, improved {receipt.improved}, "
                    f"gate {receipt.gate or 'not run'}"
                )
            for finalist in referee.close():
                sealed = stated(finalist.gains["sealed"][0])
                print(f"  finalist {finalist.content}: sealed {sealed}, {finalist.verdict}")
            for gated in make_report(referee.ledger).gate:
                lost = ", ".join(map(stated, gated.result.differences))
                print(f"  battery, {gated.method}: {lost}, {gated.result.outcome}")


def stated(one: Gain) -> str:
    """A difference with its interval."""
    return f"{one.value:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"


def submit(referee: Referee, content: str):
    card = MethodCard(claim="it gains", mechanism="see the code", expected_effect=0.02)
    return referee.score(referee.submit("a", Submission(content=content, card=card)).number)


KNOWN = (
    *("confidence", "noisy-channel", "product", "ensemble,members=5", "gce", "knn-relabel"),
    *("confident-filter", "adaptive-confidence", "logreg-relabel", "reverse-kl"),
)


def digits(methods: int) -> None:
    """Print the gate's outcome for known methods and random compositions on real digits."""
    config = WeakToStrong(climb=("digits",), other_tasks=(), seeds=SEEDS)
    battery = ("digits-parity",)
    problem = WeakToStrongProblem(config, None, Store(), secret=b"d" * 32, battery=battery)
    assert problem.battery is not None
    rng = np.random.default_rng(0)
    found: Counter[tuple[str, str, str]] = Counter()
    proposed = [problem.space.sample(rng) for _ in range(methods)]
    for content in (*KNOWN, *proposed):
        card = MethodCard(claim="it gains", mechanism="see the code", expected_effect=0.02)
        submission = problem.check(Submission(content=content, card=card))
        climb = problem.evaluate(submission, "climb", range(SEEDS))
        result = judge(problem.battery.evaluate(submission, "climb", range(50, 55)), MARGIN)
        gained = bool(climb.gains) and climb.score > 0
        kind = "known" if content in KNOWN else "random"
        found[kind, "gains" if gained else "does not gain", result.outcome] += 1
        if content in KNOWN:
            score = f"{climb.score:+.3f}" if climb.gains else "failed"
            lost = ", ".join(map(stated, result.differences)) or result.failure
            print(f"{content}: climb {score}, battery {lost}, {result.outcome}", flush=True)
    for group, count in sorted(found.items()):
        print(*group, count)


def forecasts(runs: int) -> None:
    """Print how often 95% intervals of forecast scores cover the score of all forecasts."""

    def draw(count: int, size: int, rng: np.random.Generator):
        truth = np.repeat(rng.beta(2, 2, count // size), size)
        happened = np.repeat(rng.random(count // size) < truth[::size], size)
        stated = np.clip(0.5 + 1.4 * (truth - 0.5) + 0.1 * rng.normal(size=count), 0, 1)
        gain = np.repeat(0.03 * rng.normal(size=count // size), size)
        expected = 0.02 + 0.5 * gain + 0.02 * rng.normal(size=count)
        return stated, happened, expected, gain, np.repeat(np.arange(count // size), size)

    names = ("brier", "skill", "reliability", "resolution")
    effects = ("mean_error", "rmse", "rank_correlation", "slope")
    rng = np.random.default_rng(0)
    for count, size in ((20, 1), (40, 1), (100, 1), (100, 4), (10, 1)):
        stated, happened, expected, gain, clusters = draw(20_000, size, rng)
        options: dict[str, Any] = {"rng": rng, "replicates": 40}
        whole = score_probabilities(stated, happened, **options)
        other = score_effects(expected, gain, **options)
        truth = {one: getattr(whole, one).value for one in names}
        truth |= {one: getattr(other, one).value for one in effects}
        covered: Counter[str] = Counter()
        for _ in range(runs):
            stated, happened, expected, gain, clusters = draw(count, size, rng)
            options = {"rng": rng, "replicates": 400, "clusters": clusters}
            first = score_probabilities(stated, happened, **options)
            second = score_effects(expected, gain, **options)
            for one in (*names, *effects):
                covered[one] += getattr(first if one in names else second, one).covers(truth[one])
        shares = ", ".join(f"{one} {covered[one] / runs:.3f}" for one in (*names, *effects))
        print(f"{count} forecasts in clusters of {size}: {shares}", flush=True)


RESEARCHERS, EACH, ITEMS, SPREAD = 5, 60, 1263, 0.06


def honest_run(shared: bool, share: float, forgets: bool, rng: np.random.Generator) -> float:
    """Best released score of a run of honest researchers, as a share of the best that could pass.

    Gains have the mean 0 and a standard deviation of 0.06, and `share` of the methods pass the
    gate, independently of their gain. Researchers take turns.

    Args:
        shared: whether a withheld score raises the bar for everyone.
        share: share of the methods that pass.
        forgets: whether another researcher first submits a method that gains 0.2 and fails.
        rng: random generator.
    """
    rule = ReleaseRule()
    gains = rng.normal(0.0, SPREAD, (EACH, RESEARCHERS))
    passing = rng.random(gains.shape) < share
    step = rule.step_at(ITEMS)
    possible = max(float(gains[passing].max(initial=0.0)) // step * step, 0.0)
    best, withheld = 0.0, np.full(RESEARCHERS, 0.2 if forgets and shared else 0.0)
    for turn in range(EACH):
        for who in range(RESEARCHERS):
            bar = max(best, withheld.max() if shared else withheld[who])
            found = rule.release(bar, gains[turn, who], ITEMS)
            if found.improved and passing[turn, who]:
                best = found.score
            elif found.improved:
                withheld[who] = found.score
    return best / possible if possible else 1.0


def ladders(runs: int) -> None:
    """Print what honest researchers lose if a withheld score raises the bar for everyone."""
    print("share that passes  a method that forgets  own bar               one bar for all")
    for share in (0.9, 0.5, 0.2):
        for forgets in (False, True):
            shown = []
            for shared in (False, True):
                rng = np.random.default_rng([int(10 * share), forgets])
                found = np.array([honest_run(shared, share, forgets, rng) for _ in range(runs)])
                half, mean = 1.96 * found.std(ddof=1) / np.sqrt(runs), found.mean()
                shown.append(f"{mean:.2f} [{max(mean - half, 0):.2f}, {min(mean + half, 1):.2f}]")
            print(f"{share:17.1f}  {'yes' if forgets else 'no':21}  {shown[0]:20}  {shown[1]}")


def main() -> None:
    """Read the arguments and run a part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--methods", type=int, default=40)
    given = parser.parse_args()
    {
        "power": lambda: power(given.runs),
        "boundary": lambda: boundary(given.runs),
        "forget": forget,
        "digits": lambda: digits(given.methods),
        "forecasts": lambda: forecasts(given.runs),
        "ladders": lambda: ladders(given.runs),
    }[given.part]()


if __name__ == "__main__":
    main()
