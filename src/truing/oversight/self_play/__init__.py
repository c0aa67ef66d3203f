"""Self-play: an honest and a dishonest side that learn to win before a judge."""

from truing.oversight.self_play._cases import CasesWorld
from truing.oversight.self_play._equilibrium import matrix_value
from truing.oversight.self_play._learners import (
    LEARNERS,
    ExpertIteration,
    Learner,
    Moves,
    PolicyGradient,
)
from truing.oversight.self_play._pixels import PixelWorld
from truing.oversight.self_play._train import Training, train
from truing.oversight.self_play._verifier import VerifierWorld
from truing.oversight.self_play._world import World

__all__ = [
    "LEARNERS",
    "CasesWorld",
    "ExpertIteration",
    "Learner",
    "Moves",
    "PixelWorld",
    "PolicyGradient",
    "Training",
    "VerifierWorld",
    "World",
    "matrix_value",
    "train",
]
