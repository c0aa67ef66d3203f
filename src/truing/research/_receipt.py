"""Receipt: what a researcher is told of a submission."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Receipt:
    """What a researcher gets for a submission, and may ask for again.

    It is signed, so that a researcher who keeps it is a witness of the ledger: `truing ledger
    verify --receipt FILE` shows whether the ledger extends it.

    Attributes:
        number: of the submission, which is the number of its entry in the ledger.
        status: accepted, scored or failed.
        released: best score released so far, this submission's included; 0 is the baseline's,
            below which nothing is released. None before the submission was scored.
        improved: it beat the best by the step.
        reason: of a failure.
        isolation: the level at which its code ran.
        hash: SHA-256 of the submission's entry, 64 hexadecimal digits.
        head_number: number of the ledger's last entry when the status was written: the submission
            itself, or its outcome.
        head: hash of that entry, which covers all entries before it.
        public_key: the referee's, Ed25519, 64 hexadecimal digits.
        signature: of all the other values, 128 hexadecimal digits.
    """

    number: int
    status: str
    released: float | None = None
    improved: bool = False
    reason: str = ""
    isolation: str = ""
    hash: str = ""
    head_number: int = 0
    head: str = ""
    public_key: str = ""
    signature: str = ""
