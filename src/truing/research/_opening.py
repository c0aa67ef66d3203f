"""Opening: the folder of a referee, and the checks that it is still the one that was begun."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from pathlib import Path

from truing.errors import LedgerError, Notice, UserError
from truing.research._config import ResearchConfig
from truing.research._ledger import Ledger
from truing.research._ledger_head import HEAD_FILE, LedgerHead, read_ledger_head, write_ledger_head
from truing.research._private import close_to_others
from truing.research._records import Opened, read_opened
from truing.research._secret import make_secret
from truing.research._signing import Signer

DRAWS = 2  # how seeds and items follow from the secret: 128 bits, a partition of its own


@dataclass(frozen=True)
class Opening:
    """A referee's folder, opened.

    Attributes:
        ledger: in order, and no shorter than it was.
        secret: from which seeds, items and salts are drawn.
        signer: of receipts.
        config: of the research run.
    """

    ledger: Ledger
    secret: bytes
    signer: Signer
    config: ResearchConfig


def open_folder(folder: Path, config: ResearchConfig | None) -> Opening:
    """Open a referee's folder, or begin a research run in it.

    Args:
        config: of a new research run; an old one's is in its ledger.

    Raises:
        UserError: a folder of a research with another configuration, or none where there is none;
            or the secret or the key was exchanged.
        LedgerError: the ledger was changed, or lost its end since it was last written to.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # true scores are in its ledger

    def note_head(number: int, hashed: str) -> None:
        write_ledger_head(folder, LedgerHead(number, hashed))

    ledger = Ledger(folder / "ledger.sqlite", on_commit=note_head)
    secret, signer = make_secret(folder / "secret"), Signer(folder)
    _check_ledger(folder, ledger)
    close_to_others(folder)
    begun = _begin(folder, ledger, config, secret, signer)
    _check_same(folder, begun, secret, signer)
    if config is not None and config != begun.config:
        raise UserError(f"{folder} holds a research with another configuration")
    return Opening(ledger, secret, signer, begun.config)


def _check_ledger(folder: Path, ledger: Ledger) -> None:
    """Raise LedgerError unless the ledger is in order and extends what was noted of it."""
    noted = read_ledger_head(folder)
    found = ledger.verify(noted and noted.hash)
    if not found.ok:
        raise LedgerError(f"{ledger.path}: {found.why}; restore the ledger from a copy")
    if noted is None and found.entries:
        warnings.warn(
            Notice(
                f"{folder / HEAD_FILE} is missing or unreadable, so lost entries at the "
                "end of the ledger cannot be noticed; check with truing ledger verify "
                f"{folder} --receipt FILE"
            ),
            stacklevel=4,
        )


def _begin(
    folder: Path, ledger: Ledger, config: ResearchConfig | None, secret: bytes, signer: Signer
) -> Opened:
    """The ledger's first record, written now if there is none."""
    begun = read_opened(ledger)
    if begun is not None:
        return begun
    if config is None:
        raise UserError(f"{folder} holds no research; begin one with a configuration")
    new = Opened(config, _commitment(secret), DRAWS, signer.public_key)
    ledger.append(new.kind, new.to_json(), new.key)
    return new


def _check_same(folder: Path, begun: Opened, secret: bytes, signer: Signer) -> None:
    """Raise UserError unless the secret, the key and the version are those of the beginning."""
    if begun.secret != _commitment(secret):  # other seeds, and so another lottery
        raise UserError(
            f"{folder}/secret is not the one with which this research was begun; put it "
            "back, or begin another research"
        )
    if begun.draws != DRAWS:
        raise UserError(
            f"{folder} was begun by an earlier version, which drew other seeds and items; "
            "its results cannot be continued; begin another research run"
        )
    if begun.public_key != signer.public_key:
        raise UserError(
            f"{folder}/signing_key is not the key with which this research run was begun; "
            "restore it from a copy, or begin another research run"
        )


def _commitment(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()
