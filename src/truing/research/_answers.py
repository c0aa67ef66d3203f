"""Answers: the plain JSON values that a referee returns to researchers, except receipts."""

from __future__ import annotations

from typing import TypedDict


class LeaderboardRow(TypedDict):
    """A method that raised the best released score, as all researchers see it."""

    submission: int
    researcher: str
    family: str
    claim: str
    released: float


class ForumEntry(TypedDict):
    """A finding in the forum; `number` is the number of its entry in the ledger."""

    number: int
    researcher: str
    text: str


class BudgetState(TypedDict):
    """Numbers of submissions: spent and left for a researcher, and the limits for each and all."""

    spent: int
    left: int
    each: int
    all: int
