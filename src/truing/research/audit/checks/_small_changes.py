"""Small-changes test: do predictions survive changes of the inputs that do not matter?"""

from __future__ import annotations

from truing.research.audit._case import TaskCase
from truing.research.audit._check import Check, Outcome
from truing.research.audit.checks._surroundings import compare

DIFFER = 0.05


def under_small_changes(case: TaskCase) -> Outcome:
    """Test whether answers change with white space or noise of 1e-6.

    Code that looks items up by their content, or by a hash of it, no longer finds them.
    """
    return compare(case, "nudged", DIFFER, "white space or noise of 1e-6 in the inputs", seed=True)


SMALL_CHANGES = Check(
    "small-changes",
    "test",
    "Do predictions survive changes of the inputs that do not matter (white space, 1e-6 noise)?",
    "Items are recognized by their exact content, such as a lookup of memorized labels. Unstable "
    "training can have the same effect.",
    ("usual", "again", "nudged", "reseeded"),
    of_task=under_small_changes,
)
