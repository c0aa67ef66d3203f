"""Routes of the judge's page: show the question, accept the answer, continue with the next one.

Only the cookie decides whose session a request belongs to, so no one can answer for another judge.
The pages have no access to the ground truth before a person has judged everything, and afterwards
only if the experiment allows it. After that, no answer can be changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from truing.errors import StorageError, UserError
from truing.oversight.people import Asked, Done, People
from truing.server._forms import form_fields
from truing.server._pages import page
from truing.server.judge._ask_page import ask_page, ended_early
from truing.server.judge._seat import Failed, JudgeSeat, Speaking


def judge_pages(people: People, reveal: bool = False, score: bool = False) -> APIRouter:
    """The pages of all people who judge.

    Args:
        people: the people and the questions that they judge.
        reveal: show the correct answers to a person who has judged everything.
        score: show the score to a person who has judged everything, and promise it before.
    """
    pages, router = _Pages(people, reveal, score), APIRouter()
    router.add_api_route("/", pages.look, response_model=None)
    router.add_api_route("/ready", pages.ready)
    router.add_api_route("/answer", pages.answer, methods=["POST"], response_model=None)
    return router


class _Pages:
    """The pages, with the seat of each person."""

    def __init__(self, people: People, reveal: bool, score: bool):
        self.people, self.reveal, self.score = people, reveal, score
        self.seats: dict[str, JudgeSeat] = {}

    async def look(self, request: Request, question: str = "") -> Response:
        """The next question, an earlier question, the waiting page, or the end."""
        seat = self._seat_of(request)
        before = await self._earlier(seat, question)
        found = before or await seat.look()
        if isinstance(found, Asked):
            return self._ask(seat, found)
        if isinstance(found, Done):
            return self._done(seat, found)
        return page("judge/wait.html", **_waiting(found))

    async def ready(self, request: Request) -> dict[str, bool]:
        """Whether a new page can be shown; requested by the waiting page."""
        return {"ready": not isinstance(await self._seat_of(request).look(), Speaking)}

    async def answer(self, request: Request) -> Response:
        """Store an answer to the current question, or change an earlier answer.

        An answer to any other question is ignored.
        """
        seat = self._seat_of(request)
        given = form_fields(await request.body())
        before = await self._earlier(seat, given.get("before", ""))
        asked = before or await seat.request(given.get("key", ""))
        if asked is None or given.get("key") != asked.key:
            return RedirectResponse("/", 303)
        seconds = seat.seconds(asked.key)
        if asked.what == "question":
            seat.sitting.ask(asked, given.get("question", ""), seconds)
            seat.asked = None
            return RedirectResponse("/", 303)
        try:
            percents, reason = _percents(asked, given), given.get("reason", "")
            if before:
                await seat.sitting.revise(asked, percents, reason, seconds)
            else:
                seat.sitting.judge(asked, percents, reason, seconds)
                seat.asked = None
        except (UserError, StorageError) as error:
            return self._ask(seat, asked, str(error), given, 422)
        return RedirectResponse("/", 303)

    def _seat_of(self, request: Request) -> JudgeSeat:
        person = request.scope["visitor"]
        if person not in self.seats:
            self.seats[person] = JudgeSeat(self.people.sitting(person))
        return self.seats[person]

    async def _earlier(self, seat: JudgeSeat, number: str) -> Asked | None:
        """The request for an earlier verdict; None if it cannot be changed."""
        if self._is_over(seat) or not (number.isascii() and number.isdigit() and len(number) < 6):
            return None
        return await seat.revisit(int(number))

    def _is_over(self, seat: JudgeSeat) -> bool:
        """Whether no verdict can be changed any more, because the person may know the truth."""
        ended = len(seat.sitting.judged) == len(seat.sitting.plays)
        return ended and (self.reveal or self.score)

    def _ask(self, seat: JudgeSeat, asked: Asked, *mistake: Any) -> Response:
        promised = self.score, self.reveal or self.score
        return ask_page(asked, seat.sitting, promised, *mistake)

    def _done(self, seat: JudgeSeat, found: Done) -> Response:
        """The end, with the score and the correct answers if the experiment allows it."""
        sitting = seat.sitting
        return page(
            "judge/done.html",
            plays=found.plays,
            solved=self.people.solve(sitting) if self.reveal else None,
            score=self.people.score(sitting) if self.score else None,
            back=found.plays if sitting.revisable and not self._is_over(seat) else 0,
            ended_early=ended_early(sitting, found.plays),
        )


def _waiting(found: Speaking | Failed) -> dict[str, Any]:
    if isinstance(found, Failed):
        return {"why": found.why, "number": None, "plays": None}
    return {"why": "", "number": found.number, "plays": found.plays}


def _percents(asked: Asked, given: Mapping[str, str]) -> dict[str, float]:
    """Percentages by letter.

    Raises:
        UserError: a value is not a number.
    """
    percents = {}
    for letter in asked.view.answers:
        text = given.get(f"percent-{letter}", "").strip().removesuffix("%")
        try:
            percents[letter] = float(text.replace(",", "."))
        except ValueError:
            raise UserError(
                f"answer {letter} must be a number from 0 to 100, got {text[:20]!r}"
            ) from None
    return percents
