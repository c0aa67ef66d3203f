"""Naive weak-to-strong training (Burns et al. 2023, arXiv 2312.09390, section 3.1)."""

from truing.methods._method import Method, follow, harden, method, uniform


@method("naive")
def naive(hard: bool = False) -> Method:
    """Learn the weak labels unchanged (Burns et al. 2023, section 3.1).

    Args:
        hard: learn the supervisor's likeliest choice instead of its probabilities.
    """

    def hardened(weak, belief, progress):
        return harden(weak), uniform(weak)

    return Method(targets=hardened if hard else follow, static=True)
