"""Mean scores of evals and their paired differences, in closed form, with clustered errors.

A sample is a question; its score is a number, the mean over epochs if the model answered several
times. That is the same as clustering the answers by sample (Miller 2024, "Adding Error Bars to
Evals", arXiv:2411.00640, sections 2 and 3). The standard error is clustered and multiplied by
sqrt(C / (C - 1)) for C clusters, as Inspect does, and the interval uses Student's quantile with
C - 1 degrees of freedom. Where this fails, because nearly all answers are right or wrong, or few
answers differ between two models, exact methods take its place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri, stdtrit

from truing.measures._bootstrap import spread_of, sum_clusters
from truing.measures._checks import check_clusters, check_same_shape, check_scores
from truing.measures._differences import p_of_influence
from truing.measures._estimate import UNDEFINED, Estimate
from truing.measures._exact import clopper_pearson

FEW_ANSWERS = 10  # with fewer right or fewer wrong answers, the interval of a rate is exact
FEW_CHANGES = 25  # with fewer answers that differ, the test of two rates is exact
ROUNDING = 1e-12  # a standard error below this share of the largest score is 0

IntervalMethod = Literal["t", "exact"]


@dataclass(frozen=True)
class MeanScore(Estimate):
    """Mean score over samples with its interval.

    Attributes:
        stderr: clustered standard error; None with one cluster.
        n: number of samples.
        clusters: number of clusters; equal to `n` if the samples are independent.
        method: `t` for Student's interval, `exact` for an exact one; None without an interval.
    """

    stderr: float | None
    n: int
    clusters: int
    method: IntervalMethod | None


@dataclass(frozen=True)
class ScoreDifference(MeanScore):
    """Mean difference in score on the same samples, first minus second.

    Attributes:
        p: two-sided p-value of the hypothesis of no difference; None with one cluster.
    """

    p: float | None


def mean_score(scores, *, clusters=None, level: float = 0.95) -> MeanScore:
    """Mean score of an eval, with its clustered standard error and interval.

    The interval is Student's, with C - 1 degrees of freedom for C clusters, clipped to 0..1 if all
    scores are in this range. It is that of Clopper & Pearson (1934) in two cases: the samples are
    independent, each score is 0 or 1, and fewer than 10 are right or fewer than 10 are wrong; or
    all scores are 0 or all are 1, where each cluster counts as one trial. If the scores do not vary
    otherwise, there is no interval.

    Args:
        scores: (N,) score of each sample, mean over its epochs.
        clusters: (N,) integers, equal for related samples; None if the samples are independent.
        level: confidence level.

    Raises:
        ValueError: there is no sample, a score is not finite, or an option is out of range.

    Examples:
        >>> from truing.measures import mean_score
        >>> found = mean_score([1.0, 0.5, 0.0, 1.0, 0.5, 0.5], clusters=[0, 0, 1, 1, 2, 2])
        >>> f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}], error {found.stderr:.3f}"
        '0.583 [0.225, 0.942], error 0.083'
    """
    scores_N, clusters_N = _checked(clusters, level, scores=scores)
    N, C = scores_N.size, _count(clusters_N, scores_N)
    value = float(scores_N.mean())
    stderr = _stderr(scores_N, clusters_N) if C > 1 else None
    right = float(scores_N.sum())
    method: IntervalMethod | None = "exact"
    if C == N and _is_binary(scores_N) and min(right, N - right) < FEW_ANSWERS:
        ends = clopper_pearson(right, N, level)
    elif _is_binary(scores_N) and value in (0.0, 1.0):
        ends = clopper_pearson(value * C, C, level)
    elif not stderr:
        ends, method = UNDEFINED, None
    else:
        ends, method = _student(value, stderr, C, level), "t"
        ends = ends.clipped(0.0, 1.0) if _in_unit_range(scores_N) else ends
    return MeanScore(value, ends.low, ends.high, stderr, N, C, method)


def score_difference(first, second, *, clusters=None, level: float = 0.95) -> ScoreDifference:
    """Mean difference in score between two evals on the same samples.

    The differences of the samples are analyzed as in `mean_score` (Miller 2024, section 4): p is
    that of Student's t test, and at least 2^(1 - C), the smallest p-value of a sign test on C
    clusters. If the samples are independent, each score is 0 or 1, and fewer than 25 answers
    differ, p is that of the exact test of McNemar (1947), and the interval is the adjusted one of
    Bonett & Price (2012), which Fagerland, Lydersen & Laake (2014) recommend for few samples.
    Equal scores from 0 to 1 in all samples bound the difference by the share of samples, or
    clusters, that can differ (Clopper & Pearson 1934).

    Args:
        first: (N,) score of each sample, mean over its epochs.
        second: (N,) scores of the same samples in the other eval.
        clusters: (N,) integers, equal for related samples; None if the samples are independent.
        level: confidence level.

    Raises:
        ValueError: shapes differ, there is no sample, a score is not finite, or an option is out of
            range.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import score_difference
        >>> right = np.arange(100)
        >>> found = score_difference(right < 80, right < 70)  # 10 answers differ
        >>> f"{found.value:.2f} [{found.low:.3f}, {found.high:.3f}], p {found.p:.4f}"
        '0.10 [0.034, 0.162], p 0.0020'
    """
    first_N, clusters_N = _checked(clusters, level, first=first, second=second)
    second_N, _ = _checked(None, level, second=second)
    difference_N = first_N - second_N
    N, C = difference_N.size, _count(clusters_N, difference_N)
    value = float(difference_N.mean())
    stderr = _stderr(difference_N, clusters_N) if C > 1 else None
    up, down = int((difference_N > 0).sum()), int((difference_N < 0).sum())
    binary = C == N and _is_binary(first_N) and _is_binary(second_N)
    unit = _in_unit_range(first_N) and _in_unit_range(second_N)
    method: IntervalMethod | None = "exact"
    p: float | None
    if binary and up + down < FEW_CHANGES:
        from scipy.stats import binomtest  # takes half a second

        ends = _bonett_price(up, down, N, level)
        p = float(binomtest(up, up + down).pvalue) if up + down else 1.0
    elif not difference_N.any():
        reach = clopper_pearson(0, C, level).high if unit else None
        ends = Estimate(0.0, None if reach is None else -reach, reach)
        p, method = 1.0, method if unit else None
    elif C == 1:
        ends, p, method = UNDEFINED, None, None
    else:
        ends = _student(value, stderr, C, level) if stderr else UNDEFINED
        ends = ends.clipped(-1.0, 1.0) if stderr and unit else ends
        p, method = _t_test(value, difference_N, clusters_N, C, stderr), "t" if stderr else None
    return ScoreDifference(value, ends.low, ends.high, stderr, N, C, method, p)


def samples_to_detect(
    difference: float, *, stderr: float, n: int, power: float = 0.8, level: float = 0.95
) -> int:
    """Number of samples with which a difference is detected with the given power.

    n (z_(1 + level) / 2 + z_power)^2 stderr^2 / difference^2, rounded up (Miller 2024, section 5).
    `stderr` is that of a paired difference on n samples, so the result assumes more samples of the
    same kind, as many epochs, and clusters of the same size.

    Args:
        difference: smallest difference of interest, not 0.
        stderr: standard error of the difference on n samples.
        n: number of samples.
        power: probability of p < 1 - level if the true difference is `difference`.
        level: confidence level of the two-sided test.

    Raises:
        ValueError: an argument is out of range.

    Examples:
        >>> from truing.measures import samples_to_detect
        >>> samples_to_detect(0.02, stderr=0.03, n=400)
        7064
    """
    if not (math.isfinite(difference) and difference != 0.0):
        raise ValueError(f"difference must be a number other than 0, got {difference!r}")
    if not (math.isfinite(stderr) and stderr >= 0.0) or n < 1:
        raise ValueError(
            f"stderr must be 0 or more, and n 1 or more, got stderr {stderr!r} and n {n!r}"
        )
    for name, share in (("power", power), ("level", level)):
        if not 0.0 < share < 1.0:
            raise ValueError(f"{name} must be between 0 and 1, such as 0.95, got {share!r}")
    reach = float(ndtri((1.0 + level) / 2.0) + ndtri(power)) * stderr / difference
    return max(math.ceil(n * reach**2), 1)


def _checked(clusters, level: float, **scores) -> tuple[np.ndarray, np.ndarray | None]:
    """The first scores as floats (N,), and the clusters."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be between 0 and 1, such as 0.95, got {level!r}")
    arrays = {name: np.asarray(one) for name, one in scores.items()}
    for name, array in arrays.items():
        if array.ndim != 1 or array.size == 0:
            raise ValueError(f"{name} must have shape (samples,), 1 or more, got {array.shape}")
    check_same_shape(**arrays)
    name, array = next(iter(arrays.items()))
    return check_scores(name, array[None])[0], check_clusters(clusters, array.size)


