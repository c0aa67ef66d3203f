"""Ledger: the hash-chained record of a research run, its entries, receipts and keys."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truing.research.ledger._entry import GENESIS, Entry
    from truing.research.ledger._ledger import Ledger, Verification
    from truing.research.ledger._receipt import Receipt
    from truing.research.ledger._signing import Signer, is_signed
    from truing.research.ledger._witness import check_receipt, has_valid_signature, read_receipt

_HOMES = {
    "_entry": ("GENESIS", "Entry"),
    "_ledger": ("Ledger", "Verification"),
    "_receipt": ("Receipt",),
    "_signing": ("Signer", "is_signed"),
    "_witness": ("check_receipt", "has_valid_signature", "read_receipt"),
}

__all__ = [
    "GENESIS",
    "Entry",
    "Ledger",
    "Receipt",
    "Signer",
    "Verification",
    "check_receipt",
    "has_valid_signature",
    "is_signed",
    "read_receipt",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, because records and evaluations import each other."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"truing.research.ledger.{home}"), name)
    raise AttributeError(f"module 'truing.research.ledger' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
