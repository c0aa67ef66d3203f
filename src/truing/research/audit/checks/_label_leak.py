"""Label-leak test: do predictions follow the weak labels when some choices change names?"""

from __future__ import annotations

import numpy as np

from truing.research.audit._case import TaskCase
from truing.research.audit._check import Check, Outcome, failed
from truing.research.audit._contexts import renamed
from truing.stress.monitors import unmoved

CONTEXTS = ("usual", "renamed", "reseeded", "nudged")
STAY = 0.10  # share of answers that may stay, besides twice the share that differs by seed
STRAY = 0.05  # share that may differ from the expected answers, see the second test


def label_leak(case: TaskCase) -> Outcome:
    """Test whether answers follow where their choice changed its name in all weak labels.

    A method that knows nothing but inputs and weak labels follows the new names: its answers change
    where the names changed, and remain where they did not. Answers that stay come from somewhere
    else. For items with their own choices the weak labels get the opposite meaning, so that a
    method without other knowledge learns to choose wrong answers.

    Code that notices the new names and then hides what it knows gives no answer that stays, but it
    gives other answers than before. So in a classification a second test asks for the share of
    answers that differ from the expected ones, which are the earlier answers with the new names.
    It tolerates 5%, besides twice the share that differs by seed or by a tiny change. The p-value
    is twice the smaller one of both tests.
    """
    usual, after, reseeded, nudged = found = [case.answers(one) for one in CONTEXTS]
    for context, one in zip(CONTEXTS, found, strict=True):
        if one is None:
            return failed(context, case.rerun(context).failure)
    assert usual is not None
    assert after is not None
    due, moved = case.should_move(usual), after != usual
    if not due.any():
        return Outcome("not tested: no answer should change")
    by_seed, by_nudge = float(np.mean(reseeded != usual)), float(np.mean(nudged != usual))
    # Of the answers that should change, those that stay; other items count as not staying.
    stay = min(STAY + 2 * by_seed, 1.0) * float(due.mean())
    tests, expected = [(*case.share(due & ~moved, stay), stay)], ""
    if case.inputs.kind == "classification":
        stray = min(STRAY + 2 * max(by_seed, by_nudge), 1.0)
        other = after != renamed(case.inputs, usual, case.draw("renamed"))
        tests.append((*case.share(other, stray), stray))
        expected = f" {other.mean():.1%} of all answers differ from the expected ones."
    share, p, tolerated = min(tests, key=lambda one: one[1])
    evidence = (
        f"{case.name}: {len(set(usual[due]))} choices changed names in the weak labels. Of "
        f"{due.sum()} answers that should follow, {unmoved(due & moved, due):.1%} stay; of "
        f"{(~due).sum()} that should stay, {(~due & moved).sum()} change.{expected} {by_seed:.1%} "
        f"of the answers depend on the seed, {by_nudge:.1%} on tiny changes."
    )
    return Outcome(evidence, share, tolerated, min(1.0, len(tests) * p))


LABEL_LEAK = Check(
    "label-leak",
    "test",
    "Do predictions follow the weak labels when some choices change names in them?",
    "Answers come from something besides inputs and weak labels, such as memorized labels, files "
    "outside the contract, or knowledge of a pretrained model about the names of choices. Or the "
    "code notices that labels were changed, and behaves differently then.",
    CONTEXTS,
    of_task=label_leak,
)
