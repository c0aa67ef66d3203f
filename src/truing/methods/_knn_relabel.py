"""Labels of the neighbours, cross-fitted (EleutherAI/w2s 2024 relabel by such probes)."""

import numpy as np

from truing.methods._method import Method, follow, method


@method("knn-relabel")
def knn_relabel(neighbours: int = 20, folds: int = 5) -> Method:
    """Replace each weak label by the mean of its neighbours' in the student's features.

    Nearest-neighbour classification (Cover and Hart 1967), cross-fitted: neighbours come from the
    other folds only, and a fold holds whole clusters, so that neither an item nor its kin votes for
    itself.

    Args:
        neighbours: that vote.
        folds: of the learning items.
    """
    if neighbours < 1 or folds < 2:
        raise ValueError(
            f"neighbours must be 1 or more and folds 2 or more, not {neighbours}, {folds}"
        )

    def prepare(evidence):
        features, weak = evidence.flat_features, evidence.weak
        fold = fold_of(evidence.clusters, folds, evidence.rng)
        labels = np.empty_like(weak)
        for one in np.unique(fold):
            labels[fold == one] = _vote(features, weak, fold == one, neighbours)
        return labels, np.ones(len(weak))

    return Method(targets=follow, static=True, prepare=prepare)


def fold_of(clusters, folds, rng):
    """(n,) fold of each item; a cluster lies in one fold."""
    _, group = np.unique(clusters, return_inverse=True)
    return (rng.permutation(group.max() + 1) % folds)[group]


def _vote(features, weak, asked, neighbours):
    from sklearn.neighbors import NearestNeighbors

    others = np.flatnonzero(~asked)
    if len(others) == 0:
        return weak[asked]
    search = NearestNeighbors(n_neighbors=min(neighbours, len(others))).fit(features[others])
    near = search.kneighbors(features[asked], return_distance=False)
    return weak[others][near].mean(axis=1)
