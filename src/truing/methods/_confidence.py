"""Auxiliary confidence loss (Burns et al. 2023, arXiv 2312.09390, section 4.3.2, appendix A.4)."""

from array_api_compat import array_namespace

from truing.arguments import Share, ShareOrZero
from truing.methods._method import Method, harden, method, ramp, top_share, uniform


@method("confidence")
def confidence(alpha_max: Share = 0.5, warmup: ShareOrZero = 0.2) -> Method:
    """Mix the student's own hardened belief into the targets (Burns et al. 2023, section 4.3.2).

    The loss is (1 - alpha) CE(belief, weak) + alpha CE(belief, hardened belief). The paper uses
    alpha_max 0.75 for its largest students, else 0.5, and a linear warm-up over the first fifth of
    training. Here alpha rises linearly from 0, without a jump.

    Args:
        alpha_max: share of the student's own belief after the warm-up.
        warmup: share of the training over which alpha rises from 0.
    """

    def targets(weak, belief, progress):
        alpha = alpha_max * ramp(progress, warmup)
        return mixed_with_own(weak, belief, alpha), uniform(weak)

    return Method(targets=targets)


def mixed_with_own(weak, belief, alpha):
    """(1 - alpha) weak labels + alpha hardened beliefs, both (n, k); see `balanced`."""
    return (1 - alpha) * weak + alpha * balanced(belief, weak)


def balanced(belief, weak):
    """Hardened beliefs (n, k); two choices are as frequent as in the weak labels.

    The paper uses a threshold that keeps the class balance, defined for two choices (appendix A.4).
    Items with equal beliefs share the rest of the second choice's frequency, so an untrained
    student gets the mean weak label for all items, and not one choice for all items. If the
    frequency is not a whole number, the item at the threshold gets a share of both choices. With
    more than two choices, the likeliest choice is taken.
    """
    if belief.shape[1] != 2:
        return harden(belief)
    xp = array_namespace(belief)
    # The difference has the same ties for both orders of choices, even if a belief rounds to 1.
    second = top_share(belief[:, 1] - belief[:, 0], float(xp.sum(weak[:, 1])))
    return xp.stack([1 - second, second], axis=1)
