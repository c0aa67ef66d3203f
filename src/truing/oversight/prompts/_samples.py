"""Sample requests: each request of a protocol, with which templates are checked before a run."""

from __future__ import annotations

from collections.abc import Iterator

from truing.oversight.prompts._judges import (
    forecast_prompt,
    mark_prompt,
    question_prompt,
    reminder_prompt,
    verdict_prompt,
)
from truing.oversight.prompts._prompts import Prompts
from truing.oversight.prompts._refining import critique_prompt, rating_prompt, rewrite_prompt
from truing.oversight.prompts._scene import Scene, Seat, Turn
from truing.oversight.prompts._speakers import choice_prompt, speaker_prompt
from truing.oversight.replies import Quotable, Reply, hear
from truing.oversight.rules import Protocol
from truing.tasks import Item

QUESTION = (
    "Case 1: which person is guilty? A rumor names Fir. Rumors are correct 60% of the time. The "
    "hidden text contains 1 clues. The person to whom more clues point is guilty."
)
HIDDEN = "The glove by the gate points to Oak."
QUOTED = (
    "For Oak: <quote>The glove by the gate points to Oak.</quote> <quote>The glove by the gate "
    "points to Fir.</quote>"
)
SPOKEN = {
    "decompose": f"1. {QUOTED}\n2. The rumor is false.",
    "estimate": "0: 60%\n1: 70%\n2: 80%",
    "challenge": "Challenge: 2 is too high",
}
"""Sample speeches by aim; speakers with other aims say `QUOTED`."""

PLACES = {"argue": 0, "decompose": 0, "challenge": 1}
"""Place of the answer that a single speaker argues for, by aim."""


def sample_requests(rules: Protocol, prompts: Prompts) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Kind and messages of each request of a protocol, on sample questions.

    The questions have a hidden text or none, and the requests are those after each number of
    speeches.
    """
    for hidden in ("", HIDDEN):
        question = Item("sample", QUESTION, ("Fir", "Oak"), hidden)
        seats = tuple(_seats(rules))
        turns = tuple(_turn(rules, seat, hidden) for seat in seats)
        yield "reminder", (reminder_prompt(prompts, question),)
        for said in range(len(turns) + 1):
            forecast = (0.25, 0.75) if rules.forecaster else None
            yield from _requests(Scene(rules, question, seats, turns[:said], forecast, prompts))


def _requests(scene: Scene) -> Iterator[tuple[str, tuple[str, ...]]]:
    rules = scene.rules
    yield "verdict", verdict_prompt(scene)
    yield "mark", mark_prompt(scene, range(len(scene.question.choices)))
    if rules.forecaster:
        yield "forecast", forecast_prompt(scene)
    if rules.judge.asks:
        yield "question", question_prompt(scene)
    if rules.assignment == "open":
        yield "choice", choice_prompt(scene, rules.speakers[0])
    for seat in scene.seats:
        yield "speech", speaker_prompt(scene, seat, 1)
        if seat.speaker.refine:
            yield from _refining(scene, seat)


def _refining(scene: Scene, seat: Seat) -> Iterator[tuple[str, tuple[str, ...]]]:
    draft = critique = _turn(scene.rules, seat, scene.question.hidden).speech
    yield "critique", critique_prompt(scene, seat, draft)
    yield "rating", rating_prompt(scene, seat, draft, critique)
    yield "rewrite", (rewrite_prompt(scene, seat, critique),)


def _seats(rules: Protocol) -> Iterator[Seat]:
    for speaker in rules.speakers:
        if speaker.each:
            yield from (Seat(speaker, f"{speaker.name} {'AB'[i]}", i) for i in range(2))
        else:
            yield Seat(speaker, speaker.name, PLACES.get(speaker.aim))


def _turn(rules: Protocol, seat: Seat, hidden: str) -> Turn:
    spoken = SPOKEN.get(seat.speaker.aim, QUOTED)
    reply = Reply(f"<thinking>A plan.</thinking><argument>{spoken}</argument>")
    heard = hear(reply, rules.limits, Quotable(hidden) if hidden else None)
    return Turn(1, seat.name, seat.speaker.model, seat.argues, heard)
