"""Reverse Kullback-Leibler divergence (Yao et al. 2025, arXiv 2502.11107)."""

from array_api_compat import array_namespace

from truing.methods._method import Method, method, safe_log, uniform


@method("reverse-kl")
def reverse_kl(floor: float = 1e-3) -> Method:
    """Minimise KL(belief || weak), which seeks a mode instead of covering all (Yao et al. 2025).

    Its gradient by the logits is p_j (log p_j - log w_j - KL), so that targets = belief - gradient.

    Args:
        floor: weak labels below it are taken as it, or one sure error would outweigh everything.
    """
    if not 0 < floor < 0.5:
        raise ValueError(f"floor must lie in (0, 0.5), not {floor}")

    def targets(weak, belief, progress):
        xp = array_namespace(weak)
        ratio = safe_log(belief) - safe_log(weak, floor)
        divergence = xp.sum(belief * ratio, axis=1, keepdims=True)
        return belief - belief * (ratio - divergence), uniform(weak)

    return Method(targets=targets)
