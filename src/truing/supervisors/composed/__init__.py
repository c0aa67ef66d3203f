"""Composed supervisors: combinations of others, and models that learn easy items."""

from truing.supervisors.composed import _combination, _easy_to_hard  # noqa: F401  (registers the built-in supervisors)
from truing.supervisors.composed._easiest import (
    EasyToHard,
    easiest,
    learnable,
    with_nested_arguments,
)
from truing.supervisors.composed._kinds import CombinedSupervisor, EasyToHardSupervisor
from truing.supervisors.composed._pool import (
    POOLS,
    Combination,
    Rule,
    agreed,
    filtered,
    pooled,
    score_sizes,
)

__all__ = [
    "POOLS",
    "Combination",
    "CombinedSupervisor",
    "EasyToHard",
    "EasyToHardSupervisor",
    "Rule",
    "agreed",
    "easiest",
    "filtered",
    "learnable",
    "pooled",
    "score_sizes",
    "with_nested_arguments",
]
