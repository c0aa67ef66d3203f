"""Prompts: supervisors that ask a language model for labels, without training."""

from truing.supervisors.prompts import _asked  # noqa: F401  (registers the built-in supervisors)
from truing.supervisors.prompts._kind import PromptedSupervisor
from truing.supervisors.prompts._prompted import (
    Prompted,
    beliefs_of_answers,
    draw_shots,
    examples_text,
)

__all__ = ["Prompted", "PromptedSupervisor", "beliefs_of_answers", "draw_shots", "examples_text"]
