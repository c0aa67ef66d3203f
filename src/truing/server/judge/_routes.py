"""Routes of the judge's page: show the question, accept the answer, continue with the next one.

Only the cookie decides whose session a request belongs to, so no one can answer for another judge.
The pages have no access to the ground truth before a person has judged everything, and afterwards
only if the experiment allows it.
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
from truing.server._speech import SpeechPart, split_speech
from truing.server.judge._seat import Failed, JudgeSeat, Speaking


def judge_pages(people: People, reveal: bool = False) -> APIRouter:
    """The pages of all people who judge.

    Args:
        people: the people and the questions that they judge.
        reveal: show the correct answers to a person who has judged everything.
    """
    router = APIRouter()
    seats: dict[str, JudgeSeat] = {}

    def seat_of(request: Request) -> JudgeSeat:
        person = request.scope["visitor"]
        if person not in seats:
            seats[person] = JudgeSeat(people.sitting(person))
        return seats[person]

    @router.get("/")
    async def look(request: Request) -> Response:
        """The next question, the waiting page, or the end."""
        seat = seat_of(request)
        found = await seat.look()
        if isinstance(found, Asked):
            return _ask(found)
        if isinstance(found, Done):
            solved = people.solve(seat.sitting) if reveal else None
            return page("judge/done.html", plays=found.plays, solved=solved)
        return page("judge/wait.html", **_waiting(found))

    @router.get("/ready")
    async def ready(request: Request) -> dict[str, bool]:
        """Whether a new page can be shown; requested by the waiting page."""
        return {"ready": not isinstance(await seat_of(request).look(), Speaking)}

    @router.post("/answer")
    async def answer(request: Request) -> Response:
        """Store an answer to the current question; an answer to any other question is ignored."""
        seat = seat_of(request)
        given = form_fields(await request.body())
        asked = await seat.look()
        if not isinstance(asked, Asked) or given.get("key") != asked.key:
            return RedirectResponse("/", 303)
        seconds = seat.seconds(asked.key)
        if asked.what == "question":
            seat.sitting.ask(asked, given.get("question", ""), seconds)
            return RedirectResponse("/", 303)
        try:
            seat.sitting.judge(asked, _percents(asked, given), given.get("reason", ""), seconds)
        except (UserError, StorageError) as error:
            return _ask(asked, str(error), given, 422)
        return RedirectResponse("/", 303)

    return router


def _ask(
    asked: Asked, error: str = "", given: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    view = asked.view
    rounds: dict[int, list[tuple[str, list[SpeechPart]]]] = {}
    for one in view.said:
        rounds.setdefault(one.round, []).append((one.name, list(split_speech(one.text))))
    voices = {name: i for i, name in enumerate(dict.fromkeys(one.name for one in view.said))}
    return page(
        "judge/ask.html",
        status,
        asked=asked,
        view=view,
        rounds=rounds,
        voices=voices,
        error=error,
        given=given or {},
        quoted=any(part.kind != "text" for r in rounds.values() for _, p in r for part in p),
        even=100 / len(view.answers),
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
