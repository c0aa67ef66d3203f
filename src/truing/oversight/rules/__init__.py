"""Rules: the declaration of a protocol, its registry, and its plays on a question."""

from truing.oversight.rules._fill_roles import fill_roles
from truing.oversight.rules._protocol import Protocol
from truing.oversight.rules._registry import PROTOCOLS, protocol
from truing.oversight.rules._setup import Setup, setups
from truing.oversight.rules._speaker import (
    Assignment,
    Count,
    Judge,
    Limits,
    OfEach,
    OfOne,
    Order,
    Quotes,
    Speaker,
    Words,
)

__all__ = [
    "PROTOCOLS",
    "Assignment",
    "Count",
    "Judge",
    "Limits",
    "OfEach",
    "OfOne",
    "Order",
    "Protocol",
    "Quotes",
    "Setup",
    "Speaker",
    "Words",
    "fill_roles",
    "protocol",
    "setups",
]
