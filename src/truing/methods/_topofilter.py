"""Topological filter of noisy labels and relabeling by it (Wu et al. 2020, arXiv 2012.04835).

Both follow `w2s/topo.py` of EleutherAI/w2s. Items of a class that are connected in the graph of
nearest neighbors are clean; isolated ones are suspicious.
"""

from typing import Annotated

import numpy as np

from truing.arguments import Within
from truing.methods._method import Method, follow, method, top_share

Neighbors = Annotated[int, Within("[1, 1000]")]


@method("topofilter")
def topofilter(
    contamination: Annotated[float, Within("[0, 1)")] = 0.1,
    graph: Neighbors = 20,
    neighbors: Neighbors = 20,
) -> Method:
    """Drop items that are isolated from their class in the student's features (Wu et al. 2020).

    First step: the graph of nearest neighbors, restricted to the items
    of a class, keeps its largest connected component. Second step: of the items that remain, those
    whose label differs most from the mean label of their nearest remaining neighbors are dropped,
    until the share `contamination` of all items is dropped. If the first step drops more, the
    second step drops nothing. Source: `topofilter` in `w2s/topo.py` of EleutherAI/w2s, which has
    two classes. For k classes the class is the likeliest choice, and the difference is half the sum
    of absolute differences, which is the source's for two. The paper drops an item by the majority
    of its neighbors instead. Each feature is first scaled to unit variance here.

    Args:
        contamination: share of all items that is dropped, at least; 0.1 in the source.
        graph: number of nearest neighbors of each item in the graph.
        neighbors: number of nearest neighbors whose labels are compared. For both numbers
            the source has 20 in its first version and 50 in its last version.
    """

    def prepare(evidence):
        weak, features = evidence.weak, evidence.flat_features
        clean = connected(features, weak, graph)
        near = nearest(features[clean], features[clean], neighbors, itself=False)
        apart = distance(weak[clean], weak[clean][near].mean(axis=1))
        quota = round(contamination * len(weak)) - int((~clean).sum())
        kept = clean.astype(weak.dtype)
        kept[clean] = 1 - top_share(apart, min(max(quota, 0), len(apart) - 1))
        return weak, kept

    return Method(targets=follow, static=True, prepare=prepare)


@method("topolabel")
def topolabel(graph: Neighbors = 20, neighbors: Neighbors = 20) -> Method:
    """Replace each label by the mean label of its nearest clean neighbors (EleutherAI/w2s 2024).

    Clean items are those that the first step of `topofilter` keeps (Wu et al. 2020). Source:
    `topolabel` in `w2s/topo.py` of EleutherAI/w2s. As there, a clean item is among its own
    neighbors; `knn-relabel` is cross-fitted.

    Args:
        graph: number of nearest neighbors of each item in the graph.
        neighbors: number of clean nearest neighbors that vote.
    """

    def prepare(evidence):
        weak, features = evidence.weak, evidence.flat_features
        clean = connected(features, weak, graph)
        near = nearest(features, features[clean], neighbors, itself=True)
        return weak[clean][near].mean(axis=1), np.ones(len(weak))

    return Method(targets=follow, static=True, prepare=prepare)


def connected(features, weak, neighbors):
    """(n,) whether an item is in the largest connected component of its class.

    The class of an item is its likeliest choice, the first of tied choices. Edges lead from an item
    to its nearest neighbors among all items; a component is strongly connected, as in the source.
    All components of the largest size are kept.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n, chosen = len(weak), weak.argmax(axis=1)
    near = nearest(features, features, neighbors, itself=False)
    start = np.repeat(np.arange(n), near.shape[1])
    inside = chosen[start] == chosen[near.ravel()]
    edges = start[inside], near.ravel()[inside]
    graph = csr_array((np.ones(len(edges[0]), np.int8), edges), shape=(n, n))
    component = connected_components(graph, connection="strong")[1]
    size = np.bincount(component)[component]
    largest = np.zeros(weak.shape[1], int)
    np.maximum.at(largest, chosen, size)
    return size == largest[chosen]


def nearest(features, others, neighbors, *, itself):
    """(n, K) indices of the K nearest other rows of each row, by Euclidean distance.

    Args:
        features: (n, d) rows.
        others: (m, d) rows to search.
        neighbors: K; fewer if there are fewer rows.
        itself: whether a row may be its own neighbor; if not, the two arrays are the same.
    """
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=min(neighbors, len(others) - (not itself)))
    return search.fit(others).kneighbors(features if itself else None, return_distance=False)


def distance(labels, others):
    """(n,) total variation distance between labels (n, k), 0 to 1."""
    return np.abs(labels - others).sum(axis=1) / 2
