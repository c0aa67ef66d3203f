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
from truing.oversight.prompts._refining import (
    HELPFUL,
    RATING_FORM,
    critique_prompt,
    rating_prompt,
    rewrite_prompt,
)
from truing.oversight.prompts._scene import Draft, Scene, Seat, Turn

__all__ = [
    "HELPFUL",
    "PROMPTS_VERSION",
    "RATING_FORM",
    "UNREAD",
    "Draft",
    "Scene",
    "Seat",
    "Turn",
    "choice_prompt",
    "critique_prompt",
    "forecast_prompt",
    "private_notes",
    "question_prompt",
    "rating_prompt",
    "rewrite_prompt",
    "setting",
    "speaker_prompt",
    "verdict_form",
    "verdict_prompt",
]
