"""Expectation maximization (EM) for a noisy channel between ground truth and weak label.

Sources: Dawid and Skene 1979; Bekker and Goldberger 2016 ("Training deep neural networks based on
unreliable labels"), equations 3 to 6; used for weak-to-strong training by Wen et al. 2026.
"""

from typing import Annotated

from array_api_compat import array_namespace

from truing.arguments import ShareOrZero, Within
from truing.methods._method import Method, harden, method, safe_log, uniform

ROUNDS = 128  # of a head: EM converges slowly if classes overlap
M_STEPS = 5  # number of M-steps of the channel in each round


@method("noisy-channel")
def noisy_channel(
    smoothing: Annotated[float, Within("(0, inf)")] = 1.0, warmup: ShareOrZero = 0.2
) -> Method:
    """Estimate confusion matrix and true labels by EM (Bekker and Goldberger 2016).

    E-step: the posterior of the true label of each item, with the student's belief as the prior and
    the channel's probability of the weak label as the likelihood (equation 3). M-step: the channel
    is the normalized sum of posteriors by weak label (equation 5), and the student learns the
    posterior (equation 6).

    A rule has no state. So each round estimates the channel from the student's beliefs and then
    repeats E-step and M-step five times; Bekker and Goldberger carry their channel from round to
    round. A head gets 128 rounds. In fine-tuning each batch has its own channel.

    The student first learns the weak labels, as in the source: from an untrained student EM may
    converge with the classes exchanged.

    Args:
        smoothing: number of items that are added to each row of the channel, distributed like the
            weak labels.
        warmup: share of the training in which the student learns the weak labels; the first step
            always does.
    """

    def targets(weak, belief, progress):
        if progress == 0 or progress < warmup:
            return weak, uniform(weak)
        return posterior(weak, belief, smoothing), uniform(weak)

    return Method(targets=targets, rounds=ROUNDS)


def posterior(weak, belief, smoothing):
    """(n, k) posterior of the true labels; EM estimates the channel, with beliefs as the prior.

    Args:
        weak: (n, k) weak labels; only the likeliest choice is used.
        belief: (n, k) prior of each item.
        smoothing: number of items that are added to each row of the channel.
    """
    xp = array_namespace(weak)
    labels, prior, found = harden(weak), safe_log(belief), belief
    added = smoothing * xp.mean(weak, axis=0)[None, :]
    for _ in range(1 + M_STEPS):
        found = e_step(labels, prior, m_step(labels, found, added))
    return found


def m_step(labels, found, added):
    """(k, k) channel: probability of each weak label (column) given each true label (row)."""
    xp = array_namespace(labels)
    joint = xp.matmul(found.T, labels) + added
    return joint / xp.sum(joint, axis=1, keepdims=True)


def e_step(labels, prior, channel):
    """(n, k) posterior of the true labels, given log priors and the channel (Bayes' rule)."""
    xp = array_namespace(labels)
    log = prior + xp.matmul(labels, safe_log(channel).T)
    likely = xp.exp(log - xp.max(log, axis=1, keepdims=True))
    return likely / xp.sum(likely, axis=1, keepdims=True)
