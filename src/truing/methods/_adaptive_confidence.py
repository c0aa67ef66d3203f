"""Adaptive confidence (Guo et al. 2024, "Vision Superalignment", arXiv 2402.03749, equation 2)."""

from array_api_compat import array_namespace

from truing.methods._method import Method, harden, method, safe_log, uniform


@method("adaptive-confidence")
def adaptive_confidence(temperature: float = 0.5) -> Method:
    """Trust oneself item by item, as far as one's belief speaks (Guo et al. 2024, equation 2).

    Targets (1 - beta) weak + beta hardened belief with
    beta = exp(CE(p, own) / T) / (exp(CE(p, own) / T) + exp(CE(p, weak's choice) / T)).
    As published, beta is at most one half, reached where student and supervisor agree, and falls
    where the student disagrees confidently: the opposite of the words around the equation.

    Args:
        temperature: T; the authors' code uses 0.5.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, not {temperature}")

    def targets(weak, belief, progress):
        xp = array_namespace(weak)
        own = harden(belief)
        log = safe_log(belief)
        trust_own = -xp.sum(own * log, axis=1) / temperature
        trust_weak = -xp.sum(harden(weak) * log, axis=1) / temperature
        beta = (1 / (1 + xp.exp(trust_weak - trust_own)))[:, None]
        return (1 - beta) * weak + beta * own, uniform(weak)

    return Method(targets=targets)
