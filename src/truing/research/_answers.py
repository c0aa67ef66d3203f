"""Answers: what a referee tells researchers besides receipts, as plain JSON values."""

from __future__ import annotations

from typing import TypedDict


class LeaderboardRow(TypedDict):
    """A method that beat the best before it, as every researcher may know it."""

    submission: int
    researcher: str
    family: str
    claim: str
    released: float


class ForumEntry(TypedDict):
    """A text in the forum; `number` is that of its entry."""

    number: int
    researcher: str
    text: str


class BudgetState(TypedDict):
    """Submissions: spent and left for a researcher, and the limits for each and for all."""

    spent: int
    left: int
    each: int
    all: int
