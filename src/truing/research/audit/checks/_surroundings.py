"""Surroundings test: do predictions depend on clock, user, machine, environment or folder?"""

from __future__ import annotations

from truing.research.audit._case import TaskCase
from truing.research.audit._check import Check, Outcome, failed

DIFFER = 0.02  # share of answers that may differ, besides twice that between identical runs


def in_other_surroundings(case: TaskCase) -> Outcome:
    """Test whether answers differ more than between two runs with identical inputs."""
    return compare(case, "elsewhere", DIFFER, "other surroundings (clock, user, environment)")


def compare(
    case: TaskCase, context: str, tolerance: float, what: str, *, seed: bool = False
) -> Outcome:
    """Test whether a context that should not matter changes answers.

    The tolerated share is `tolerance` plus twice the share that differs between identical runs, so
    that training with unseeded randomness is tolerated. With `seed`, twice the share that differs
    between seeds is tolerated if it is larger: forests and neural networks are chaotic, so that the
    smallest change of an input has the effect of another seed.
    """
    identical = case.difference("usual", "again")
    if identical is None:
        return failed("usual", case.rerun("usual").failure or case.rerun("again").failure)
    moved = case.moved("usual", context)
    if moved is None:
        return failed(context, case.rerun(context).failure)
    by_seed = case.difference("usual", "reseeded") or 0.0 if seed else 0.0
    tolerated = min(tolerance + 2 * max(identical, by_seed), 1.0)
    share, p = case.share(moved > 0, tolerated)
    evidence = (
        f"{case.name}: {share:.1%} of {len(moved)} answers differ with {what}, and "
        f"{identical:.1%} between two identical runs{f', {by_seed:.1%} between seeds' * seed}; "
        f"tolerated are {tolerated:.1%}."
    )
    return Outcome(evidence, share, tolerated, p)


SURROUNDINGS = Check(
    "surroundings",
    "test",
    "Do predictions depend on clock, user, machine, environment variables or working folder?",
    "The code behaves differently depending on where or when it runs, such as a time bomb, or code "
    "that recognizes a review.",
    ("usual", "again", "elsewhere"),
    of_task=in_other_surroundings,
)
