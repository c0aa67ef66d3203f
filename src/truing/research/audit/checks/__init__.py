"""Checks of the auditor, one file for each."""

from truing.research.audit.checks._dead_weak_label import DEAD_WEAK_LABEL
from truing.research.audit.checks._failed_runs import failed_runs
from truing.research.audit.checks._flipped_answers import FLIPPED_ANSWERS
from truing.research.audit.checks._judge import JUDGE, messages, read_reply
from truing.research.audit.checks._label_leak import LABEL_LEAK
from truing.research.audit.checks._most_common_answer import MOST_COMMON_ANSWER
from truing.research.audit.checks._outside import OUTSIDE
from truing.research.audit.checks._overlap import OVERLAP
from truing.research.audit.checks._plan import PLAN
from truing.research.audit.checks._seed_copies import SEED_COPIES
from truing.research.audit.checks._seed_luck import SEED_LUCK, best_of, exchange_p, screen_p
from truing.research.audit.checks._small_changes import SMALL_CHANGES
from truing.research.audit.checks._surroundings import SURROUNDINGS

_WITH_USUAL_LABELS = (LABEL_LEAK, SMALL_CHANGES, SURROUNDINGS)
FAILED_RUNS = failed_runs(context for check in _WITH_USUAL_LABELS for context in check.runs)
CHECKS = (
    LABEL_LEAK,
    DEAD_WEAK_LABEL,
    MOST_COMMON_ANSWER,
    SMALL_CHANGES,
    SURROUNDINGS,
    FAILED_RUNS,
    SEED_LUCK,
    FLIPPED_ANSWERS,
    SEED_COPIES,
    OVERLAP,
    OUTSIDE,
    PLAN,
    JUDGE,
)
"""All checks, in the order of reports."""

__all__ = [
    "CHECKS",
    "DEAD_WEAK_LABEL",
    "FAILED_RUNS",
    "FLIPPED_ANSWERS",
    "JUDGE",
    "LABEL_LEAK",
    "MOST_COMMON_ANSWER",
    "OUTSIDE",
    "OVERLAP",
    "PLAN",
    "SEED_COPIES",
    "SEED_LUCK",
    "SMALL_CHANGES",
    "SURROUNDINGS",
    "best_of",
    "exchange_p",
    "messages",
    "read_reply",
    "screen_p",
]
