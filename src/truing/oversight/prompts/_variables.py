"""Variables: the facts that templates read, derived from a scene for one reader.

A scene contains no ground truth. The hidden text, private reasoning and nearest passages are
variables only for a reader that may see them, so no template can show them to another role.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from truing.oversight.prompts._scene import Scene, Seat, Turn
from truing.oversight.tools import SEARCH
from truing.tasks import Item
from truing.wording import listed

Variables = Mapping[str, Any]


def scene_variables(
    scene: Scene, *, sees_hidden: bool, own: str = "", hears: Sequence[str] = ()
) -> dict[str, Any]:
    """Variables of all templates, for one reader.

    Args:
        scene: the state of the play.
        sees_hidden: whether the reader sees the hidden text.
        own: name of the reader's seat.
        hears: names of the speakers whose private reasoning the reader may see.
    """
    rules, question = scene.rules, scene.question
    return {
        **question_variables(question),
        "hidden_text": question.hidden if sees_hidden else "",
        "has_hidden_text": bool(question.hidden),
        "readers": listed(_readers(scene)),
        "searchers": listed(_searchers(scene)),
        "seats": [_seat(question, seat) for seat in scene.seats],
        "speakers": _speakers(scene),
        "rounds": rules.rounds,
        "order": rules.order,
        "limits": vars(rules.limits),
        "turns": [_turn(one, one.speech.said) for one in scene.turns],
        "notes": [
            _turn(one, one.speech.reasoning) for one in private_turns(scene.turns, own, hears)
        ],
    }


def question_variables(question: Item) -> dict[str, Any]:
    """The variables that do not depend on the reader: the question and its answers."""
    answers = [_answer(question, place) for place in range(len(question.choices))]
    return {"question": question.text, "answers": answers}


def unverified_quotes(turns: Sequence[Turn], own: str, sees_hidden: bool) -> list[Variables]:
    """Quotes of a speaker that were not found, with the nearest passage if it sees the text."""
    return [
        {
            "round": turn.round,
            "text": quote.text,
            "nearest": quote.nearest if quote.nearest and sees_hidden else "",
        }
        for turn in turns
        if turn.name == own
        for quote in turn.speech.quotes
        if not quote.verified
    ]


def forecast_shares(scene: Scene) -> list[Variables]:
    """Forecast probability of each answer; empty without a forecast."""
    letters = scene.question.letters
    return [
        {"letter": letter, "probability": f"{p:.0%}"}
        for letter, p in zip(letters, scene.forecast or (), strict=bool(scene.forecast))
    ]


def argued_answer(question: Item, seat: Seat) -> Variables | None:
    """The answer that a seat argues for; None if there is none."""
    return None if seat.argues is None else _answer(question, seat.argues)


def private_turns(turns: Sequence[Turn], own: str, others: Sequence[str]) -> list[Turn]:
    """Turns whose private reasoning a reader may see: its own, and those that the rules name.

    Args:
        own: name of the reader's seat.
        others: names of the speakers whose reasoning the reader may see.
    """
    return [
        turn
        for turn in turns
        if turn.speech.reasoning and (turn.name == own or _is_one_of(turn.name, others))
    ]


def private_notes(turns: Sequence[Turn], own: str, others: Sequence[str]) -> list[str]:
    """Private reasoning that a reader may see, each with its round and author."""
    return [
        f"[round {turn.round}, {turn.name}] {turn.speech.reasoning}"
        for turn in private_turns(turns, own, others)
    ]


def _is_one_of(name: str, speakers: Sequence[str]) -> bool:
    return any(name == one or name.startswith(f"{one} ") for one in speakers)


def _answer(question: Item, place: int) -> Variables:
    return {"letter": question.letters[place], "text": question.choices[place]}


def _seat(question: Item, seat: Seat) -> Variables:
    answer = argued_answer(question, seat)
    return {"name": seat.name, "aim": seat.speaker.aim, "answer": answer}


def _turn(turn: Turn, text: str) -> Variables:
    return {"round": turn.round, "name": turn.name, "text": text}


def _readers(scene: Scene) -> list[str]:
    """The roles that see the hidden text."""
    seats = [seat.name for seat in scene.seats if seat.speaker.sees_hidden]
    return [*seats, *(["the judge"] if scene.rules.judge.sees_hidden else [])]


def _searchers(scene: Scene) -> list[str]:
    """The roles that can search the hidden text, but do not see it."""
    seats = [
        seat.name
        for seat in scene.seats
        if SEARCH in seat.speaker.tools and not seat.speaker.sees_hidden
    ]
    judge = scene.rules.judge
    return [*seats, *(["the judge"] if SEARCH in judge.tools and not judge.sees_hidden else [])]


def _speakers(scene: Scene) -> list[str]:
    """`the debaters`; `the consultant` and `the advocate`."""
    return [
        f"the {speaker.name.lower()}{'s' if speaker.each else ''}"
        for speaker in scene.rules.speakers
    ]
