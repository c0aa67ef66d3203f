"""Generalized cross entropy (Zhang and Sabuncu 2018, arXiv 1805.07836)."""

from array_api_compat import array_namespace

from truing.arguments import Share
from truing.methods._method import Method, harden, method


@method("gce")
def gce(q: Share = 0.7) -> Method:
    """Generalized cross entropy, a loss robust to label noise (Zhang and Sabuncu 2018).

    The loss is between cross entropy (q -> 0) and absolute error (q = 1).

    The gradient of the loss (1 - p_y^q) / q is that of cross entropy on the hard label y, times
    p_y^q. So labels that the student considers unlikely have less weight.

    Args:
        q: strength of this effect; the paper uses 0.7.
    """

    def targets(weak, belief, progress):
        xp = array_namespace(weak)
        label = harden(weak)
        return label, xp.sum(label * belief, axis=1) ** q

    return Method(targets=targets)
