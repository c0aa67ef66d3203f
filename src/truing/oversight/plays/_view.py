"""View: the content of the judge's messages in parts, for a person who reads a page."""

from __future__ import annotations

from dataclasses import dataclass

from truing.oversight.prompts import Scene, private_notes, setting


@dataclass(frozen=True)
class Said:
    """A speech as the judge reads it.

    Attributes:
        round: number of the round, from 1.
        name: name of the speaker.
        text: text with quotes marked `<v_quote>` (found in the hidden text) or `<u_quote>` (not
            found).
    """

    round: int
    name: str
    text: str


@dataclass(frozen=True)
class View:
    """Everything that the judge may see.

    Attributes:
        question: text of the question.
        answers: answers by letter, in the order shown.
        setting: lines of the rules that every role reads.
        instructions: additional instructions of the protocol to the judge.
        text: the hidden text; empty if the judge may not read it.
        said: all speeches and questions so far.
        notes: private reasoning that the protocol shows to the judge.
    """

    question: str
    answers: dict[str, str]
    setting: tuple[str, ...]
    instructions: str
    text: str
    said: tuple[Said, ...]
    notes: tuple[str, ...]


def judge_view(scene: Scene) -> View:
    """The judge's view of the current state of a play."""
    judge, question = scene.rules.judge, scene.question
    return View(
        question.text,
        dict(zip(question.letters, question.choices, strict=True)),
        tuple(filter(None, setting(scene).split("\n"))),
        judge.instructions,
        question.hidden if judge.sees_hidden else "",
        tuple(Said(turn.round, turn.name, turn.speech.said) for turn in scene.turns),
        tuple(private_notes(scene.turns, "", judge.hears_reasoning_of)),
    )
