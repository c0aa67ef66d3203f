"""Labels from a logistic regression on the weak labels (the probes of EleutherAI/w2s 2024)."""

from typing import Annotated

import numpy as np

from truing.arguments import Within
from truing.methods._knn_relabel import fold_of
from truing.methods._method import Method, follow, method
from truing.students import Head, fit_heads, make_design

FOLDS = 5  # as in knn-relabel
PENALTY = 1.0  # the default of `truing.students`


@method("logreg-relabel")
def logreg_relabel(
    l2: Annotated[float, Within("(0, inf)")] = PENALTY,
    folds: Annotated[int, Within("[1, 100]")] = FOLDS,
) -> Method:
    """Replace each weak label by the prediction of a linear head (EleutherAI/w2s 2024).

    The head is a logistic regression on the student's features that learns the weak labels of the
    other folds; a cluster is in one fold. Source: `LogisticProbe` in `w2s/probe.py` of
    EleutherAI/w2s, which predicts the items that it learned (`folds=1`) and minimizes the mean loss
    plus 0.001 |w|^2. For n items of two classes this is l2 = 0.004 n here, on features of unit
    variance: a head has a weight vector for each class, w / 2 and -w / 2.

    Args:
        l2: strength of the head's squared-norm penalty, 1 / C.
        folds: number of folds of the learning items; 1 predicts the items that the head learned,
            as in the source.
    """

    def prepare(evidence):
        found = predicted(evidence.weak, evidence, folds, l2)
        return found, np.ones(len(found))

    return Method(targets=follow, static=True, prepare=prepare)


def predicted(labels, evidence, folds=FOLDS, l2=PENALTY):
    """(n, k) beliefs of linear heads that learned the labels (n, k) of the other folds.

    With one fold the head predicts the items that it learned. If folds > 1 and all items are in one
    fold, because they are one cluster, the labels are returned unchanged.
    """
    everyone = np.arange(len(labels))
    if folds == 1:
        asked = learn = [everyone]
    else:
        fold = fold_of(evidence.clusters, folds, evidence.rng)
        asked = [np.flatnonzero(fold == one) for one in np.unique(fold)]
        if len(asked) == 1:
            return labels
        learn = [np.setdiff1d(everyone, rows) for rows in asked]
    designs = [make_design(evidence.features, rows, labels.shape[1]) for rows in learn]
    heads = [
        Head(number, labels[rows], np.ones(len(rows)), l2, follow, static=True)
        for number, rows in enumerate(learn)
    ]
    beliefs = np.empty_like(labels)
    for design, weights, rows in zip(designs, fit_heads(designs, heads), asked, strict=True):
        beliefs[rows] = design.beliefs(weights[None])[0][rows]
    return beliefs
