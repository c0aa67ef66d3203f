"""Filter by the supervisor's confidence (Guo and Yang 2024, arXiv 2406.19032)."""

import numpy as np

from truing.errors import DataError
from truing.methods._method import Method, follow, fraction, method, most_confident

ROUNDING = 1e-6  # between confidences that count as equal


@method("confident-filter")
def confident_filter(keep: float = 0.5, min_confidence: float = 0.0) -> Method:
    """Learn from the items on which the supervisor is most confident (Guo and Yang 2024).

    Their uncertainty filtering (arXiv 2406.19032) keeps the items on which repeated answers of the
    supervisor have a low entropy; here the largest probability of the weak label decides, which for
    two choices gives the same order. The idea is that of self-training (Yarowsky 1995). The filters
    of EleutherAI/w2s are others: they drop items whose weak label a probe contradicts.

    Weak labels that are all equally confident, as hard labels are, say nothing about which items to
    keep. Training then stops with an error instead of keeping a random share. Where the limit of
    `keep` falls among items with equal confidence, all of these count in part.

    Args:
        keep: share of the items that stay.
        min_confidence: in place of a share, the least confidence of an item that stays: 0.75.
    """
    fraction("keep", keep)
    if not 0 <= min_confidence <= 1:
        raise ValueError(f"min_confidence must lie in [0, 1], got {min_confidence}")
    if min_confidence and keep != 0.5:
        raise ValueError("keep and min_confidence exclude each other; give one of the two")

    def prepare(evidence):
        weak = evidence.weak
        check_confidence(weak)
        kept = above(weak, min_confidence) if min_confidence else most_confident(weak, keep)
        return weak, kept

    return Method(targets=follow, static=True, prepare=prepare)


def check_confidence(weak):
    """Raise DataError where all weak labels (n, k) are equally confident."""
    confidence = weak.max(axis=1)
    if np.ptp(confidence) < ROUNDING:
        raise DataError(
            f"all weak labels have the same confidence, {confidence[0]:.3g}; a filter by "
            "confidence needs labels that differ in it; use naive, or a supervisor that gives "
            "probabilities"
        )


def above(weak, least):
    """(n,) 1 for items whose weak labels (n, k) are at least so confident, 0 for the others.

    Raises:
        DataError: no item is.
    """
    confidence = weak.max(axis=1)
    if confidence.max() < least:
        raise DataError(
            f"no weak label reaches min_confidence={least:g}, the highest confidence is "
            f"{confidence.max():.3g}; lower min_confidence"
        )
    return (confidence >= least).astype(weak.dtype)
