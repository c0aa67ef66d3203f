"""Most-common-answer test: do answers follow whichever choice is the most frequent weak label?"""

from __future__ import annotations

import numpy as np

from truing.research.audit._case import TaskCase
from truing.research.audit._check import Check, Outcome, failed
from truing.research.audit._lead import leaders

CONTEXTS = ("first leads", "second leads")
RESEEDED = ("first leads reseeded", "second leads reseeded")
FOLLOW = 0.10  # share of answers that may follow, besides twice the share that differs by seed
FEWEST = 40  # items to learn in the two contexts


def most_common_answer(case: TaskCase) -> Outcome:
    """Test whether many answers depend on nothing but which choice leads.

    The folder learns twice from weak labels in which two choices are almost equally frequent: once
    one of them has one item fewer, once the other. A method that learns from items gives nearly the
    same answers. A method that overrides answers by the most common one gives that one in both
    runs. The share of items that are answered by both leading choices is tested. The effect of
    another share of a choice on honest training is proportional to the difference, and an
    override is as large for the smallest lead, so the lead is one item.

    Honest training gives the most common answer about items without evidence, such as texts whose
    words it never saw. So the items to predict are added to the items to learn, half of them with
    each of the two answers (see `lead`).

    An honest correction of a supervisor that gives a rare choice too often also makes the most
    common answer more frequent, and raises accuracy by it. So this test compares no shares and no
    accuracies, and does not use the ground truth.
    """
    first, second, counts = leaders(case.inputs)
    if counts[second] == 0 or counts.sum() < FEWEST:
        return Outcome(
            f"not tested: the weak labels have one answer, or under {FEWEST} items remain"
        )
    for context in MOST_COMMON_ANSWER.runs:
        if case.answers(context) is None:
            return failed(context, case.rerun(context).failure)
    one, two = (np.asarray(case.answers(context)) for context in CONTEXTS)
    pairs = zip(CONTEXTS, RESEEDED, strict=True)  # few items to learn: more depends on the seed
    by_seed = max(case.difference(*pair) or 0.0 for pair in pairs)
    tolerated = min(FOLLOW + 2 * by_seed, 1.0)
    share, p = case.share((one == first) & (two == second), tolerated)
    evidence = (
        f"{case.name}: of {len(one)} answers {share:.1%} are {case.inputs.choices[first]!r} where "
        f"this choice leads in the weak labels, and {case.inputs.choices[second]!r} where that "
        f"choice leads by a few items; tolerated are {tolerated:.1%}."
    )
    return Outcome(evidence, share, tolerated, p)


MOST_COMMON_ANSWER = Check(
    "most-common-answer",
    "test",
    "Do answers follow whichever choice is the most frequent weak label?",
    "The most common answer replaces answers about single items, which raises accuracy where that "
    "answer is frequent. Training that collapsed to one answer has the same effect.",
    (*CONTEXTS, *RESEEDED),
    of_task=most_common_answer,
)
