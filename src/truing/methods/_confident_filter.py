"""Keeping the items of which the supervisor is sure (a control in EleutherAI/w2s, 2024)."""

from truing.methods._method import Method, follow, fraction, method, most_confident


@method("confident-filter")
def confident_filter(keep: float = 0.5) -> Method:
    """Learn from the items that the supervisor is surest of, and drop the others.

    Filtering is as old as self-training (Yarowsky 1995); EleutherAI/w2s (2024) report no consistent
    gain of it in weak-to-strong training.

    Args:
        keep: share of the items that stay.
    """
    fraction("keep", keep)

    def prepare(evidence):
        return evidence.weak, most_confident(evidence.weak, keep)

    return Method(targets=follow, static=True, prepare=prepare)
