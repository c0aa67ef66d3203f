"""Prompts: the messages for each role, built only from the texts that the role may see."""

from truing.oversight.prompts._judges import (
    forecast_prompt,
    question_prompt,
    reminder_prompt,
    setting,
    verdict_prompt,
)
from truing.oversight.prompts._prompts import PROMPTS_VERSION, SHIPPED, Prompts
from truing.oversight.prompts._refining import (
    HELPFUL,
    critique_prompt,
    rating_prompt,
    rating_reminder,
    rewrite_prompt,
)
from truing.oversight.prompts._scene import Draft, Scene, Seat, Turn
from truing.oversight.prompts._speakers import choice_prompt, speaker_prompt
from truing.oversight.prompts._templates import Templates
from truing.oversight.prompts._variables import private_notes

__all__ = [
    "HELPFUL",
    "PROMPTS_VERSION",
    "SHIPPED",
    "Draft",
    "Prompts",
    "Scene",
    "Seat",
    "Templates",
    "Turn",
    "choice_prompt",
    "critique_prompt",
    "forecast_prompt",
    "private_notes",
    "question_prompt",
    "rating_prompt",
    "rating_reminder",
    "reminder_prompt",
    "rewrite_prompt",
    "setting",
    "speaker_prompt",
    "verdict_prompt",
]
