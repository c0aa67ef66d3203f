"""Product of weak label and belief (openai/weak-to-strong 2023), a comparison method."""

from typing import Annotated

from array_api_compat import array_namespace

from truing.arguments import Within
from truing.methods._method import Method, method, uniform

FLOOR = 1e-6  # smallest belief: a certain student must not make all products of an item 0


@method("product")
def product(
    alpha: Annotated[float, Within("(0, 4]")] = 1.0, beta: Annotated[float, Within("[0, 4]")] = 1.0
) -> Method:
    """Learn the product of weak label and the student's belief (openai/weak-to-strong 2023).

    The targets are weak^alpha belief^beta, normalized over the choices of each item, and the loss
    is cross entropy; no gradient flows through the targets. Source: `product_loss_fn` in
    `weak_to_strong/loss.py` of openai/weak-to-strong. Its `warmup_frac` has no effect there and is
    left out here. With beta=1 the targets become more extreme in every round, so a head stops after
    its 16 rounds and not at an optimum. Beliefs are clipped below at 1e-6.

    Args:
        alpha: exponent of the weak labels; 1 in the source.
        beta: exponent of the beliefs; 1 in the source. With beta=0 and alpha=1 the method is
            `naive`.
    """

    def targets(weak, belief, progress):
        return multiplied(weak, belief, alpha, beta), uniform(weak)

    return Method(targets=targets)


def multiplied(weak, belief, alpha, beta):
    """(n, k) weak^alpha belief^beta, normalized; an absent choice, with weak label 0, gets 0."""
    xp = array_namespace(weak)
    floored = xp.where(belief > FLOOR, belief, xp.full_like(belief, FLOOR))
    mixed = weak**alpha * floored**beta
    return mixed / xp.sum(mixed, axis=1, keepdims=True)
