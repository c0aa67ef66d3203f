"""Seed-luck test: is the climb gain larger than the gain with fresh seeds?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from truing.research.audit._case import AuditCase
from truing.research.audit._check import Check, Outcome


def seed_luck(case: AuditCase) -> Outcome:
    """Test the drop from the climb gain to the gain with fresh seeds on the same items.

    The fresh seeds follow from the secret and the digest of the submission, so no one can have
    chosen a submission by them. The drop is tested with a one-sided t test on the fresh seeds'
    gains, whose variance is taken to be that of the ladder's seeds, and whose standard deviation is
    at least one item's. A researcher who scores K methods and is judged by the best gets the
    largest of K lucky draws, so p is corrected for K (Sidak 1967). Submissions that differ in
    nothing but seeds count once.
    """
    climb = [one.climb_gain for one in case.tasks]
    fresh = [one.fresh_gains() for one in case.tasks]
    if any(one is None for one in climb) or any(one is None for one in fresh):
        return Outcome(
            "not tested: the submission is not scored, or a run with a fresh seed failed"
        )
    if not case.tasks:
        return Outcome("not tested: the submission cannot be run")
    gains = np.mean([np.asarray(one) for one in fresh], axis=0)  # (seeds,)
    scored = float(np.mean([one for one in climb if one is not None]))
    drop, spread = scored - float(gains.mean()), max(float(gains.std(ddof=1)), 1 / _items(case))
    error = spread * np.sqrt(1 / len(gains) + 1 / case.seeds)
    count = max(1, case.methods)
    p = float(drop_p(drop / error, len(gains), count))
    evidence = (
        f"gain {scored:+.4f} with the ladder's {case.seeds} seeds and {gains.mean():+.4f} with "
        f"{len(gains)} fresh seeds: a drop of {drop:+.4f} (standard error {error:.4f}); "
        f"the best of {count} method(s) of this researcher."
    )
    return Outcome(evidence, drop, 0.0, p)


def drop_p(drops: ArrayLike, fresh: int, methods: int) -> np.ndarray:
    """P-values of drops in standard errors, for the best of a number of methods.

    Args:
        drops: drops, divided by their standard errors.
        fresh: number of fresh seeds.
        methods: number of methods from which the best was chosen.
    """
    alone = np.minimum(stdtr(fresh - 1, -np.asarray(drops)), 1 - 1e-15)
    return np.asarray(-np.expm1(methods * np.log1p(-alone)))


def _items(case: AuditCase) -> int:
    """Number of scored items of all tasks."""
    return sum(len(one.truth) for one in case.tasks)


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
