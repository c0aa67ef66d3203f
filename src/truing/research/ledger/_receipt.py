"""Receipt: the signed status of a submission, for the researcher who submitted it."""

from __future__ import annotations

from dataclasses import dataclass

from truing.research._answers import Answer


@dataclass(frozen=True)
class Receipt(Answer):
    """The signed status of a submission.

    A researcher who keeps receipts is a witness of the ledger: `truing ledger verify --receipt
    FILE` checks that the ledger extends a receipt.

    Attributes:
        number: number of the submission, which is the number of its entry in the ledger.
        status: accepted, scored or failed.
        released: best released score so far, including this submission. 0 is the baseline; lower
            scores are never released. None before the submission is scored.
        improved: whether this submission beat the best released score by the step.
        reason: reason of a failure.
        isolation: isolation level at which the submitted code ran.
        hash: SHA-256 of the submission's entry, 64 hexadecimal digits.
        head_number: number of the ledger's last entry when the status was written, which is the
            entry of the submission or of its outcome.
        head: hash of that entry, which covers all entries before it.
        public_key: public key of the referee (Ed25519), 64 hexadecimal digits.
        signature: signature of all other values, 128 hexadecimal digits.
        gate: result of the capability gate: `passed`, `failed` or `inconclusive`; empty if the
            score would not have been released, and without a gate.
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
    gate: str = ""
