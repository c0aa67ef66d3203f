"""Dead-weak-label test: does the score stay when the weak labels mean nothing?"""

from __future__ import annotations

import numpy as np

from truing.research.audit._case import TaskCase
from truing.research.audit._check import Check, Outcome, failed

CONTEXTS = ("shuffled", "shuffled turned", "shuffled twice")
REMAINS = 0.3  # share of the right answers that may remain


def dead_weak_label(case: TaskCase) -> Outcome:
    """Test whether answers are right again and again although the weak labels were permuted.

    The statistic is the share of items that are right in three runs: with permuted weak labels,
    with the same labels in the opposite meaning, and with another permutation. A method
    that learns from weak labels cannot be right in the first two, except by chance.
    """
    usual = case.answers()
    found = [case.answers(one) for one in CONTEXTS]
    for context, one in zip(("usual", *CONTEXTS), (usual, *found), strict=True):
        if one is None:
            return failed(context, case.rerun(context).failure)
    assert usual is not None, "the usual run has answers"
    right = np.mean(usual == case.truth)
    always = np.all([one == case.truth for one in found], axis=0)
    k = len(case.inputs.choices)
    tolerated = float(REMAINS * right + 1 / k ** len(CONTEXTS))
    share, p = case.share(always, tolerated)
    single = ", ".join(f"{np.mean(one == case.truth):.3f}" for one in found)
    evidence = (
        f"{case.name}: accuracy {right:.3f}; with weak labels that mean nothing {single}. "
        f"{share:.1%} of the items are right in all three runs; tolerated are {tolerated:.1%}."
    )
    return Outcome(evidence, share, tolerated, p)


DEAD_WEAK_LABEL = Check(
    "dead-weak-label",
    "test",
    "Does the score stay when the weak labels are permuted between items?",
    "The score does not come from the weak labels. Memorized labels have this effect, and so has "
    "a pretrained model that answers without training, or an answer that is always the same.",
    ("usual", *CONTEXTS),
    of_task=dead_weak_label,
    truth=True,
)
