"""Cross-fitted labels from nearest neighbors (compare the probes of EleutherAI/w2s 2024)."""

from typing import Annotated

import numpy as np

from truing.arguments import Within
from truing.methods._method import Method, follow, method

CHUNK = 1000  # items whose distances are computed together


@method("knn-relabel")
def knn_relabel(
    neighbors: Annotated[int, Within("[1, 1000]")] = 20,
    folds: Annotated[int, Within("[2, 100]")] = 5,
) -> Method:
    """Replace each weak label by the mean label of its nearest neighbors (Cover and Hart 1967).

    Distances are in the student's features. Neighbors are cross-fitted: they come from
    other folds only, and a cluster is in one fold, so neither an item nor a related item votes for
    itself. EleutherAI/w2s also relabel by nearest neighbors, with k = 20, Euclidean distances and
    each item among its neighbors. Here each feature is first scaled to unit variance.

    Args:
        neighbors: k, number of nearest items that vote with equal weight. A larger k averages out
            more noise and blurs the border between classes. If the other folds have fewer than k
            items, all of them vote.
        folds: number of folds of the learning items.
    """

    def prepare(evidence):
        fold = fold_of(evidence.clusters, folds, evidence.rng)
        voters = find_voters(evidence.flat_features, fold, neighbors)
        return vote(evidence.weak, voters), np.ones(len(fold))

    return Method(targets=follow, static=True, prepare=prepare)


def fold_of(clusters, folds, rng):
    """(n,) fold of each item; all items of a cluster are in one fold."""
    _, group = np.unique(clusters, return_inverse=True)
    return (rng.permutation(group.max() + 1) % folds)[group]


def find_voters(features, fold, neighbors):
    """Pairs (items (m,), voters (m, K)) of indices, one pair or more per fold.

    The voters are the K nearest items of other folds. Items without other folds are left out.
    """
    found = []
    squares = np.square(features).sum(axis=1)
    for one in np.unique(fold):
        members, others = np.flatnonzero(fold == one), np.flatnonzero(fold != one)
        count = min(neighbors, len(others))
        for start in range(0, len(members) if count else 0, CHUNK):
            part = members[start : start + CHUNK]
            # Squared distances, except for a constant of each item.
            distances = squares[others] - 2 * features[part] @ features[others].T
            near = np.argpartition(distances, count - 1, axis=1)[:, :count]
            found.append((part, others[near]))
    return found


def vote(labels, voters):
    """(n, k) mean label of each item's voters; the item's label if it has no voters."""
    voted = labels.copy()
    for members, near in voters:
        voted[members] = labels[near].mean(axis=1)
    return voted
