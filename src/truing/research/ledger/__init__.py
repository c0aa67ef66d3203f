"""Ledger: the hash-chained record of a research run, its entries, receipts and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truing.lazy import lazy_names

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

# On first use, because records and evaluations import each other.
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
