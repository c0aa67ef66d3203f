"""All heads at once or one at a time: truing's batched solver and scikit-learn.

Both solve the same fits: digits, hard labels from the ground truth and from four weak supervisors,
three strengths of the L2 penalty, two students, many seeds. Both use every core, with one process
per core and one BLAS thread per process. Both start from features and labels and end with
accuracies on the test items. They take turns.

    python benchmarks/heads.py [--seeds 40] [--rounds 3]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

STUDENTS = ("spectral-16", "spectral-64")
SUPERVISORS = ("pca-2", "pca-4", "pca-8", "pca-16")


def load(seeds: int) -> tuple[dict[str, np.ndarray], np.ndarray, list[tuple]]:
    """Features, ground truth, and for each seed: learn items, test items, label sets (L, N)."""
    from truing.methods import METHODS, Training, train
    from truing.students.features import FEATURES, extract
    from truing.tasks import load_task

    source = load_task("digits")
    names = STUDENTS + SUPERVISORS
    features = {name: extract(FEATURES.build(name).value, name, source.task) for name in names}
    truth = source.vault.reveal(np.arange(len(source.task)), "score")
    naive, work = METHODS.build("naive").value, []
    for seed in range(seeds):
        splits = source.task.splits(seed)
        labels = [truth]
        for name in SUPERVISORS:
            one_hot = np.eye(10)[truth[splits.supervise]]
            clusters = source.task.clusters[splits.supervise]
            weak = Training(naive, "naive", splits.supervise, one_hot, clusters, 1.0, f"{seed}")
            labels.append(train(features[name], [weak])[0].argmax(axis=1))
        work.append((splits.learn, splits.test, np.stack(labels)))
    return {name: features[name] for name in STUDENTS}, truth, work


def ours(
    features: np.ndarray, truth: np.ndarray, part: list[tuple], strengths: tuple[float, ...]
) -> tuple[list, float]:
    """Test accuracies of a part of the fits, and the number of multiply-adds."""
    from truing.methods import METHODS, Training, train
    from truing.students import _heads

    counted, minimize = [], _heads.minimize

    def counting(designs, problems, deadline):
        point, evaluations = minimize(designs, problems, deadline)
        counted.append(evaluations.sum() * 2.0 * problems.targets[0].size * point.shape[2])
        return point, evaluations

    _heads.minimize = counting
    naive = METHODS.build("naive").value
    with threadpool_limits(1):
        trainings = [
            Training(naive, "naive", learn, np.eye(10)[label[learn]], learn, l2, "")
            for learn, _, labels in part
            for label in labels
            for l2 in strengths
        ]
        beliefs = iter(train(features, trainings))
        accuracies = [
            (next(beliefs)[test].argmax(axis=1) == truth[test]).mean()
            for _, test, labels in part
            for _ in range(len(labels) * len(strengths))
        ]
    _heads.minimize = minimize
    return accuracies, sum(counted)


def theirs(
    features: np.ndarray,
    truth: np.ndarray,
    part: list[tuple],
    strengths: tuple[float, ...],
    tolerance: float = 1e-4,
) -> tuple[list, float]:
    """The same by scikit-learn with its defaults, except for the maximum number of iterations."""
    from sklearn.linear_model import LogisticRegression

    accuracies = []
    with threadpool_limits(1):
        for learn, test, labels in part:
            center, spread = features[learn].mean(axis=0), features[learn].std(axis=0)
            scaled = (features - center) / np.where(spread > 0, spread, 1)
            for label in labels:
                for l2 in strengths:
                    model = LogisticRegression(C=1 / l2, max_iter=10_000, tol=tolerance)
                    found = model.fit(scaled[learn], label[learn]).predict(scaled[test])
                    accuracies.append((found == truth[test]).mean())
    return accuracies, 0.0


def timed(pool: Parallel, solve, features: dict, *given) -> tuple:
    """Seconds, accuracies and multiply-adds of all fits, with the parts spread over the cores."""
    truth, work, *options = given
    cuts = [work[core::CORES] for core in range(CORES)]
    parts = [(name, cut) for name in features for cut in cuts if cut]
    began = time.perf_counter()
    found = pool(delayed(solve)(features[name], truth, cut, *options) for name, cut in parts)
    seconds = time.perf_counter() - began
    return seconds, np.concatenate([one for one, _ in found]), sum(flops for _, flops in found)


def gemm_rate(size: int = 1536, repeats: int = 8) -> float:
    """Multiply-adds per second of one core in a large float32 product."""
    with threadpool_limits(1):
        matrix = np.random.default_rng(0).standard_normal((size, size), dtype=np.float32)
        matrix @ matrix
        began = time.perf_counter()
        for _ in range(repeats):
            matrix @ matrix
        return repeats * size**3 / (time.perf_counter() - began)


CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main() -> None:
    """Print the ratio, the agreement, and the fraction of the machine's GEMM rate."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--seeds", type=int, default=40)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--l2", type=float, nargs="+", default=[0.3, 1.0, 3.0])
    given = options.parse_args()
    features, truth, work = load(given.seeds)
    strengths = tuple(given.l2)
    fits = given.seeds * (1 + len(SUPERVISORS)) * len(strengths) * len(STUDENTS)
    print(
        f"{fits} fits on {CORES} cores: {given.seeds} seeds, {1 + len(SUPERVISORS)} label sets, "
        f"l2 {strengths}, students {STUDENTS}"
    )
    with Parallel(n_jobs=CORES) as pool:
        for solve in (ours, theirs):  # import before the measurement
            pool(
                delayed(solve)(features["spectral-16"], truth, work[:1], strengths)
                for _ in range(CORES)
            )
        rate = sum(pool(delayed(gemm_rate)() for _ in range(CORES)))
        ratios, fractions = [], []
        for number in range(given.rounds):
            our_seconds, our_accuracy, flops = timed(pool, ours, features, truth, work, strengths)
            their_seconds, their_accuracy, _ = timed(pool, theirs, features, truth, work, strengths)
            ratios.append(their_seconds / our_seconds)
            fractions.append(flops / our_seconds / rate)
            print(
                f"round {number + 1}: truing {our_seconds:.2f} s, scikit-learn "
                f"{their_seconds:.2f} s, ratio {ratios[-1]:.1f}"
            )
        _, optimum, _ = timed(pool, theirs, features, truth, work, strengths, 1e-7)
    print(
        f"ratio {statistics.median(ratios):.1f} (median of {given.rounds}); products run at "
        f"{statistics.median(fractions):.0%} of the measured GEMM rate of "
        f"{2 * rate / 1e9:.0f} GFLOP/s, including softmax and line search"
    )
    for name, one, other in (
        ("truing and scikit-learn", our_accuracy, their_accuracy),
        ("truing and the optimum", our_accuracy, optimum),
        ("scikit-learn and the optimum", their_accuracy, optimum),
    ):
        apart = np.abs(one - other)
        print(
            f"test accuracy of {name}: difference at most {apart.max():.4f}, "
            f"mean {apart.mean():.5f}"
        )


if __name__ == "__main__":
    main()
