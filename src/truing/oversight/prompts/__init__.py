"""Prompts: the messages for each role, built only from the texts that the role may see."""

from truing.oversight.prompts._check import check_requests
from truing.oversight.prompts._declared import TEMPLATES, Declared
from truing.oversight.prompts._examples import Example, check_examples
from truing.oversight.prompts._folder import give_prompts, load_prompts, write_prompts
from truing.oversight.prompts._judges import (
    MARKS,
    forecast_prompt,
    mark_prompt,
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
from truing.oversight.prompts._samples import sample_requests
from truing.oversight.prompts._scene import Draft, Scene, Seat, Turn
from truing.oversight.prompts._speakers import choice_prompt, speaker_prompt
from truing.oversight.prompts._templates import Templates, parse_template
from truing.oversight.prompts._variables import private_notes

__all__ = [
    "HELPFUL",
    "MARKS",
    "PROMPTS_VERSION",
    "SHIPPED",
    "TEMPLATES",
    "Declared",
    "Draft",
    "Example",
    "Prompts",
    "Scene",
    "Seat",
    "Templates",
    "Turn",
    "check_examples",
    "check_requests",
    "choice_prompt",
    "critique_prompt",
    "forecast_prompt",
    "give_prompts",
    "load_prompts",
    "mark_prompt",
    "parse_template",
    "private_notes",
    "question_prompt",
    "rating_prompt",
    "rating_reminder",
    "reminder_prompt",
    "rewrite_prompt",
    "sample_requests",
    "setting",
    "speaker_prompt",
    "verdict_prompt",
    "write_prompts",
]
