"""Confident items first (the MDL curriculum of Wen et al. 2026, "Automated weak-to-strong
researcher").
"""

from truing.methods._method import Method, fraction, method, most_confident, uniform


@method("confident-first")
def confident_first(first: float = 0.5, until: float = 0.4) -> Method:
    """A curriculum: the surest half of the items first, then all (Wen et al. 2026).

    The source trains two of five epochs on the half that the supervisor is surest of and three on
    everything. A head on fixed features is convex and forgets where it came from: solved to its
    optimum it ends where naive ends, which is a result and not a fault. Fine-tuning need not.

    Args:
        first: share of the items in the first phase.
        until: progress at which the others come in.
    """
    fraction("first", first)
    fraction("until", until)

    def targets(weak, belief, progress):
        early = progress < until
        return weak, most_confident(weak, first) if early else uniform(weak)

    return Method(targets=targets)
