"""Researchers that run in this process: a search, and random choice as its control."""

from truing.research.researchers import _random, _search  # noqa: F401  (registers them)
from truing.research.researchers._given import give_researchers
from truing.research.researchers._prune import Pruner
from truing.research.researchers._researcher import (
    RESEARCHERS,
    Proposer,
    Researcher,
    Trial,
    researcher,
)

__all__ = [
    "RESEARCHERS",
    "Proposer",
    "Pruner",
    "Researcher",
    "Trial",
    "give_researchers",
    "researcher",
]
