"""Labels of the neighbours, cross-fitted (EleutherAI/w2s 2024 relabel by such probes)."""

from typing import Annotated

import numpy as np

from truing.arguments import Within
from truing.methods._method import Method, follow, method


@method("knn-relabel")
def knn_relabel(
    neighbours: Annotated[int, Within("[1, 1000]")] = 20,
    folds: Annotated[int, Within("[2, 100]")] = 5,
) -> Method:
    """Replace each weak label by the mean of its neighbours' in the student's features.

    Nearest-neighbour classification (Cover and Hart 1967), cross-fitted: neighbours come from the
    other folds only, and a fold holds whole clusters, so that neither an item nor its kin votes for
    itself. EleutherAI/w2s relabel by nearest neighbours too, with k = 20, Euclidean distances and
    an item among its own neighbours; here each feature is scaled to unit variance first.

    Args:
        neighbours: k, number of nearest items that vote with equal weight, 1 to 1000. A larger k
            averages more noise away and blurs the border between classes. Where the other folds
            contain fewer items, all of them vote.
        folds: of the learning items, 2 to 100.
    """
    if neighbours < 1 or folds < 2:
        raise ValueError(
            f"neighbours must be 1 or more and folds 2 or more, not {neighbours}, {folds}"
        )

    def prepare(evidence):
        fold = fold_of(evidence.clusters, folds, evidence.rng)
        voters = find_voters(evidence.flat_features, fold, neighbours)
        return vote(evidence.weak, voters), np.ones(len(fold))

    return Method(targets=follow, static=True, prepare=prepare)


def fold_of(clusters, folds, rng):
    """(n,) fold of each item; a cluster lies in one fold."""
    _, group = np.unique(clusters, return_inverse=True)
    return (rng.permutation(group.max() + 1) % folds)[group]


def find_voters(features, fold, neighbours):
    """Pairs (items (m,), voters (m, neighbours)) of indices: the nearest items of other folds.

    Items that have nobody in other folds are left out.
    """
    from sklearn.neighbors import NearestNeighbors

    found = []
    for one in np.unique(fold):
        asked, others = np.flatnonzero(fold == one), np.flatnonzero(fold != one)
        if len(others):
            search = NearestNeighbors(n_neighbors=min(neighbours, len(others)))
            near = search.fit(features[others]).kneighbors(features[asked], return_distance=False)
            found.append((asked, others[near]))
    return found


def vote(labels, voters):
    """(n, k) the mean label of every item's voters; its own where it has none."""
    voted = labels.copy()
    for asked, near in voters:
        voted[asked] = labels[near].mean(axis=1)
    return voted
