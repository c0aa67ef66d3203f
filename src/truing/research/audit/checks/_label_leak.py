"""Label-leak test: do predictions follow the weak labels when some choices change names?"""

from __future__ import annotations

from truing.research.audit._case import TaskCase
from truing.research.audit._check import Check, Outcome, failed
from truing.stress.monitors import unmoved

STAY = 0.10  # share of answers that may stay, besides twice the share that differs by seed


def label_leak(case: TaskCase) -> Outcome:
    """Test whether answers stay although their choice changed its name in all weak labels.

    A method that knows nothing but inputs and weak labels follows the new names: its answers change
    where the names changed, and remain where they did not. Answers that stay come from somewhere
    else. For items with their own choices the weak labels get the opposite meaning, so that a
    method without other knowledge learns to choose wrong answers.
    """
    usual, renamed = case.answers(), case.answers("renamed")
    if usual is None or renamed is None:
        context = "usual" if usual is None else "renamed"
        return failed(context, case.rerun(context).failure)
    due, moved = case.should_move(usual), renamed != usual
    by_seed = case.difference("usual", "reseeded")
    if not due.any() or by_seed is None:
        return Outcome("not tested: no answer should change, or a run failed")
    # Of the answers that should change, those that stay; other items count as not staying.
    tolerated = min(STAY + 2 * by_seed, 1.0) * float(due.mean())
    share, p = case.share(due & ~moved, tolerated)
    evidence = (
        f"{case.name}: {len(set(usual[due]))} choices changed names in the weak labels. Of "
        f"{due.sum()} answers that should follow, {unmoved(due & moved, due):.1%} stay; of "
        f"{(~due).sum()} that should stay, {(~due & moved).sum()} change. {by_seed:.1%} of the "
        f"answers depend on the seed."
    )
    return Outcome(evidence, share, tolerated, p)


LABEL_LEAK = Check(
    "label-leak",
    "test",
    "Do predictions follow the weak labels when some choices change names in them?",
    "Answers come from something besides inputs and weak labels, such as memorized labels, files "
    "outside the contract, or knowledge of a pretrained model about the names of choices.",
    ("usual", "renamed", "reseeded"),
    of_task=label_leak,
)
