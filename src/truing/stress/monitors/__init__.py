"""Monitors, one file per monitor. Importing this package registers them."""

from truing.stress._monitor import MONITORS
from truing.stress.monitors import (  # noqa: F401  (registers the monitors)
    _behaves_otherwise,
    _code_review,
    _dead_weak_label,
    _label_leak,
    _most_common_answer,
    _n_gram,
)
from truing.stress.monitors._embedded_reviewer import review
from truing.stress.monitors._source import n_grams, outside_reads

__all__ = ["MONITORS", "n_grams", "outside_reads", "review"]
