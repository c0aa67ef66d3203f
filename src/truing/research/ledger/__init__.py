"""Ledger: the hash-chained record of a research run, its entries, receipts and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truing.lazy import lazy_names

if TYPE_CHECKING:
    from truing.research.ledger._entry import GENESIS, Entry
    from truing.research.ledger._ledger import Ledger, Verification
    from truing.research.ledger._ledger_head import read_ledger_head
    from truing.research.ledger._no_run import no_run
    from truing.research.ledger._private import close_to_others, writing_privately
    from truing.research.ledger._read_records import read_opened, read_records
    from truing.research.ledger._receipt import Receipt
    from truing.research.ledger._records import Decided, Scored, Shared, Submitted
    from truing.research.ledger._secret import draw_seeds
    from truing.research.ledger._signing import Signer, is_signed
    from truing.research.ledger._upgrade import upgrade
    from truing.research.ledger._witness import check_receipt, has_valid_signature, read_receipt

_HOMES = {
    "_entry": ("GENESIS", "Entry"),
    "_ledger": ("Ledger", "Verification"),
    "_ledger_head": ("read_ledger_head",),
    "_no_run": ("no_run",),
    "_private": ("close_to_others", "writing_privately"),
    "_read_records": ("read_opened", "read_records"),
    "_receipt": ("Receipt",),
    "_records": ("Decided", "Scored", "Shared", "Submitted"),
    "_secret": ("draw_seeds",),
    "_signing": ("Signer", "is_signed"),
    "_upgrade": ("upgrade",),
    "_witness": ("check_receipt", "has_valid_signature", "read_receipt"),
}

__all__ = [
    "GENESIS",
    "Decided",
    "Entry",
    "Ledger",
    "Receipt",
    "Scored",
    "Shared",
    "Signer",
    "Submitted",
    "Verification",
    "check_receipt",
    "close_to_others",
    "draw_seeds",
    "has_valid_signature",
    "is_signed",
    "no_run",
    "read_ledger_head",
    "read_opened",
    "read_receipt",
    "read_records",
    "upgrade",
    "writing_privately",
]

# On first use, because records and evaluations import each other.
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
