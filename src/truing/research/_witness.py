"""Witness: whether a ledger contains, and extends, what a receipt states.

A receipt names two entries by number and hash: the submission, and the head of the ledger when the
receipt's status was written. An entry's hash covers all entries before it, so a ledger that was cut
off, or built again with other content, contradicts the receipts that researchers keep.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from truing.errors import UserError
from truing.research._entry import Entry
from truing.research._ledger import Ledger
from truing.research._receipt import Receipt
from truing.research._records import Scored, find_record, read_opened
from truing.research._signing import Signer, is_signed


def read_receipt(path: Path) -> Receipt:
    """A receipt from a JSON file, as `truing submit` keeps it or `--json` prints it.

    Raises:
        UserError: the file cannot be read, or contains no receipt.
    """
    try:
        given = json.loads(path.read_text())
        return Receipt(**{one.name: given[one.name] for one in fields(Receipt)})
    except OSError as error:
        raise UserError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except KeyError as error:
        raise UserError(
            f"{path} is no receipt: it has no {error}; name a file that truing submit kept"
        ) from None
    except (ValueError, TypeError):
        raise UserError(f"{path} is no receipt; name a file that truing submit kept") from None


def make_receipt(signer: Signer, entry: Entry, scored: tuple[Entry, Scored] | None) -> Receipt:
    """A signed receipt of a submission's entry.

    The receipt's head is the entry that says the status. Later entries do not concern the
    researcher, and without them the receipt stays the same however often it is asked for.

    Args:
        scored: the outcome of the submission; None while it waits.
    """
    head = entry if scored is None else scored[0]
    receipt = Receipt(
        entry.number,
        "accepted",
        hash=entry.hash,
        head_number=head.number,
        head=head.hash,
        public_key=signer.public_key,
    )
    if scored is not None:
        outcome = scored[1]
        receipt = replace(
            receipt,
            status="failed" if outcome.evaluation.failure else "scored",
            released=outcome.released,
            improved=outcome.improved,
            reason=outcome.evaluation.failure,
            isolation=outcome.evaluation.isolation,
        )
    return replace(receipt, signature=signer.sign(signed_part(asdict(receipt))))


def signed_part(receipt: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a receipt's signature covers: all of its values but the signature itself."""
    return {name: value for name, value in receipt.items() if name != "signature"}


def check_receipt(ledger: Ledger, receipt: Receipt) -> str:
    """Why a ledger contradicts a receipt, in one line; empty where it extends it.

    The chain itself is checked by `Ledger.verify`.

    Raises:
        LedgerError: an entry that the receipt names was changed.
    """
    if not is_signed(signed_part(asdict(receipt)), receipt.public_key, receipt.signature):
        return "the receipt's signature is not valid: it was changed after the referee signed it"
    opened = read_opened(ledger)
    if opened is None or opened.public_key != receipt.public_key:
        return (
            "another referee's key signed the receipt: it is of another ledger, or the ledger "
            "was built again"
        )
    for number, hashed in ((receipt.number, receipt.hash), (receipt.head_number, receipt.head)):
        entry = ledger.entry(number)
        if entry is None:
            return f"the receipt names entry {number}, which is missing: entries were cut off"
        if entry.hash != hashed:
            return (
                f"entry {number} has the hash {entry.hash}, and the receipt {hashed}: the ledger "
                "was built again"
            )
    return _check_score(ledger, receipt)


def _check_score(ledger: Ledger, receipt: Receipt) -> str:
    """Why the score on a receipt is not the one that the ledger says was released."""
    if receipt.status == "accepted":
        return ""
    found = find_record(ledger, receipt.head_number, Scored)
    stated = (receipt.number, receipt.released, receipt.improved)
    if found is None or (found[1].submission, found[1].released, found[1].improved) != stated:
        return f"entry {receipt.head_number} records another score than the receipt states"
    return ""
