"""Macro-F1 of verdicts: the mean F1 score over classes, so that a rare class counts as much."""

from __future__ import annotations

import numpy as np

from truing.measures._contrast import Resampling, estimate_influences
from truing.measures._estimate import UNDEFINED, Estimate
from truing.measures._judgements import Verdicts

NO_CLASS = -1  # prediction of an undecided judge


def macro_f1(verdicts: Verdicts, how: Resampling) -> Estimate:
    """Mean over the classes of F1 = 2 TP / (2 TP + FP + FN) (Opitz & Burst 2019, equation 1).

    If an answer is argued, the classes are *the argued answer is right* and *is wrong*: the judge
    labels a proposed answer, and a judge that accepts every answer has a low macro-F1 even if
    most answers are right. If no single answer is argued, the classes are the answers by their
    index, so the macro-F1 says more than accuracy only if an index means the same in all questions
    (yes and no). If the highest belief is tied, the judge predicts no class, which misses the true
    class. The value equals `sklearn.metrics.f1_score` with `average="macro"` over the classes that
    are true or predicted. The interval linearizes the ratios, clustered by question.

    Args:
        verdicts: the counted verdicts.
        how: how the interval is drawn.
    """
    true_N, predicted_N = classes_of(verdicts)
    classes = sorted({*true_N.tolist(), *predicted_N.tolist()} - {NO_CLASS})
    if not classes:
        return UNDEFINED
    scores, influence_C = zip(
        *(
            _f1(true_N == one, predicted_N == one, verdicts.clusters, verdicts.cluster_count)
            for one in classes
        ),
        strict=True,
    )
    value, total_C = float(np.mean(scores)), np.mean(influence_C, axis=0)
    present = np.unique(verdicts.clusters)
    if present.size < 2:
        return Estimate.point(value)
    scaled_C = total_C[present] * np.sqrt(present.size / (present.size - 1))
    return estimate_influences(value, scaled_C, present.size, (0.0, 1.0), how)


def classes_of(verdicts: Verdicts) -> tuple[np.ndarray, np.ndarray]:
    """(N,) true and (N,) predicted classes; see `macro_f1`.

    Classes of argued answers are 0 (wrong) and 1 (right), and other classes begin at 2.
    """
    argued_N = verdicts.argued >= 0
    top_N = verdicts.beliefs.argmax(axis=1)
    true_N = np.where(argued_N, verdicts.honest, verdicts.truth + 2)
    predicted_N = np.where(argued_N, top_N == verdicts.argued, top_N + 2)
    return true_N.astype(int), np.where(verdicts.tied, NO_CLASS, predicted_N).astype(int)


def _f1(
    true_N: np.ndarray, predicted_N: np.ndarray, clusters_N: np.ndarray, count: int
) -> tuple[float, np.ndarray]:
    """F1 of a class, and (C,) its linearized influences by cluster."""
    hits_C = np.bincount(clusters_N, true_N & predicted_N, count)
    # 2 TP + FP + FN = number of true + number of predicted.
    named_C = np.bincount(clusters_N, true_N.astype(float) + predicted_N, count)
    value = float(2.0 * hits_C.sum() / named_C.sum())
    return value, (2.0 * hits_C - value * named_C) / named_C.sum()
