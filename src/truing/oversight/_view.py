"""View: what the judge's messages hold, in parts, for a judge who reads a page."""

from __future__ import annotations

from dataclasses import dataclass

from truing.oversight._prompts import Scene, private_notes, setting


@dataclass(frozen=True)
class Said:
    """A speech as the judge hears it.

    Attributes:
        round: from 1.
        name: of the speaker.
        text: quotes stand between `<v_quote>` (found in the hidden text) or `<u_quote>` (not).
    """

    round: int
    name: str
    text: str


@dataclass(frozen=True)
class View:
    """What the judge may see, and nothing else.

    Attributes:
        question: what is asked.
        answers: by their letters, as shown.
        setting: the rules that everybody knows, a line each.
        told: more that the protocol tells the judge.
        text: the hidden text, for a judge who may read it; else empty.
        said: every speech and question so far.
        notes: private reasoning, where the protocol lets the judge hear it.
    """

    question: str
    answers: dict[str, str]
    setting: tuple[str, ...]
    told: str
    text: str
    said: tuple[Said, ...]
    notes: tuple[str, ...]


def judge_view(scene: Scene) -> View:
    """The judge's view of what stands on the table."""
    judge, question = scene.rules.judge, scene.question
    return View(
        question.text,
        dict(zip(question.letters, question.choices, strict=True)),
        tuple(filter(None, setting(scene).split("\n"))),
        judge.told,
        question.hidden if judge.sees_hidden else "",
        tuple(Said(turn.round, turn.name, turn.speech.said) for turn in scene.turns),
        tuple(private_notes(scene.turns, "", judge.hears_reasoning_of)),
    )
