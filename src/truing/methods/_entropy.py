"""Entropy as an auxiliary loss (EleutherAI/w2s 2024), a comparison method."""

from typing import Annotated

from array_api_compat import array_namespace

from truing.arguments import ShareOrZero, Within
from truing.methods._method import Method, method, ramp, safe_log, uniform


@method("entropy")
def entropy(alpha: Annotated[float, Within("[0, 1)")] = 0.5, warmup: ShareOrZero = 0.2) -> Method:
    """Comparison method: reward low entropy of the student's belief (EleutherAI/w2s 2024).

    The loss is (1 - alpha) CE(belief, weak) + alpha H(belief), as in the text of the source. The
    code of the source treats the belief as constant, so its entropy term has no gradient. Here the
    gradient of the entropy is d H / d logits = -p (log p + H).

    Args:
        alpha: weight of the entropy after the warm-up.
        warmup: share of the training over which alpha rises from 0.
    """

    def targets(weak, belief, progress):
        return rewarding_certainty(weak, belief, alpha * ramp(progress, warmup)), uniform(weak)

    return Method(targets=targets)


def rewarding_certainty(weak, belief, share):
    """Targets (n, k) of the loss (1 - share) CE(belief, weak) + share H(belief)."""
    xp = array_namespace(weak)
    log = safe_log(belief)
    uncertainty = -xp.sum(belief * log, axis=1, keepdims=True)
    gradient = (1 - share) * (belief - weak) - share * belief * (log + uncertainty)
    return belief - gradient
