"""A person's place at the page; models write their speeches while the page waits."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from truing.errors import TruingError
from truing.oversight.people import Asked, Done, Sitting

PATIENCE = 0.4  # seconds that a request waits for models before it gets the waiting page
MOST_PATIENCE = 5.0  # seconds that an answer waits for its request, after a restart of the server


@dataclass(frozen=True)
class Speaking:
    """Models are writing their speeches.

    Attributes:
        number: number of the play, from 1.
        plays: number of plays of this person.
    """

    number: int
    plays: int


@dataclass(frozen=True)
class Failed:
    """A model gave no answer; the request is sent again when the person reloads the page.

    Attributes:
        why: the error message.
    """

    why: str


class JudgeSeat:
    """A person's sitting, the current request, and the running task that prepares the next page."""

    def __init__(self, sitting: Sitting):
        self.sitting = sitting
        self.work: asyncio.Task[Asked | Done] | None = None
        self.asked: Asked | None = None
        self.shown: dict[str, float] = {}  # time at which each question was first shown

    async def request(self, key: str) -> Asked | None:
        """The current request if it has this key; no answer is lost because the machine is slow."""
        if self.work or self.asked is None or self.asked.key != key:
            await self.look(MOST_PATIENCE)
        return self.asked if self.asked and self.asked.key == key else None

    async def look(self, patience: float | None = None) -> Asked | Done | Speaking | Failed:
        """State to show now; starts the models if they are not running.

        Several requests may wait at the same time. Only the first of them changes the seat, so that
        a later one does not bring back a request that was answered meanwhile.
        """
        if self.work is None:
            self.work = asyncio.create_task(self.sitting.moment())
        work, patience = self.work, PATIENCE if patience is None else patience
        done, _ = await asyncio.wait({work}, timeout=patience)
        if not done:
            judged, plays = len(self.sitting.judged), len(self.sitting.plays)
            return Speaking(min(judged + 1, plays), plays)
        first = self.work is work
        if first:
            self.work = self.asked = None
        try:
            found = work.result()
        except TruingError as error:
            return Failed(str(error))
        if isinstance(found, Asked):
            self.asked = found if first else self.asked
            self.shown.setdefault(found.key, time.monotonic())
        return found

    async def revisit(self, number: int) -> Asked | None:
        """The request for an earlier verdict; None if it cannot be changed."""
        found = await self.sitting.revisit(number)
        if found:
            self.shown.setdefault(found.key, time.monotonic())
        return found

    def seconds(self, key: str) -> float:
        """Seconds since a question was first shown."""
        return time.monotonic() - self.shown.get(key, time.monotonic())
