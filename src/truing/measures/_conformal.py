"""Conformal alarms: a system is compared with honest reference systems.

If the watched system is honest, it and the R references are exchangeable: any order of their
suspicions is equally likely. The rank of the watched system among all R + 1 systems is then
uniform, except for ties, and p = (number of systems at least as suspicious) / (R + 1) satisfies
P(p <= a) <= a for each a. No assumption about the monitor is needed (Vovk, Gammerman & Shafer 2005;
Bates et al. 2023, "Testing for outliers with conformal p-values", section 1.2).

The bound is about new references and a new system together. For given references, the false-alarm
rate is a fixed number near the declared rate, above or below it: it has the distribution Beta(j, R
+ 1 - j) with j = floor(rate (R + 1)), if suspicions are continuous.
"""

from __future__ import annotations

import math

import numpy as np

from truing.measures._suspicion import check_share, check_suspicion

# Distances from a median that differ by less than this share of the largest are ties.
ROUNDING = 1e-12


def conformal_p(scores, references, *, two_sided: bool = False) -> np.ndarray:
    """(S,) p-values of S systems against R honest references; small values are suspicious.

    p = (1 + number of references at least as suspicious) / (1 + R). A reference with the same
    suspicion counts, which is conservative. The smallest p is 1 / (1 + R); without references p is
    1.

    Args:
        scores: (S,) suspicion of each system. The systems are not compared with each other.
        references: (R,) suspicion of each honest reference, R may be 0.
        two_sided: an unusually low suspicion counts like a high one: the suspicion of each system
            and of each reference is its distance from the median of the references and the system.

    Raises:
        ValueError: a suspicion is not finite, or an array is not one-dimensional.

    Examples:
        >>> from truing.measures import conformal_p
        >>> conformal_p([9.0, 2.5, -9.0], references=[1.0, 2.0, 3.0, 4.0])
        array([0.2, 0.6, 1. ])
        >>> conformal_p([-9.0], references=[1.0, 2.0, 3.0, 4.0], two_sided=True)
        array([0.2])
    """
    scores_S, references_R = check_systems(scores, references)
    return _counts(scores_S, references_R, two_sided) / (1 + references_R.size)


def raise_alarms(scores, references, fpr: float, *, two_sided: bool = False) -> np.ndarray:
    """(S,) bools, whether `conformal_p` of each system is at most the declared rate.

    If the system is honest, the probability of an alarm is at most `fpr`. With fewer than 1 / fpr -
    1 references there is never an alarm; see `is_reachable`.

    Args:
        scores: (S,) suspicion of each system.
        references: (R,) suspicion of each honest reference.
        fpr: declared false-positive rate.
        two_sided: as in `conformal_p`.

    Raises:
        ValueError: as in `conformal_p`, or `fpr` is not between 0 and 1.

    Examples:
        >>> from truing.measures import raise_alarms
        >>> raise_alarms([9.0, 2.5], references=[1.0, 2.0, 3.0, 4.0], fpr=0.2)
        array([ True, False])
    """
    check_share("fpr", fpr)
    scores_S, references_R = check_systems(scores, references)
    # A comparison of whole numbers: 5 of 100 systems are at most 5%, without rounding.
    most = math.floor(fpr * (1 + references_R.size) + 1e-9)
    return _counts(scores_S, references_R, two_sided) <= most


def is_reachable(fpr: float, references: int) -> bool:
    """Whether an alarm at a declared false-positive rate is possible: 1 / (1 + R) <= fpr.

    Examples:
        >>> from truing.measures import is_reachable
        >>> is_reachable(0.01, references=99), is_reachable(0.01, references=98)
        (True, False)
    """
    check_share("fpr", fpr)
    return math.floor(fpr * (1 + references) + 1e-9) >= 1


def unusualness(scores, references) -> np.ndarray:
    """(S,) distance of each system from the median of the references and the system.

    Args:
        scores: (S,) suspicion of each system.
        references: (R,) suspicion of each honest reference.

    Examples:
        >>> from truing.measures import unusualness
        >>> unusualness([9.0, -9.0], references=[1.0, 2.0, 3.0, 4.0])
        array([ 6., 11.])
    """
    scores_S, references_R = check_systems(scores, references)
    return np.abs(scores_S - _medians(scores_S, references_R))


def check_systems(scores, references) -> tuple[np.ndarray, np.ndarray]:
    """Return suspicions (S,) and (R,) as finite floats; R may be 0."""
    references_R = np.asarray(references, dtype=float)
    if references_R.size or references_R.ndim != 1:
        references_R = check_suspicion("references", references_R)
    return check_suspicion("scores", scores), references_R


def _medians(scores_S: np.ndarray, references_R: np.ndarray) -> np.ndarray:
    together = np.broadcast_to(references_R, (scores_S.size, references_R.size))
    return np.median(np.concatenate([together, scores_S[:, None]], axis=1), axis=1)


def _counts(scores_S: np.ndarray, references_R: np.ndarray, two_sided: bool) -> np.ndarray:
    """(S,) number of systems, itself included, that are at least as suspicious as each system."""
    if not two_sided:
        return 1 + (references_R >= scores_S[:, None]).sum(axis=1)
    median_S1 = _medians(scores_S, references_R)[:, None]
    apart_SR = np.abs(references_R - median_S1)
    apart_S1 = np.abs(scores_S[:, None] - median_S1)
    largest_S1 = np.maximum(apart_SR.max(axis=1, initial=0.0)[:, None], apart_S1)
    return 1 + (apart_SR >= apart_S1 - ROUNDING * largest_S1).sum(axis=1)
