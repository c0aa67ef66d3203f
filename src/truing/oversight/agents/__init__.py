"""Embedded agents: programs that play the roles of models offline. All of them are simulations."""

from truing.oversight.agents._answer import answer, answer_digit
from truing.oversight.agents._brief import Brief, side_of
from truing.oversight.agents._cues import CUES, confidence_cue, length_cue, sway
from truing.oversight.agents._host import EmbeddedHost
from truing.oversight.agents._judge import UNBIASED, choose, judge
from truing.oversight.agents._manner import LEAST_SURE, MOST_FILLERS, MOST_SURE, add_manner
from truing.oversight.agents._program import list_agents, read_program
from truing.oversight.agents._readable import check_readable
from truing.oversight.agents._reading import Caps, expected_accuracy, likelihood, posterior
from truing.oversight.agents._speaker import speak

__all__ = [
    "CUES",
    "LEAST_SURE",
    "MOST_FILLERS",
    "MOST_SURE",
    "UNBIASED",
    "Brief",
    "Caps",
    "EmbeddedHost",
    "add_manner",
    "answer",
    "answer_digit",
    "check_readable",
    "choose",
    "confidence_cue",
    "expected_accuracy",
    "judge",
    "length_cue",
    "likelihood",
    "list_agents",
    "posterior",
    "read_program",
    "side_of",
    "speak",
    "sway",
]
