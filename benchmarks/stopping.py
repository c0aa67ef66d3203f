"""Stopping rules: type-I error, coverage and number of questions, by simulation.

    python benchmarks/stopping.py [--simulations 10000] [--questions 2000]

Each simulation is a run of two protocols on the same questions. The verdict of the first alone is
right with probability (d + delta) / 2, of the second alone with probability (d - delta) / 2. d is
the share of questions on which they differ, and delta is the true difference of accuracy.
Questions are independent, or in clusters of 1 to 9 with a shared effect. The run looks after each
block, as `truing oversee --stop-when` does, and plays at most --questions questions.

- type-I error: share of the runs without a difference whose interval ever excludes 0.
- missed: share of all runs whose interval ever misses the true difference.
- stopped by `A - B`: mean number of questions until the interval is narrower than +-precision.
- stopped by `A > B`: the same, or until the interval excludes 0.
- known: size of a fixed sample with a 95% interval of +-precision, if its variance were known.
- planned: size of a fixed sample that gives +-precision for any variance: all questions differ, and
  all questions of a cluster alike, so that its mean square size over its mean size, 19 / 3, counts.
"""

from __future__ import annotations

import argparse

import numpy as np

from truing.measures import clopper_pearson, confidence_sequence
from truing.oversight.stopping import question_blocks
from truing.tasks import Item

PRECISION, ALPHA, NORMAL = 0.05, 0.05, 1.959964
CASES = [(0.3, 0.0), (0.3, 0.05), (0.3, 0.1), (0.3, 0.2), (0.1, 0.0), (0.6, 0.0), (0.6, 0.2)]
LARGEST, BATCH, INTERVALS = 9, 500, 500


def simulate(rng, count, questions, differing, delta, clustered):
    """(count, T) sums and sizes of clusters; without clusters each size is 1."""
    if not clustered:
        p = [(differing - delta) / 2, 1 - differing, (differing + delta) / 2]
        sums = rng.choice([-1.0, 0.0, 1.0], p=p, size=(count, questions))
        return sums, np.ones_like(sums)
    sizes = rng.integers(1, LARGEST + 1, size=(count, round(questions / ((LARGEST + 1) / 2))))
    tilt = rng.choice([-0.5, 0.5], size=sizes.shape) * (differing - abs(delta))
    plus = rng.binomial(sizes, (differing + delta + tilt) / 2)
    rest = np.clip((differing - delta - tilt) / 2 / (1 - (differing + delta + tilt) / 2), 0, 1)
    minus = rng.binomial(sizes - plus, rest)
    return (plus - minus).astype(float), sizes.astype(float)


def ends_of_blocks(questions):
    """Numbers of questions after which a run looks."""
    items = [Item(f"q{i}", "?", ("a", "b")) for i in range(questions)]
    return np.cumsum([len(block) for block in question_blocks(items)])


def looks(sizes, ends):
    """Number of clusters at each look: the first at which that many questions are played."""
    played = np.cumsum(sizes.mean(axis=0))
    return np.minimum(np.searchsorted(played, ends) + 1, sizes.shape[1])


def count_errors(rng, args, differing, delta, clustered):
    """How often the interval ever excludes 0, and ever misses the true difference, at the looks."""
    excluded = missed = 0
    for start in range(0, args.simulations, BATCH):
        count = min(BATCH, args.simulations - start)
        sums, sizes = simulate(rng, count, args.questions, differing, delta, clustered)
        found = confidence_sequence(sums, sizes, precision=PRECISION, largest=_largest(clustered))
        at = looks(sizes, ends_of_blocks(args.questions)) - 1
        excluded += int((found.e_values(0.0)[:, at] >= 1 / ALPHA).any(axis=1).sum())
        missed += int((found.e_values(delta)[:, at] >= 1 / ALPHA).any(axis=1).sum())
    return excluded, missed


def stops(rng, args, differing, delta, clustered):
    """Mean questions of both rules, and the variance per question (of cluster means)."""
    sums, sizes = simulate(rng, INTERVALS, args.questions, differing, delta, clustered)
    found = confidence_sequence(sums, sizes, precision=PRECISION, largest=_largest(clustered))
    at = looks(sizes, ends_of_blocks(args.questions))
    low, high = found.intervals(ALPHA, at)
    narrow = high - low <= 2 * PRECISION
    known = (low > 0) | (high < 0)
    played = np.cumsum(sizes, axis=1)[:, at - 1]
    variance = float(((sums - delta * sizes) ** 2).mean() / sizes.mean())
    return [_mean_stop(played, one) for one in (narrow, narrow | known)], variance


def _mean_stop(played, done):
    """Mean number of questions at the first look that is done, or at the last look."""
    first = np.where(done.any(axis=1), done.argmax(axis=1), done.shape[1] - 1)
    return played[np.arange(len(played)), first].mean(), done.any(axis=1).mean()


def _largest(clustered):
    return LARGEST if clustered else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--simulations", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=2000)
    args = parser.parse_args()
    print(f"alpha {ALPHA}, precision {PRECISION}, {args.simulations:,} simulations")
    print(
        "d     delta clusters  type-I error [95%]      missed [95%]           "
        "A - B (stopped, saved)    A > B (stopped, saved)    known  planned"
    )
    worst = 0
    for clustered in (False, True):
        for number, (differing, delta) in enumerate(CASES):
            rng = np.random.default_rng([clustered, number])
            excluded, missed = count_errors(rng, args, differing, delta, clustered)
            (narrow, either), variance = stops(rng, args, differing, delta, clustered)
            known = NORMAL**2 * variance / PRECISION**2
            planned = NORMAL**2 / PRECISION**2 * ((2 * LARGEST + 1) / 3 if clustered else 1)
            type_one = _share(excluded, args.simulations) if delta == 0 else f"{'':22}"
            worst = max(worst, missed / args.simulations)
            print(
                f"{differing:<5} {delta:<5} {'1 to 9' if clustered else 'none':8}  {type_one}  "
                f"{_share(missed, args.simulations)} "
                f"{_stop(narrow, planned)} {_stop(either, planned)}  "
                f"{known:6.0f}  {planned:6.0f}"
            )
    print(
        f"largest share of runs that ever miss the true difference: {worst:.4f} (at most {ALPHA})"
    )
    return int(worst > ALPHA + 3 * np.sqrt(ALPHA * (1 - ALPHA) / args.simulations))


def _share(count, of):
    found = clopper_pearson(count, of)
    return f"{count / of:.4f} [{found.low:.4f}, {found.high:.4f}]"


def _stop(found, planned):
    """Mean questions, share of the runs that stopped, and saving against the planned sample."""
    return f"{found[0]:8.0f} ({found[1]:4.0%}, {1 - found[0] / planned:+5.0%})  "


if __name__ == "__main__":
    raise SystemExit(main())
