"""EM for a noisy channel between truth and weak label.

Sources: Dawid and Skene 1979; Bekker and Goldberger 2016 ("Training deep neural networks based on
unreliable labels"), equations 3 to 6; used for weak-to-strong training by Wen et al. 2026.
"""

from array_api_compat import array_namespace

from truing.methods._method import Method, harden, method, safe_log, uniform

ROUNDS = 128  # of a head: EM converges slowly where classes overlap
M_STEPS = 5  # of the channel in each round


@method("noisy-channel")
def noisy_channel(smoothing: float = 1.0, warmup: float = 0.2) -> Method:
    """EM: learn the supervisor's confusion matrix and what the truth then is (Bekker 2016).

    E-step: posterior of the truth of each item, with the student's belief as the prior and the
    channel's probability of the weak label as the likelihood (equation 3). M-step: the channel is
    the normalized sum of posteriors by weak label (equation 5), and the student learns the
    posterior (equation 6).

    A rule keeps no state, so that each round starts from the channel that the student's beliefs
    give and alternates M-step and E-step five times; Bekker and Goldberger carry their channel from
    round to round. A head gets 128 rounds. In fine-tuning each batch has its own channel.

    EM needs a start, and the source initializes the student with the weak labels too: an untrained
    student may converge with the classes exchanged. So the student learns the weak labels first.

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

    return Method(targets=targets, rounds=ROUNDS)


def posterior(weak, belief, smoothing):
    """(n, k) posterior of the truth; the channel is estimated by EM with the beliefs as the prior.

    Args:
        weak: (n, k) weak labels; the likeliest choice counts.
        belief: (n, k) prior of each item.
        smoothing: items added to every row of the channel.
    """
    found = belief
    for _ in range(1 + M_STEPS):
        found = e_step(weak, belief, m_step(weak, found, smoothing))
    return found


def m_step(weak, found, smoothing):
    """(k, k) channel: probability of each weak label (column) given each truth (row)."""
    xp = array_namespace(weak)
    joint = xp.matmul(found.T, harden(weak)) + smoothing * xp.mean(weak, axis=0)[None, :]
    return joint / xp.sum(joint, axis=1, keepdims=True)


def e_step(weak, belief, channel):
    """(n, k) posterior of the truth, given the channel (Bayes' rule)."""
    xp = array_namespace(weak)
    log = safe_log(belief) + xp.matmul(harden(weak), safe_log(channel).T)
    likely = xp.exp(log - xp.max(log, axis=1, keepdims=True))
    return likely / xp.sum(likely, axis=1, keepdims=True)
