"""Confidence window (EleutherAI/w2s 2024), a comparison method."""

from array_api_compat import array_namespace

from truing.arguments import Share
from truing.methods._method import Method, method


@method("window")
def window(radius: Share = 0.15) -> Method:
    """Comparison method: learn from items on which the student is unsure (EleutherAI/w2s 2024).

    An item has weight 1 while the student's largest probability is below
    1/k + 2 radius (1 - 1/k) for k choices, which is 0.5 + radius for two choices, else weight 0.

    Args:
        radius: half the width of the window; 0.15 in the source.
    """

    def targets(weak, belief, progress):
        xp = array_namespace(weak)
        # An absent choice has belief 0, so items may differ in their number of choices.
        chance = 1 / xp.sum(xp.astype(belief > 0, weak.dtype), axis=1)
        edge = chance + 2 * radius * (1 - chance)
        return weak, xp.astype(xp.max(belief, axis=1) < edge, weak.dtype)

    return Method(targets=targets)
