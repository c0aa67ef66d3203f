"""Protocols: declared rules under which a judge is helped, one file per family."""

from truing.oversight._protocol import (
    PROTOCOLS,
    Judge,
    Limits,
    Protocol,
    Setup,
    Speaker,
    fill_roles,
    protocol,
    setups,
)
from truing.oversight.protocols import _consultancy, _critique, _debate, _market, _unhelped  # noqa: F401  (registers the built-in protocols)
from truing.oversight.protocols._given import give_protocols

__all__ = [
    "PROTOCOLS",
    "Judge",
    "Limits",
    "Protocol",
    "Setup",
    "Speaker",
    "fill_roles",
    "give_protocols",
    "protocol",
    "setups",
]
