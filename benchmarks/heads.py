"""All heads at once or one at a time: truing's batched solver and scikit-learn.

Both solve the same fits: digits, hard labels from the ground truth and from four weak supervisors,
three strengths of the L2 penalty, two students, many seeds. Both use every core, with one process
per core and one BLAS thread per process. Both start from features and labels and end with
accuracies on the test items. They take turns.

    python benchmarks/heads.py [--seeds 40] [--rounds 3]

With `--path` the strength of the penalty is chosen for each fit (`l2=auto`) and compared with
scikit-learn's LogisticRegressionCV on the same folds and values, with the log loss as criterion:

    python benchmarks/heads.py --path [--seeds 4] [--rounds 1]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from contextlib import ExitStack
from typing import Any, Literal
from unittest import mock

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

STUDENTS = ("spectral-16", "spectral-64")
WIDE_STUDENTS = ("spectral-64", "nystroem-384")  # of the choice of the penalty
SUPERVISORS = ("pca-2", "pca-4", "pca-8", "pca-16")


def load(
    seeds: int, students: tuple[str, ...] = STUDENTS
) -> tuple[dict[str, np.ndarray], np.ndarray, list[tuple]]:
    """Features, ground truth, and for each seed: learn items, test items, label sets (L, N)."""
    from truing.methods import METHODS, Training, train
    from truing.students.features import FEATURES, extract
    from truing.tasks import load_task

    source = load_task("digits")
    names = students + SUPERVISORS
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
    return {name: features[name] for name in students}, truth, work


def ours(
    features: np.ndarray, truth: np.ndarray, part: list[tuple], strengths: tuple[float, ...]
) -> tuple[list, float]:
    """Test accuracies of a part of the fits, and the number of multiply-adds."""
    from truing.methods import METHODS, Training, train
    from truing.students import _heads

    counted: list[float] = []
    minimize = _heads.minimize

    def counting(designs, problems, deadline):
        point, evaluations = minimize(designs, problems, deadline)
        counted.append(evaluations.sum() * 2.0 * problems.targets[0].size * point.shape[2])
        return point, evaluations

    naive = METHODS.build("naive").value
    with threadpool_limits(1), mock.patch.object(_heads, "minimize", counting):
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


def plant(seeds: int) -> tuple[dict[str, np.ndarray], np.ndarray, list[tuple]]:
    """As `load`: 2,100 items of two classes with 640 columns, as activations have, noisy labels."""
    rng = np.random.default_rng(0)
    spread = np.arange(1, 641) ** -0.5  # standard deviation of the principal axes
    axes, _ = np.linalg.qr(rng.standard_normal((640, 640)))
    factors = rng.standard_normal((2100, 640))
    score = factors @ (rng.standard_normal(640) * np.exp(-np.arange(640) / 30))
    truth = (score + rng.standard_normal(2100) > 0).astype(int)
    errors = [rng.random(2100) < rate for rate in (0.1, 0.2, 0.3, 0.4)]
    labels = np.stack([truth, *(np.where(wrong, 1 - truth, truth) for wrong in errors)])
    work = []
    for _ in range(seeds):
        order = rng.permutation(2100)
        work.append((order[:1050], order[1050:], labels))
    features = ((factors * spread) @ axes.T).astype(np.float32)
    return {"planted-640": features}, truth, work


def our_choice(
    features: np.ndarray, truth: np.ndarray, part: list[tuple], l2: float | Literal["auto"]
) -> tuple[list, float]:
    """Test accuracy and strength of each fit, and processor seconds; `l2` may be `auto`."""
    from truing.methods import METHODS, Training, train_heads

    began, one_hot = time.process_time(), np.eye(truth.max() + 1)
    naive = METHODS.build("naive").value
    with threadpool_limits(1):
        trainings = [
            Training(naive, "naive", learn, one_hot[label[learn]], learn, l2, SEED)
            for learn, _, labels in part
            for label in labels
        ]
        trained = iter(train_heads(features, trainings))
        found = [
            ((one.beliefs[test].argmax(axis=1) == truth[test]).mean(), one.l2)
            for _, test, labels in part
            for _, one in zip(labels, trained, strict=False)
        ]
    return found, time.process_time() - began


def patched(
    features: np.ndarray, truth: np.ndarray, part: list[tuple], changes: dict[str, Any]
) -> tuple[list, float]:
    """The same as `our_choice`, with other constants of the choice."""
    from truing.students import _choose_l2

    with ExitStack() as stack:
        for name, value in changes.items():
            stack.enter_context(mock.patch.object(_choose_l2, name, value))
        return our_choice(features, truth, part, "auto")


def their_choice(features: np.ndarray, truth: np.ndarray, part: list[tuple]) -> tuple[list, float]:
    """The same by LogisticRegressionCV, which refits with the best value on all learning items."""
    from sklearn.linear_model import LogisticRegressionCV

    from truing.seeding import seeded
    from truing.students import FOLDS, VALUES, assign_folds

    began, found = time.process_time(), []
    double = 2 if truth.max() == 1 else 1  # two classes have a row of weights each in truing
    with threadpool_limits(1):
        for learn, test, labels in part:
            folds = assign_folds(learn, seeded(f"{SEED} folds"))
            splits = [
                (np.flatnonzero(folds != f), np.flatnonzero(folds == f)) for f in range(FOLDS)
            ]
            center, spread = features[learn].mean(axis=0), features[learn].std(axis=0)
            scaled = (features - center) / np.where(spread > 0, spread, 1)
            for label in labels:
                model = LogisticRegressionCV(
                    Cs=[double / value for value in VALUES],
                    cv=splits,
                    scoring="neg_log_loss",
                    max_iter=10_000,
                    l1_ratios=(0.0,),
                    use_legacy_attributes=False,
                )
                guess = model.fit(scaled[learn], label[learn]).predict(scaled[test])
                found.append(((guess == truth[test]).mean(), double / model.C_))
    return found, time.process_time() - began


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


SEED = "benchmark"  # seed of the folds
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def compare_choices(seeds: int, rounds: int) -> None:
    """Print the cost of choosing the penalty and how well the choices agree."""
    with Parallel(n_jobs=CORES) as pool:
        for problem in (load(seeds, WIDE_STUDENTS), plant(seeds)):
            features, _, work = problem
            students = ", ".join(features)
            fits = seeds * len(work[0][2]) * len(features)
            print(f"{students}: {fits} choices of the penalty on {CORES} cores, {seeds} seeds")
            compare_on(pool, rounds, problem)


def compare_on(pool: Parallel, rounds: int, problem: tuple) -> None:
    """Compare the choices on one problem."""
    features, truth, work = problem
    small = {name: array[:, :32] for name, array in features.items()}
    for solve in ((our_choice, 1.0), (their_choice,)):  # import before the measurement
        timed(pool, solve[0], small, truth, work[:CORES], *solve[1:])
    times = []
    for number in range(rounds):
        fixed = timed(pool, our_choice, *problem, 1.0)
        one = timed(pool, patched, *problem, {"VALUES": (1.0,)})
        ours = timed(pool, our_choice, *problem, "auto")
        theirs = timed(pool, their_choice, *problem)
        times.append([each[::2] for each in (fixed, one, ours, theirs)])
        seconds = [f"{wall:.1f} s ({cpu:.1f})" for wall, cpu in times[-1]]
        print(
            f"round {number + 1}, in brackets processor time: l2=1 {seconds[0]}, cross-validation "
            f"of l2=1 {seconds[1]}, l2=auto {seconds[2]}, LogisticRegressionCV {seconds[3]}"
        )
    fixed_time, one_time, our_time, their_time = np.moveaxis(np.array(times), 1, 0)
    for name, share in (
        ("scikit-learn takes", their_time / our_time),
        ("compared with the cross-validation of one value, l2=auto takes", our_time / one_time),
        ("compared with training with one value, l2=auto takes", our_time / fixed_time),
    ):
        wall, cpu = np.median(share, axis=0)
        print(f"{name} {wall:.2f} times as long (processor time {cpu:.2f})")
    _, whole, _ = timed(pool, patched, *problem, {"RISEN": 99})
    apart = np.abs(ours[1][:, 0] - theirs[1][:, 0])
    print(
        f"chosen values equal to scikit-learn's: {agree(ours[1], theirs[1]):.0%}, to those of the "
        f"whole path: {agree(ours[1], whole):.0%}; test accuracy: mean {ours[1][:, 0].mean():.4f} "
        f"and {theirs[1][:, 0].mean():.4f}, difference at most {apart.max():.4f}, mean "
        f"{apart.mean():.5f}"
    )


def agree(one: np.ndarray, other: np.ndarray) -> float:
    """Share of equal chosen values."""
    return float(np.isclose(one[:, 1], other[:, 1], rtol=1e-6).mean())


def main() -> None:
    """Compare fits, or choices of the penalty."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--seeds", type=int, default=None, help="[default: 40; --path: 4]")
    options.add_argument("--rounds", type=int, default=None, help="[default: 5; --path: 1]")
    options.add_argument("--path", action="store_true", help="choose the penalty: l2=auto")
    options.add_argument("--l2", type=float, nargs="+", default=[0.3, 1.0, 3.0])
    given = options.parse_args()
    if given.path:
        return compare_choices(given.seeds or 4, given.rounds or 1)
    compare_fits(given.seeds or 40, given.rounds or 5, tuple(given.l2))


def compare_fits(seeds: int, rounds: int, strengths: tuple[float, ...]) -> None:
    """Print the ratio, the agreement, and the fraction of the machine's GEMM rate."""
    features, truth, work = load(seeds)
    fits = seeds * (1 + len(SUPERVISORS)) * len(strengths) * len(STUDENTS)
    print(
        f"{fits} fits on {CORES} cores: {seeds} seeds, {1 + len(SUPERVISORS)} label sets, "
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
        for number in range(rounds):
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
        f"ratio {statistics.median(ratios):.1f} (median of {rounds}); products run at "
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
