"""Filter by the supervisor's confidence (Guo and Yang 2024, arXiv 2406.19032)."""

import numpy as np

from truing.arguments import Share, ShareOrZero
from truing.errors import DataError
from truing.methods._method import Method, follow, method, most_confident

ROUNDING = 1e-6  # largest difference between confidences that count as equal


@method("confident-filter")
def confident_filter(
    keep: Share = 0.5, min_confidence: ShareOrZero = 0.0, max_confidence: Share = 1.0
) -> Method:
    """Learn from the items on which the supervisor is most confident (Guo and Yang 2024).

    The uncertainty filter of the paper (arXiv 2406.19032) keeps the items on which repeated answers
    of the supervisor have a low entropy. Here the confidence is the largest probability of the weak
    label, which gives the same order for two choices. The idea comes from self-training (Yarowsky
    1995). The filters of EleutherAI/w2s differ: they drop items if a probe contradicts the weak
    label (`probe-filter`, `topofilter`).

    If all weak labels are equally confident, as hard labels are, they do not show which items to
    keep. Training then stops with an error instead of keeping a random share. If the limit of
    `keep` falls among items with equal confidence, all these items get the same fraction as weight.

    Args:
        keep: share of the items that are kept.
        min_confidence: smallest confidence of an item that is kept, such as 0.75, instead of a
            share; 0 for no lower limit.
        max_confidence: largest confidence of an item that is kept, such as 0.95, instead of a
            share; 1 for no upper limit. Without either limit, `keep` applies.
    """
    limited = [
        name
        for name, set_ in (
            ("min_confidence", min_confidence > 0),
            ("max_confidence", max_confidence < 1),
        )
        if set_
    ]
    if limited and keep != 0.5:
        raise ValueError(f"keep and {limited[0]} exclude each other; give only one of them")
    if min_confidence > max_confidence:
        raise ValueError(
            f"min_confidence must be at most max_confidence, got {min_confidence:g} and "
            f"{max_confidence:g}"
        )

    def prepare(evidence):
        weak = evidence.weak
        check_confidence(weak)
        if limited:
            return weak, between(weak, min_confidence, max_confidence)
        return weak, most_confident(weak, keep)

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


def between(weak, least, most):
    """(n,) 1 for items whose weak label (n, k) has a confidence within these limits, else 0.

    Raises:
        DataError: no item has such a confidence.
    """
    confidence = weak.max(axis=1)
    kept = (confidence >= least) & (confidence <= most)
    if kept.any():
        return kept.astype(weak.dtype)
    if confidence.max() < least:
        raise DataError(
            f"no weak label reaches min_confidence={least:g}; the highest confidence is "
            f"{confidence.max():.3g}; use a lower min_confidence"
        )
    raise DataError(
        f"no weak label has a confidence up to max_confidence={most:g} and of at least {least:g}; "
        f"the lowest confidence is {confidence.min():.3g}; use wider limits"
    )
