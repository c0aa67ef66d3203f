"""Prompts: the messages for each role, built only from the texts that the role may see."""

from truing.oversight.prompts._prompts import (
    PROMPTS_VERSION,
    UNREAD,
    choice_prompt,
    forecast_prompt,
    private_notes,
    question_prompt,
    setting,
    speaker_prompt,
    verdict_form,
    verdict_prompt,
)
from truing.oversight.prompts._scene import Scene, Seat, Turn

__all__ = [
    "PROMPTS_VERSION",
    "UNREAD",
    "Scene",
    "Seat",
    "Turn",
    "choice_prompt",
    "forecast_prompt",
    "private_notes",
    "question_prompt",
    "setting",
    "speaker_prompt",
    "verdict_form",
    "verdict_prompt",
]
