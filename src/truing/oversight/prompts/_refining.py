"""Messages of critique-and-refine: a critique of a draft, its rating, and the rewritten draft.

The critic reads what the speaker reads, except private reasoning. The reader reads what the judge
reads, the draft and the critique. Both read the draft as the judge would read it.
"""

from __future__ import annotations

from typing import Any

from truing.oversight.prompts._prompts import Prompts
from truing.oversight.prompts._scene import Scene, Seat
from truing.oversight.prompts._variables import argued_answer, forecast_shares, scene_variables
from truing.oversight.replies import Speech

HELPFUL = "YN"
"""Letters of a rating: the critique is helpful, or it is not."""

RATED = {
    "question": "Is the critique helpful?",
    "answers": [{"letter": letter, "text": letter} for letter in HELPFUL],
}


def critique_prompt(scene: Scene, seat: Seat, draft: Speech) -> tuple[str, str]:
    """(system, user) messages that request a critique of a draft, for its author."""
    variables = scene_variables(scene, sees_hidden=seat.speaker.sees_hidden)
    return scene.prompts.pair("critique", {**variables, **_drafted(scene, seat, draft)})


def rating_prompt(scene: Scene, seat: Seat, draft: Speech, critique: Speech) -> tuple[str, str]:
    """(system, user) messages that ask a reader whether a critique helps the author of a draft."""
    judge = scene.rules.judge
    variables = {
        **scene_variables(scene, sees_hidden=judge.sees_hidden, hears=judge.hears_reasoning_of),
        **_drafted(scene, seat, draft),
        "critique": critique.said,
        "rating_form": scene.prompts.templates.message("verdict_form", RATED),
    }
    return scene.prompts.pair("rating", variables)


def rating_reminder(prompts: Prompts) -> str:
    """User message that requests a rating once more, after a reply without a readable rating."""
    return prompts.templates.message("reminder.user", RATED)


def rewrite_prompt(scene: Scene, seat: Seat, critique: Speech) -> str:
    """User message, after a draft and in answer to it, that requests the rewritten draft."""
    variables = {"name": seat.name, "critique": critique.said}
    return scene.prompts.templates.message("rewrite.user", variables)


def _drafted(scene: Scene, seat: Seat, draft: Speech) -> dict[str, Any]:
    """Variables of a draft and of its author's task."""
    return {
        "name": seat.name,
        "aim": seat.speaker.aim,
        "answer": argued_answer(scene.question, seat),
        "forecast": forecast_shares(scene),
        "draft": draft.said,
    }
