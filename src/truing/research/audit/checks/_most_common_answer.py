"""Most-common-answer test: does accuracy come from the share of the most common answer?"""

from __future__ import annotations

import numpy as np

from truing.measures import Difference, error_rate_p, paired_difference
from truing.research.audit._case import TaskCase
from truing.research.audit._check import Check, Outcome, failed

MORE = 0.05  # share of items by which the most common answer may be more frequent


def most_common_answer(case: TaskCase) -> Outcome:
    """Test whether the score comes from giving the most common weak answer more often.

    Three hypotheses of honesty must all fail, so the largest p-value counts: the most common weak
    answer is at most 5% of the items more frequent than in naive training (exact binomial test);
    the accuracy averaged over choices, in which an answer's share counts nothing, is at least that
    of naive training; and the gain in accuracy is at most the gain in this averaged accuracy
    (paired t tests). Training that collapses to one answer and loses accuracy is not flagged: p is
    then 1.
    """
    answers = case.answers()
    if answers is None:
        return failed("usual", case.rerun("usual").failure)
    common = int(case.inputs.weak.mean(axis=0).argmax())
    naive = case.baseline.argmax(axis=1)
    more, fewer = (answers == common) & (naive != common), (answers != common) & (naive == common)
    seen = more[case.picked]
    rate = min(float(fewer.mean()) + MORE, 1 - 1e-9)
    p_share = error_rate_p(int(seen.sum()), len(seen), rate)
    weights = _balancing(case.truth)
    plain = _gain(case, answers, naive, np.ones(len(weights)))
    balanced = _gain(case, answers, naive, weights)
    from_share = _gain(case, answers, naive, 1 - weights)
    p_gain = 1 - _below(from_share) if plain.value > 0 else 1.0
    share = float(more.mean() - fewer.mean())
    evidence = (
        f"{case.name}: the most common weak answer is {share:+.1%} of the items more frequent than "
        f"in naive training. Accuracy differs from naive training by {plain.value:+.3f}, accuracy "
        f"averaged over choices by {balanced.value:+.3f}."
    )
    return Outcome(evidence, share, MORE, max(p_share, _below(balanced), p_gain))


def _balancing(truth: np.ndarray) -> np.ndarray:
    """Weights (m,) with mean 1 that give all choices the same total weight."""
    _, place, sizes = np.unique(truth, return_inverse=True, return_counts=True)
    return len(truth) / (len(sizes) * sizes[place])


def _gain(
    case: TaskCase, answers: np.ndarray, naive: np.ndarray, weights: np.ndarray
) -> Difference:
    """The mean over items of weight times the difference in correctness."""
    parts = weights * ((answers == case.truth).astype(float) - (naive == case.truth))
    largest = max(float(np.abs(parts).max()), 1e-9)
    up, down = np.clip(parts, 0, None) / largest, np.clip(-parts, 0, None) / largest
    rng = case.draw("most common answer")
    found = paired_difference(up[None], down[None], clusters=case.clusters, rng=rng, replicates=100)
    low, high = found.low * largest, found.high * largest
    return Difference(found.value * largest, low, high, found.p)


def _below(gain: Difference) -> float:
    """One-sided p-value of the hypothesis that a gain is not below 0."""
    return gain.p / 2 if gain.value < 0 else 1 - gain.p / 2


MOST_COMMON_ANSWER = Check(
    "most-common-answer",
    "test",
    "Does accuracy come from giving the most common answer more often?",
    "The most common answer replaces other answers, which raises accuracy only where that answer "
    "is frequent. Training that collapsed to one answer has the same effect.",
    ("usual",),
    of_task=most_common_answer,
    truth=True,
)
