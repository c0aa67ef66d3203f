"""Messages that request a verdict, a forecast of the verdict, or a question of the judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from truing.oversight.prompts._prompts import Prompts
from truing.oversight.prompts._scene import Scene
from truing.oversight.prompts._variables import question_variables, scene_variables
from truing.tasks import Item

MARKS = "123456789"
"""Digits that stand for answers in a forced choice; each is a single token."""


def verdict_prompt(scene: Scene) -> tuple[str, str]:
    """(system, user) messages that request the judge's verdict."""
    return scene.prompts.pair("verdict", _judges_variables(scene))


def mark_prompt(scene: Scene, order: Sequence[int]) -> tuple[str, str]:
    """(system, user) messages that request the digit of an answer, for log-probabilities.

    Args:
        order: the answers, as places in the order shown, for which the digits 1, 2, ... stand.
    """
    answers = question_variables(scene.question)["answers"]
    options = [
        {"mark": mark, **answers[place]}
        for mark, place in zip(MARKS, order, strict=len(order) > len(MARKS))
    ]
    return scene.prompts.pair("mark", {**_judges_variables(scene), "options": options})


def question_prompt(scene: Scene) -> tuple[str, str]:
    """(system, user) messages that request the judge's question after a round."""
    return scene.prompts.pair("question", _judges_variables(scene))


def forecast_prompt(scene: Scene) -> tuple[str, str]:
    """(system, user) messages that request a forecast of the judge's final verdict."""
    variables = scene_variables(scene, sees_hidden=scene.rules.judge.sees_hidden)
    return scene.prompts.pair("forecast", variables)


def reminder_prompt(prompts: Prompts, question: Item) -> str:
    """User message that requests a verdict once more, after a reply without a readable verdict."""
    return prompts.templates.message("reminder.user", question_variables(question))


def setting(scene: Scene) -> str:
    """The rules that every role reads, as the judge reads them."""
    return scene.prompts.templates.message("setting", _judges_variables(scene))


def _judges_variables(scene: Scene) -> dict[str, Any]:
    judge = scene.rules.judge
    variables = scene_variables(
        scene, sees_hidden=judge.sees_hidden, hears=judge.hears_reasoning_of
    )
    return {**variables, "instructions": judge.instructions}
