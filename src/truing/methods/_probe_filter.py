"""Filter by the disagreement of a probe with the weak label (EleutherAI/w2s 2024)."""

from typing import Annotated

from truing.arguments import OneOf, Within
from truing.methods._knn_relabel import find_voters, fold_of, vote
from truing.methods._logreg_relabel import FOLDS, predicted
from truing.methods._method import Method, follow, method, top_share
from truing.methods._topofilter import distance

NEIGHBORS = 20  # as in knn-relabel


@method("probe-filter")
def probe_filter(
    probe: Annotated[str, OneOf(("logreg", "knn"))] = "logreg",
    contamination: Annotated[float, Within("[0, 1)")] = 0.1,
) -> Method:
    """Drop the items whose weak label a probe contradicts most (EleutherAI/w2s 2024).

    The probe predicts labels from the student's features, as `logreg-relabel` and `knn-relabel` do
    with their defaults. The share `contamination` of the items with the largest total variation
    distance between prediction and weak label is dropped. Items with equal distances at the limit
    get equal weights. Source: `Probe.filter` in `w2s/probe.py` of EleutherAI/w2s, whose probes
    predict the items that they learned; here the probes are cross-fitted.

    Args:
        probe: `logreg` (a linear head) or `knn` (the 20 nearest neighbors).
        contamination: share of the items that is dropped.
    """

    def prepare(evidence):
        weak = evidence.weak
        if probe == "logreg":
            opinion = predicted(weak, evidence)
        else:
            fold = fold_of(evidence.clusters, FOLDS, evidence.rng)
            opinion = vote(weak, find_voters(evidence.flat_features, fold, NEIGHBORS))
        dropped = int(contamination * len(weak))
        return weak, 1 - top_share(distance(opinion, weak), dropped)

    return Method(targets=follow, static=True, prepare=prepare)
