"""Embedded agents: programs that play the roles of models offline. All of them are simulations."""

from truing.oversight.agents._answer import answer
from truing.oversight.agents._brief import Brief, side_of
from truing.oversight.agents._host import EmbeddedHost
from truing.oversight.agents._judge import judge
from truing.oversight.agents._manner import add_manner
from truing.oversight.agents._program import read_program
from truing.oversight.agents._readable import check_readable
from truing.oversight.agents._reading import Caps, expected_accuracy, posterior
from truing.oversight.agents._speaker import speak

__all__ = [
    "Brief",
    "Caps",
    "EmbeddedHost",
    "add_manner",
    "answer",
    "check_readable",
    "expected_accuracy",
    "judge",
    "posterior",
    "read_program",
    "side_of",
    "speak",
]
