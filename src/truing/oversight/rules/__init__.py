"""Rules: the declaration of a protocol, its registry, and its plays on a question."""

from truing.oversight.rules._arguments import (
    Asks,
    BestOf,
    Critiques,
    Decided,
    EachRound,
    JudgeTools,
    OfEach,
    OfOne,
    Panel,
    Quotes,
    Refine,
    Rounds,
    SpeakerTools,
    Words,
)
from truing.oversight.rules._fill_roles import fill_roles
from truing.oversight.rules._protocol import Protocol
from truing.oversight.rules._registry import PROTOCOLS, protocol
from truing.oversight.rules._setup import Setup, setups
from truing.oversight.rules._speaker import CRITIC, Assignment, Judge, Limits, Order, Speaker

__all__ = [
    "CRITIC",
    "PROTOCOLS",
    "Asks",
    "Assignment",
    "BestOf",
    "Critiques",
    "Decided",
    "EachRound",
    "Judge",
    "JudgeTools",
    "Limits",
    "OfEach",
    "OfOne",
    "Order",
    "Panel",
    "Protocol",
    "Quotes",
    "Refine",
    "Rounds",
    "Setup",
    "Speaker",
    "SpeakerTools",
    "Words",
    "fill_roles",
    "protocol",
    "setups",
]
