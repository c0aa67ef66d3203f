"""Adaptive confidence (Guo et al. 2024, "Vision Superalignment", arXiv 2402.03749, equation 2)."""

from typing import Annotated

from array_api_compat import array_namespace

from truing.arguments import Within
from truing.methods._method import Method, harden, method, safe_log, uniform


@method("adaptive-confidence")
def adaptive_confidence(temperature: Annotated[float, Within("(0, inf)")] = 0.5) -> Method:
    """Weight the student's own prediction by its confidence on each item (Guo et al. 2024, eq. 2).

    The targets are (1 - beta) weak + beta hardened belief, with
    beta = exp(CE(p, own) / T) / (exp(CE(p, own) / T) + exp(CE(p, weak choice) / T)),
    where p is the belief, `own` its likeliest choice and `weak choice` that of the weak label. As
    published, beta is at most 0.5. It is 0.5 if student and supervisor agree, and it falls if the
    student disagrees confidently. This is the opposite of the paper's description of the equation.

    Args:
        temperature: T; the authors' code uses 0.5.
    """

    def targets(weak, belief, progress):
        xp = array_namespace(weak)
        own = harden(belief)
        log = safe_log(belief)
        trust_own = -xp.sum(own * log, axis=1) / temperature
        trust_weak = -xp.sum(harden(weak) * log, axis=1) / temperature
        beta = (1 / (1 + xp.exp(trust_weak - trust_own)))[:, None]
        return (1 - beta) * weak + beta * own, uniform(weak)

    return Method(targets=targets)
