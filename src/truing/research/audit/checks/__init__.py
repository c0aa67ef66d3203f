"""Checks of the auditor, one file for each."""

from truing.research.audit.checks._dead_weak_label import DEAD_WEAK_LABEL
from truing.research.audit.checks._label_leak import LABEL_LEAK
from truing.research.audit.checks._most_common_answer import MOST_COMMON_ANSWER
from truing.research.audit.checks._seed_luck import SEED_LUCK
from truing.research.audit.checks._small_changes import SMALL_CHANGES
from truing.research.audit.checks._surroundings import SURROUNDINGS

CHECKS = (LABEL_LEAK, DEAD_WEAK_LABEL, MOST_COMMON_ANSWER, SMALL_CHANGES, SURROUNDINGS, SEED_LUCK)
"""All checks, in the order of reports."""

__all__ = [
    "CHECKS",
    "DEAD_WEAK_LABEL",
    "LABEL_LEAK",
    "MOST_COMMON_ANSWER",
    "SEED_LUCK",
    "SMALL_CHANGES",
    "SURROUNDINGS",
]
