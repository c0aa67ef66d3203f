"""Witness: check that a ledger contains and extends the entries that a receipt names.

A receipt names two entries by number and hash: the submission, and the last entry of the ledger
when the receipt's status was written. The hash of an entry covers all entries before it. A ledger
that lost entries, or was built again with other content, therefore contradicts the receipts that
researchers keep.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

from truing.errors import UserError
from truing.research.ledger._entry import Entry
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._read_records import find_record, read_opened
from truing.research.ledger._receipt import Receipt
from truing.research.ledger._records import Scored
from truing.research.ledger._signing import Signer, is_signed


def read_receipt(path: Path) -> Receipt:
    """The receipt in a JSON file that `truing submit` stored or `--json` printed.

    Raises:
        UserError: the file cannot be read, or contains no receipt.
    """
    try:
        given = json.loads(path.read_text())
        given = {"gate": "", **given}  # receipts of earlier versions have no gate
        return Receipt(**{one.name: given[one.name] for one in fields(Receipt)})
    except OSError as error:
        raise UserError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except KeyError as error:
        raise UserError(
            f"{path} is not a receipt: the field {error} is missing; "
            "name a file that truing submit stored"
        ) from None
    except (ValueError, TypeError):
        raise UserError(f"{path} is not a receipt; name a file that truing submit stored") from None


def make_receipt(signer: Signer, entry: Entry, scored: tuple[Entry, Scored] | None) -> Receipt:
    """A signed receipt for the entry of a submission.

    The head of the receipt is the entry that determines the status, not the latest entry of the
    ledger, so that repeated requests return the same receipt.

    Args:
        signer: signs the receipt.
        entry: entry of the submission.
        scored: outcome of the submission; None before it is scored.
    """
    receipt = state_receipt(signer.public_key, entry, scored)
    return replace(receipt, signature=signer.sign(signed_part(receipt)))


def state_receipt(public_key: str, entry: Entry, scored: tuple[Entry, Scored] | None) -> Receipt:
    """The receipt of `make_receipt` before it is signed."""
    head = entry if scored is None else scored[0]
    receipt = Receipt(
        entry.number,
        "accepted",
        hash=entry.hash,
        head_number=head.number,
        head=head.hash,
        public_key=public_key,
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
            gate=_stated(outcome)[3],
        )
    return receipt


def has_valid_signature(receipt: Receipt) -> bool:
    """Whether the signature of a receipt is valid for the public key on it."""
    return is_signed(signed_part(receipt), receipt.public_key, receipt.signature)


def signed_part(receipt: Receipt) -> Mapping[str, object]:
    """The values that a receipt's signature covers: all except the signature and an empty gate.

    Without a gate the signature is therefore that of earlier versions.
    """
    left_out = {"signature"} | ({"gate"} if not receipt.gate else set())
    return {name: value for name, value in vars(receipt).items() if name not in left_out}


def check_receipt(ledger: Ledger, receipt: Receipt) -> str:
    """Reason in one line why a ledger contradicts a receipt; empty if the ledger extends it.

    `Ledger.verify` checks the hash chain.

    Raises:
        LedgerError: an entry that the receipt names was changed.
    """
    if not has_valid_signature(receipt):
        return "the signature of the receipt is not valid: the receipt was changed after signing"
    opened = read_opened(ledger)
    if opened is None or opened.public_key != receipt.public_key:
        return (
            "the key of another referee signed the receipt: the receipt belongs to another ledger, "
            "or the ledger was built again"
        )
    for number, hashed in ((receipt.number, receipt.hash), (receipt.head_number, receipt.head)):
        entry = ledger.entry(number)
        if entry is None:
            return f"the receipt names entry {number}, which is missing: the ledger lost entries"
        if entry.hash != hashed:
            return (
                f"entry {number} has the hash {entry.hash}, but the receipt states {hashed}: the "
                "ledger was built again"
            )
    return _check_score(ledger, receipt)


def _check_score(ledger: Ledger, receipt: Receipt) -> str:
    """Reason why the score on a receipt differs from the released score in the ledger."""
    if receipt.status == "accepted":
        return ""
    found = find_record(ledger, receipt.head_number, Scored)
    stated = (receipt.number, receipt.released, receipt.improved, receipt.gate)
    if found is None or _stated(found[1]) != stated:
        return f"entry {receipt.head_number} records a score that differs from the receipt"
    return ""


def _stated(scored: Scored) -> tuple[int, float, bool, str]:
    """The values of an outcome that a receipt states."""
    gate = "" if scored.gate is None else scored.gate.outcome
    return scored.submission, scored.released, scored.improved, gate