def _count(clusters_N: np.ndarray | None, scores_N: np.ndarray) -> int:
    return scores_N.size if clusters_N is None else np.unique(clusters_N).size


def _influence(values_N: np.ndarray, clusters_N: np.ndarray | None) -> np.ndarray:
    """(1, C) influence of each cluster on the mean."""
    return sum_clusters(values_N[None, None], clusters_N).influences()[0]


def _stderr(values_N: np.ndarray, clusters_N: np.ndarray | None) -> float:
    """Standard error of the mean; exactly 0 if it is only rounding."""
    found = math.sqrt(spread_of(_influence(values_N, clusters_N)).variance)
    return found if found > ROUNDING * np.abs(values_N).max() else 0.0


def _student(value: float, stderr: float, clusters: int, level: float) -> Estimate:
    reach = float(stdtrit(clusters - 1, (1.0 + level) / 2.0)) * stderr
    return Estimate(value, value - reach, value + reach)


def _t_test(
    value: float,
    difference_N: np.ndarray,
    clusters_N: np.ndarray | None,
    clusters: int,
    stderr: float | None,
) -> float:
    """Two-sided p-value; that of a sign test if all clusters have the same difference."""
    if not stderr:
        return 2.0 ** (1 - clusters) if value else 1.0
    return p_of_influence(value, _influence(difference_N, clusters_N), None)


def _bonett_price(up: int, down: int, n: int, level: float) -> Estimate:
    """Adjusted interval: one answer is added to those that improve, and to those that worsen."""
    high, low = (up + 1) / (n + 2), (down + 1) / (n + 2)
    middle = high - low
    reach = float(ndtri((1.0 + level) / 2.0)) * math.sqrt((high + low - middle**2) / (n + 2))
    return Estimate((up - down) / n, max(middle - reach, -1.0), min(middle + reach, 1.0))


def _is_binary(scores_N: np.ndarray) -> bool:
    return bool(np.isin(scores_N, (0.0, 1.0)).all())


def _in_unit_range(scores_N: np.ndarray) -> bool:
    return bool(((scores_N >= 0.0) & (scores_N <= 1.0)).all())
