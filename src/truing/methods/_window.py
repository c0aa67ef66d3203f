"""Confidence window (EleutherAI/w2s 2024): a control."""

from array_api_compat import array_namespace

from truing.methods._method import Method, fraction, method


@method("window")
def window(radius: float = 0.15) -> Method:
    """A control: learn only where the student is still unsure (EleutherAI/w2s 2024).

    Of two choices, items count while the student's larger probability is below 0.5 + radius; of k,
    while it is below 1/k + 2 radius (1 - 1/k), which is the same for two.

    Args:
        radius: half the window's width; 0.15 there.
    """
    fraction("radius", radius)

    def targets(weak, belief, progress):
        xp = array_namespace(weak)
        # An absent choice has belief 0, so that items may differ in their number of choices.
        chance = 1 / xp.sum(xp.astype(belief > 0, weak.dtype), axis=1)
        edge = chance + 2 * radius * (1 - chance)
        return weak, xp.astype(xp.max(belief, axis=1) < edge, weak.dtype)

    return Method(targets=targets)
