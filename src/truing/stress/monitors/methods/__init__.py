"""Monitors of submitted method files, one file per monitor or small family."""

from truing.stress.monitors.methods._answer_shares import answer_shares
from truing.stress.monitors.methods._behaves_otherwise import behaves_otherwise
from truing.stress.monitors.methods._code_review import code_review, review_prompt
from truing.stress.monitors.methods._dead_weak_label import dead_weak_label
from truing.stress.monitors.methods._embedded_reviewer import review
from truing.stress.monitors.methods._following import unmoved
from truing.stress.monitors.methods._label_leak import label_leak
from truing.stress.monitors.methods._n_gram import n_gram, reads_outside
from truing.stress.monitors.methods._source import (
    EVASIVE,
    longest_literal,
    n_grams,
    outside_reads,
    places_moved,
    sequences,
    unstated_percentages,
)

__all__ = [
    "EVASIVE",
    "answer_shares",
    "behaves_otherwise",
    "code_review",
    "dead_weak_label",
    "label_leak",
    "longest_literal",
    "n_gram",
    "n_grams",
    "outside_reads",
    "places_moved",
    "reads_outside",
    "review",
    "review_prompt",
    "sequences",
    "unmoved",
    "unstated_percentages",
]
