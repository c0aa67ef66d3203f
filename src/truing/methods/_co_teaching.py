"""Co-teaching (Han et al. 2018, arXiv 1804.06872)."""

from typing import Annotated

from array_api_compat import array_namespace

from truing.arguments import ShareOrZero, Within
from truing.methods._method import Method, harden, method, ramp, safe_log, top_share


@method("co-teaching")
def co_teaching(
    forget: Annotated[float, Within("[0, 1)")] = 0.2, warmup: ShareOrZero = 0.2
) -> Method:
    """Train two students, each on the items with small loss under the other (Han et al. 2018).

    The share of items that are kept falls linearly from 1 to 1 - forget. Two convex heads on the
    same items would be identical, so they learn from resampled items (bagging); the students in the
    paper differ by their initialization. On planted noise co-teaching is better than naive training
    if `forget` is the true error rate, and worse if `forget` is smaller. Items with equal loss are
    kept with equal weights.

    Args:
        forget: share of items that are dropped at the end; the supervisor's error rate, if known.
        warmup: share of the training over which the dropped share rises from 0 to `forget`.
    """

    def targets(weak, peer, progress):
        xp = array_namespace(weak)
        label = harden(weak)
        loss = -xp.sum(label * safe_log(peer), axis=1)
        dropped = forget * ramp(progress, warmup)
        return label, top_share(-loss, round((1 - dropped) * weak.shape[0]))

    return Method(targets=targets, members=2, peers=True)
