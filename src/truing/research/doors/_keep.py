"""Stored receipts: a researcher's copies of receipts, outside of the referee's folder.

They are stored in `TRUING_RECEIPTS`, or in `truing/receipts` in the user's data folder: a folder
for each referee, named by the first 16 digits of its public key, with one file for each submission.
A later receipt of a submission, which contains its score, replaces the first receipt.
"""

from __future__ import annotations

import json
import os
import secrets
import warnings
from pathlib import Path

import platformdirs

from truing.errors import Notice
from truing.research._submission import Submission
from truing.research.doors._forwarding import ForwardingDoor
from truing.research.ledger._receipt import Receipt
from truing.research.ledger._witness import has_valid_signature


class KeepingDoor(ForwardingDoor):
    """A door that stores every receipt in a file."""

    def submit_method(self, submission: Submission) -> Receipt:
        return keep_receipt(self.door.submit_method(submission))

    def get_result(self, number: int) -> Receipt:
        return keep_receipt(self.door.get_result(number))


def receipt_path(receipt: Receipt) -> Path:
    """The path at which a receipt is stored."""
    own = os.environ.get("TRUING_RECEIPTS")
    folder = Path(own) if own else platformdirs.user_data_path("truing") / "receipts"
    return folder / receipt.public_key[:16] / f"{receipt.number}.json"


def keep_receipt(receipt: Receipt) -> Receipt:
    """Store a receipt, and return it. Warns if it cannot be stored or has no valid signature."""
    if not has_valid_signature(receipt):
        warnings.warn(
            Notice("the receipt has no valid signature and was not stored; ask the operator"),
            stacklevel=2,
        )
        return receipt
    path, text = receipt_path(receipt), json.dumps(receipt.to_json()) + "\n"
    try:
        if not path.is_file() or path.read_text() != text:
            _write(path, text)
    except OSError as error:
        why = (error.strerror or "cannot be written").lower()
        warnings.warn(
            Notice(
                f"the receipt was not stored in {path} ({why}); set TRUING_RECEIPTS to a writable "
                "folder"
            ),
            stacklevel=2,
        )
    return receipt


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    own = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        own.replace(path)
    finally:
        own.unlink(missing_ok=True)
