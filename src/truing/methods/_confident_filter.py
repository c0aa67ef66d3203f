"""Filter by the supervisor's confidence (Guo and Yang 2024, arXiv 2406.19032)."""

import numpy as np

from truing.arguments import Share, ShareOrZero
from truing.errors import DataError
from truing.methods._method import Method, follow, method, most_confident

ROUNDING = 1e-6  # largest difference between confidences that count as equal


@method("confident-filter")
def confident_filter(keep: Share = 0.5, min_confidence: ShareOrZero = 0.0) -> Method:
    """Learn from the items on which the supervisor is most confident (Guo and Yang 2024).

    The uncertainty filter of the paper (arXiv 2406.19032) keeps the items on which repeated answers
    of the supervisor have a low entropy. Here the confidence is the largest probability of the weak
    label, which gives the same order for two choices. The idea comes from self-training (Yarowsky
    1995). The filters of EleutherAI/w2s differ: they drop items if a probe contradicts the weak
    label.

    If all weak labels are equally confident, as hard labels are, they do not show which items to
    keep. Training then stops with an error instead of keeping a random share. If the limit of
    `keep` falls among items with equal confidence, all these items get the same fraction as weight.

    Args:
        keep: share of the items that are kept.
        min_confidence: smallest confidence of an item that is kept, such as 0.75, instead of a
            share; 0 to use `keep`.
    """
    if min_confidence and keep != 0.5:
        raise ValueError("keep and min_confidence exclude each other; give only one of them")

    def prepare(evidence):
        weak = evidence.weak
        check_confidence(weak)
        kept = above(weak, min_confidence) if min_confidence else most_confident(weak, keep)
        return weak, kept

    return Method(targets=follow, static=True, prepare=prepare)


def check_confidence(weak):
    """Raise DataError if all weak labels (n, k) are equally confident."""
    confidence = weak.max(axis=1)
    if np.ptp(confidence) < ROUNDING:
        raise DataError(
            f"all weak labels have the same confidence, {confidence[0]:.3g}; a filter by "
            "confidence needs labels with different confidences; use naive, or a supervisor that "
            "returns probabilities"
        )


def above(weak, least):
    """(n,) 1 for items whose weak label (n, k) has at least this confidence, else 0.

    Raises:
        DataError: no item has this confidence.
    """
    confidence = weak.max(axis=1)
    if confidence.max() < least:
        raise DataError(
            f"no weak label reaches min_confidence={least:g}; the highest confidence is "
            f"{confidence.max():.3g}; use a lower min_confidence"
        )
    return (confidence >= least).astype(weak.dtype)
