"""Confidence window (EleutherAI/w2s 2024), a comparison method."""

from typing import Annotated, Literal

from array_api_compat import array_namespace

from truing.arguments import Within
from truing.methods._method import Method, method


@method("window")
def window(radius: Annotated[float | Literal["midweak"], Within("(0, 1]")] = 0.15) -> Method:
    """Comparison method: learn from items on which the student is unsure (EleutherAI/w2s 2024).

    An item has weight 1 while the student's largest probability is below
    1/k + 2 radius (1 - 1/k) for k choices, which is 0.5 + radius for two choices, else weight 0.
    Source: `confidence_window_loss` in `w2s/loss.py` of EleutherAI/w2s.

    With `radius=midweak` (`w2s/sft.py`) this limit is the median confidence of the supervisor: the
    lower median, over all learning items, of the largest probability of the weak label.

    Args:
        radius: half the width of the window, or `midweak`; 0.15 in the source.
    """

    def targets(weak, belief, progress):
        xp = array_namespace(weak)
        # An absent choice has belief 0, so items may differ in their number of choices.
        chance = 1 / xp.sum(xp.astype(belief > 0, weak.dtype), axis=1)
        edge = chance + 2 * radius * (1 - chance)
        return weak, xp.astype(xp.max(belief, axis=1) < edge, weak.dtype)

    return by_supervisor() if radius == "midweak" else Method(targets=targets)


def by_supervisor() -> Method:
    """Window up to the median confidence of the supervisor."""

    def of_labels(labels):
        edge = float(median_confidence(labels))

        def targets(weak, belief, progress):
            xp = array_namespace(weak)
            return weak, xp.astype(xp.max(belief, axis=1) < edge, weak.dtype)

        return targets

    def of_all(weak, belief, progress):
        return of_labels(weak)(weak, belief, progress)

    return Method(targets=of_all, of_labels=of_labels)


def median_confidence(labels):
    """Lower median of the largest probability of each label (n, k)."""
    xp = array_namespace(labels)
    return xp.sort(xp.max(labels, axis=1))[(labels.shape[0] - 1) // 2]
