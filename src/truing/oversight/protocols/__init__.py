"""Protocols: declared rules under which a judge is helped, one file per family."""

from truing.oversight.protocols import (  # noqa: F401  (registers the built-in protocols)
    _consultancy,
    _critique,
    _debate,
    _market,
    _prover_estimator,
    _unhelped,
)
from truing.oversight.protocols._given import give_protocols
from truing.oversight.rules import (
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
