"""EM for a noisy channel between truth and weak label.

Sources: Dawid and Skene 1979; Bekker and Goldberger 2016 ("Training deep neural networks based on
unreliable labels"), equations 3 to 6; used for weak-to-strong training by Wen et al. 2026.
"""

from array_api_compat import array_namespace

from truing.methods._method import Method, harden, method, safe_log, uniform


@method("noisy-channel")
def noisy_channel(smoothing: float = 1.0, warmup: float = 0.2) -> Method:
    """EM: learn the supervisor's confusion matrix and what the truth then is (Bekker 2016).

    E-step: posterior(truth) of every item from the student's belief as the prior and the channel's
    probability of the weak label. M-step: the channel from the posterior, the student from it too.
    EM needs a start: at first the student learns the weak labels. Without, a student that knows
    nothing yet may settle with the classes exchanged.

    Args:
        smoothing: items added to every row of the channel, spread as the weak labels are.
        warmup: share of the training that learns the weak labels; the first step always does.
    """
    if not 0 < smoothing < float("inf"):
        raise ValueError(f"smoothing must be above 0 and finite, not {smoothing}")
    if not 0 <= warmup <= 1:
        raise ValueError(f"warmup must lie in [0, 1], not {warmup}")

    def targets(weak, belief, progress):
        if progress == 0 or progress < warmup:
            return weak, uniform(weak)
        return posterior(weak, belief, smoothing), uniform(weak)

    return Method(targets=targets)


def posterior(weak, belief, smoothing):
    """(n, k) what the truth is: the channel by the beliefs, then Bayes' rule for every item."""
    xp = array_namespace(weak)
    label = harden(weak)
    spread = xp.mean(weak, axis=0)
    joint = xp.matmul(belief.T, label) + smoothing * spread[None, :]  # (truth, weak)
    channel = joint / xp.sum(joint, axis=1, keepdims=True)
    log = safe_log(belief) + xp.matmul(label, safe_log(channel).T)
    likely = xp.exp(log - xp.max(log, axis=1, keepdims=True))
    return likely / xp.sum(likely, axis=1, keepdims=True)
