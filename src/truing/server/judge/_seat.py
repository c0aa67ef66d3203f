"""Seat: one person at the page; models speak behind it while the page waits."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from truing.errors import TruingError
from truing.oversight.people import Asked, Done, Sitting

PATIENCE = 0.4  # seconds that a page is kept waiting for models


@dataclass(frozen=True)
class Speaking:
    """Models are at work.

    Attributes:
        number, plays: which play this is, from 1, and how many there are.
    """

    number: int
    plays: int


@dataclass(frozen=True)
class Failed:
    """A model gave no answer; it is asked again when the person says so."""

    why: str


class JudgeSeat:
    """A person's sitting, with the work that is under way for it."""

    def __init__(self, sitting: Sitting):
        self.sitting = sitting
        self.work: asyncio.Task[Asked | Done] | None = None
        self.shown: dict[str, float] = {}  # when each question was first seen

    async def look(self) -> Asked | Done | Speaking | Failed:
        """What is to be shown now; models are set to work if they are not."""
        if self.work is None:
            self.work = asyncio.create_task(self.sitting.moment())
        done, _ = await asyncio.wait({self.work}, timeout=PATIENCE)
        if not done:
            judged, plays = len(self.sitting.judged), len(self.sitting.plays)
            return Speaking(min(judged + 1, plays), plays)
        work, self.work = self.work, None
        try:
            found = work.result()
        except TruingError as error:
            return Failed(str(error))
        if isinstance(found, Asked):
            self.shown.setdefault(found.key, time.monotonic())
        return found

    def seconds(self, key: str) -> float:
        """How long a question has been on the page."""
        return time.monotonic() - self.shown.get(key, time.monotonic())
