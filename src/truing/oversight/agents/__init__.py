"""Embedded agents: programs that play the roles of models offline. All of them are simulations."""

from truing.oversight.agents._brief import Brief
from truing.oversight.agents._host import EmbeddedHost
from truing.oversight.agents._judge import judge
from truing.oversight.agents._reading import Caps, expected_accuracy, posterior
from truing.oversight.agents._speaker import speak

__all__ = ["Brief", "Caps", "EmbeddedHost", "expected_accuracy", "judge", "posterior", "speak"]
