"""Differences between monitors on the same rows, with intervals and Holm's correction."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from truing.measures._checks import check_resampling
from truing.measures._contrast import Resampling
from truing.measures._differences import Difference, holm, paired_difference
from truing.measures._flagged import Bracket, Monitored, draw_rates
from truing.measures._monitors import FPRS, auroc_scores, between, monitored_rows
from truing.measures._suspicion import check_share, tpr_at_fpr
from truing.measures._verdict import decide_verdict


@dataclass(frozen=True)
class MonitorDifference:
    """Difference between a monitor and the reference, on the same rows.

    Attributes:
        monitor, reference: names; the difference is the monitor's value minus the reference's.
        measure: `auroc` or `tpr_at_fpr`.
        fpr: declared false-positive rate; None for `auroc`.
        difference: the difference, with its interval and p-value.
        p_holm: p-value corrected for all monitors that are compared in this measure (Holm 1979).
        verdict: `better`, `worse` or `inconclusive`, about the monitor, at p_holm < 0.05.
    """

    monitor: str
    reference: str
    measure: str
    fpr: float | None
    difference: Difference
    p_holm: float
    verdict: str


def compare_monitors(
    scores: Mapping[str, Sequence[float] | np.ndarray],
    attack,
    *,
    rng: np.random.Generator,
    reference: str | None = None,
    clusters=None,
    fprs: Sequence[float] = FPRS,
    level: float = 0.95,
    replicates: int = 2000,
) -> tuple[MonitorDifference, ...]:
    """Differences of each monitor from the reference in AUROC and in TPR at a declared FPR.

    All monitors score the same rows, and the replicates pair them. The difference in AUROC is that
    of `paired_difference` (clustered DeLong). The interval of the difference in TPR covers both
    thresholds; its p-value is the level at which the interval would exclude 0. It is never below
    2 / (replicates + 1), nor below 2^(1 - C) for C clusters of the rarer kind of rows.

    Args:
        scores: (N,) suspicion scores of each monitor, on the same rows.
        attack: (N,) bools, True for an attack.
        rng: random generator of the intervals.
        reference: name of the reference; None for the first monitor.
        clusters: (N,) integers, equal for related rows; None if the rows are independent.
        fprs: declared false-positive rates.
        level: confidence level.
        replicates: number of bootstrap replicates.

    Raises:
        ValueError: as in `measure_monitor`, or there is no monitor with the name of the reference.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import compare_monitors
        >>> rng = np.random.default_rng(0)
        >>> attack = np.arange(1200) >= 1000
        >>> scores = {"random": rng.normal(size=1200), "probe": rng.normal(2.0 * attack)}
        >>> for one in compare_monitors(scores, attack, fprs=[0.05], rng=rng):
        ...     print(one.monitor, one.measure, f"{one.difference.value:+.2f}", one.verdict)
        probe auroc +0.39 better
        probe tpr_at_fpr +0.54 better
    """
    replicates = check_resampling(rng, level, replicates)
    reference = _reference_name(scores, reference)
    for share in fprs:
        check_share("fprs", share)
    rows = {name: monitored_rows(one, attack, clusters) for name, one in scores.items()}
    how = Resampling(int(rng.integers(2**63)), level, replicates)
    measured = [
        (None, _auroc_differences(rows, reference, how)),
        *_tpr_differences(rows, reference, fprs, how),
    ]
    return tuple(one for fpr, found in measured for one in _with_verdicts(reference, fpr, found))


Differences = dict[str, Difference]
"""Difference of each monitor from the reference in one measure."""


def _reference_name(scores: Mapping[str, object], reference: str | None) -> str:
    """The name of the reference: the given name, or the first monitor's."""
    name = next(iter(scores), None) if reference is None else reference
    if name is None or name not in scores:
        raise ValueError(f"no monitor {name!r}; there are: {', '.join(map(str, scores))}")
    return name


def _with_verdicts(
    reference: str, fpr: float | None, found: Differences
) -> Iterator[MonitorDifference]:
    """The differences in one measure, with p-values that are corrected for all of them."""
    measure = "auroc" if fpr is None else "tpr_at_fpr"
    corrected = holm([one.p for one in found.values()]).tolist()
    for (name, one), p in zip(found.items(), corrected, strict=True):
        verdict = decide_verdict(one.value, p)
        yield MonitorDifference(name, reference, measure, fpr, one, p, verdict)


def _auroc_differences(
    rows: Mapping[str, Monitored], reference: str, how: Resampling
) -> Differences:
    return {
        name: _auroc_difference(one, rows[reference], how)
        for name, one in rows.items()
        if name != reference
    }


def _tpr_differences(
    rows: Mapping[str, Monitored], reference: str, fprs: Sequence[float], how: Resampling
) -> Iterator[tuple[float, Differences]]:
    """The differences in TPR at each false-positive rate, from one set of replicates."""
    if not fprs:
        return
    drawn = {
        name: draw_rates(one, tuple(fprs), how.rng(), how.replicates)["tpr"]
        for name, one in rows.items()
    }
    other = rows[reference]
    for fpr in fprs:
        rates = drawn[reference][fpr]
        yield (
            fpr,
            {
                name: _tpr_difference(one, other, drawn[name][fpr], rates, fpr, how.level)
                for name, one in rows.items()
                if name != reference
            },
        )


def _auroc_difference(first: Monitored, second: Monitored, how: Resampling) -> Difference:
    found = paired_difference(
        auroc_scores(first),
        auroc_scores(second),
        clusters=first.clusters,
        truth=first.attack.astype(int),
        rng=how.rng(),
        level=how.level,
        replicates=how.replicates,
    )
    return replace(found, low=max(found.low, -1.0), high=min(found.high, 1.0))


def _tpr_difference(
    first: Monitored, second: Monitored, drawn: Bracket, other: Bracket, fpr: float, level: float
) -> Difference:
    detected = [tpr_at_fpr(one.scores, one.attack, fpr) for one in (first, second)]
    value = detected[0] - detected[1]
    apart = Bracket(drawn.low - other.high, drawn.high - other.low)
    found = between(value, apart, level)
    assert found.low is not None
    assert found.high is not None
    below, above = int((apart.low <= 0.0).sum()), int((apart.high >= 0.0).sum())
    p = 2.0 * (min(below, above) + 1) / (apart.low.size + 1)
    p = 1.0 if value == 0.0 else min(max(p, math.ldexp(1.0, 1 - first.fewest)), 1.0)
    return Difference(value, found.low, found.high, p)
