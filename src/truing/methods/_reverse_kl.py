"""Reverse Kullback-Leibler divergence (Yao et al. 2025, arXiv 2502.11107)."""

from typing import Annotated

from array_api_compat import array_namespace

from truing.arguments import Within
from truing.methods._method import Method, method, safe_log, uniform


@method("reverse-kl")
def reverse_kl(floor: Annotated[float, Within("(0, 0.5)")] = 1e-3) -> Method:
    """Minimize KL(belief || weak), which is mode-seeking (Yao et al. 2025).

    The gradient by logit j is p_j (log p_j - log w_j - KL); the targets are belief - gradient.

    Args:
        floor: lower bound on weak labels inside the logarithm. Without it a single confident error
            would dominate the loss.
    """

    def targets(weak, belief, progress):
        xp = array_namespace(weak)
        ratio = safe_log(belief) - safe_log(weak, floor)
        divergence = xp.sum(belief * ratio, axis=1, keepdims=True)
        return belief - belief * (ratio - divergence), uniform(weak)

    return Method(targets=targets)
