"""Co-teaching (Han et al. 2018, arXiv 1804.06872)."""

from array_api_compat import array_namespace

from truing.methods._method import Method, harden, method, ramp, safe_log, top_share


@method("co-teaching")
def co_teaching(forget: float = 0.2, warmup: float = 0.2) -> Method:
    """Two students, each learning the items of small loss under the other (Han et al. 2018).

    The share kept falls linearly from one to 1 - forget. Two convex heads would be the same student
    twice; here they differ by resampled items (bagging), as the paper's differ by initialisation.
    On planted noise it beats naive training when told the true error rate; told less, it loses.
    Items of equal loss are kept in equal part.

    Args:
        forget: share of items that is dropped in the end; the supervisor's error rate, if known.
        warmup: share of the training over which it is reached.
    """
    if not 0 <= forget < 1:
        raise ValueError(f"forget must lie in [0, 1), not {forget}")
    if not 0 <= warmup <= 1:
        raise ValueError(f"warmup must lie in [0, 1], not {warmup}")

    def targets(weak, peer, progress):
        xp = array_namespace(weak)
        label = harden(weak)
        loss = -xp.sum(label * safe_log(peer), axis=1)
        dropped = forget * ramp(progress, warmup)
        return label, top_share(-loss, round((1 - dropped) * weak.shape[0]))

    return Method(targets=targets, members=2, peers=True)
