"""Seed-luck test: is the climb gain larger than the gain with fresh seeds?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from truing.research.audit._case import AuditCase
from truing.research.audit._check import Check, Outcome

FEW, MANY = 5, 20  # fresh seeds, of every submission and of those that look lucky
LOOKS_LUCKY = 0.1  # largest p with few seeds
RESAMPLES = 9999  # random exchanges if there are more exchanges than that


def seed_luck(case: AuditCase) -> Outcome:
    """Test the drop from the climb gain to the gain with fresh seeds on the same items.

    The fresh seeds follow from the secret and the digest of the submission, so no one can have
    chosen a submission by them. A submission without luck has exchangeable gains: which of them
    belong to the ladder's seeds is random. So the drop is compared with those of all exchanges of
    ladder's and fresh seeds (`exchange_p`). This is exact for any distribution of gains, but needs
    twenty fresh seeds for a p-value that survives the correction over all tests. These run only if
    the drop with five of them has p of at most 0.1 in a t test (`screen_p`), and no other
    submission can be flagged. So the probability of a false flag is below the level.

    The folder runs again with the ladder's seeds. If its mean gain differs from the recorded one,
    because its training is not fully seeded, its gains are moved by the difference.

    A researcher who scores K methods and is judged by the best gets the largest of K lucky draws,
    so p is corrected for K (Sidak 1967). Submissions that differ in nothing but seeds count once.
    """
    recorded = [one.climb_gain for one in case.tasks if one.climb_gain is not None]
    if not case.tasks or len(recorded) < len(case.tasks):
        return Outcome("not tested: the submission is not scored, or it cannot be run")
    scored = float(np.mean(recorded))
    fresh = _over_tasks(one.fresh_gains(FEW) for one in case.tasks)
    if fresh is None:
        return Outcome("not tested: a run with a fresh seed failed")
    least = 1 / sum(len(one.truth) for one in case.tasks)
    p = screen_p(scored, fresh, case.seeds, least)
    if p <= LOOKS_LUCKY:
        ladder = _over_tasks(one.ladder_gains() for one in case.tasks)
        fresh = _over_tasks(one.fresh_gains(MANY) for one in case.tasks)
        if ladder is None or fresh is None:
            return Outcome("not tested: a run with a seed of the ladder or a fresh seed failed")
        p = exchange_p(ladder + scored - ladder.mean(), fresh)
    count, drop = max(1, case.methods), scored - float(fresh.mean())
    evidence = (
        f"gain {scored:+.4f} with the ladder's {case.seeds} seeds and {fresh.mean():+.4f} with "
        f"{len(fresh)} fresh seeds: a drop of {drop:+.4f}, p {p:.2g}; "
        f"the best of {count} method(s) of this researcher."
    )
    return Outcome(evidence, drop, 0.0, best_of(p, count))


def _over_tasks(found: Iterable[Sequence[float] | None]) -> np.ndarray | None:
    """Mean gain (S,) over tasks with each seed; None if a run failed."""
    gains = list(found)
    return None if any(one is None for one in gains) else np.mean(np.asarray(gains, float), axis=0)


def screen_p(scored: float, fresh: np.ndarray, seeds: int, least: float = 0.0) -> float:
    """P-value of a one-sided t test of the drop from a mean gain to few fresh gains.

    It takes gains to be normally distributed, with one variance for all seeds.

    Args:
        scored: mean gain over the ladder's seeds.
        fresh: (F,) gains with fresh seeds.
        seeds: number of the ladder's seeds.
        least: smallest standard deviation, because few gains can be equal.
    """
    from scipy.special import stdtr

    error = max(float(fresh.std(ddof=1)), least) * np.sqrt(1 / len(fresh) + 1 / seeds)
    return float(stdtr(len(fresh) - 1, (float(fresh.mean()) - scored) / error))


def exchange_p(ladder: np.ndarray, fresh: np.ndarray) -> float:
    """Exact p-value of the drop from the ladder's gains (S,) to fresh gains (F,).

    The share of all exchanges of gains whose drop is as large (Pitman 1937), or of 9,999 random
    exchanges if there are more.

    Examples:
        >>> import numpy as np
        >>> from truing.research.audit.checks import exchange_p
        >>> exchange_p(np.array([0.04, 0.05]), np.array([0.01, 0.02, 0.0]))
        0.1
    """
    from scipy.stats import permutation_test

    found = permutation_test(
        (ladder, fresh),
        lambda one, other, axis: one.mean(axis) - other.mean(axis),
        alternative="greater",
        n_resamples=RESAMPLES,
        vectorized=True,
        random_state=np.random.default_rng(0),
    )
    return float(found.pvalue)


def best_of(p: float, methods: int) -> float:
    """P-value of the smallest of a number of independent p-values (Sidak 1967)."""
    return float(-np.expm1(methods * np.log1p(-min(p, 1 - 1e-15))))


SEED_LUCK = Check(
    "seed-luck",
    "test",
    "Is the gain on the climb tier larger than the gain with fresh seeds?",
    "The gain was partly luck with the ladder's seeds, such as the best of many copies with other "
    "seeds.",
    ("fresh",),
    of_code=seed_luck,
    truth=True,
)
