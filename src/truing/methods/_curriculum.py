"""Curriculum: confident items first (the MDL curriculum of Wen et al. 2026, "Automated
weak-to-strong researcher").
"""

from truing.arguments import Share
from truing.methods._method import Method, method, most_confident, uniform


@method("confident-first")
def confident_first(first: Share = 0.5, until: Share = 0.4) -> Method:
    """Learn the most confident items first, then all items (Wen et al. 2026).

    The source trains two of five epochs on the half of the items with the most confident weak
    labels, and three epochs on all items. The loss of a head on fixed features is convex, so its
    optimum does not depend on earlier phases: the head ends at the same weights as with naive
    training. This is expected. Fine-tuning may end at other weights.

    Args:
        first: share of the items in the first phase.
        until: progress of training at which the other items are added.
    """

    def targets(weak, belief, progress):
        early = progress < until
        return weak, most_confident(weak, first) if early else uniform(weak)

    return Method(targets=targets)
