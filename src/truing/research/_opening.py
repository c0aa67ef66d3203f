"""Opening: open the folder of a referee, and check that its ledger, secret and key still match."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from pathlib import Path

from truing.errors import LedgerError, Notice, UserError
from truing.research._config import ResearchConfig
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._ledger_head import LedgerHead, read_ledger_head, write_ledger_head
from truing.research.ledger._no_run import no_run
from truing.research.ledger._private import close_to_others
from truing.research.ledger._read_records import read_opened
from truing.research.ledger._records import Opened
from truing.research.ledger._secret import make_secret
from truing.research.ledger._signing import Signer
from truing.run_files import LEDGER, LEDGER_HEAD, SECRET, SIGNING_KEY

DRAWS = 2  # version of the rule: seeds of 128 bits, and a partition that depends on the secret


@dataclass(frozen=True)
class Opening:
    """The contents of a referee's folder.

    Attributes:
        folder: the folder.
        ledger: the verified ledger.
        secret: secret from which seeds, items and salts are derived.
        signer: signs the receipts.
        config: configuration of the research run.
        new: whether the ledger is empty. A new run begins with `start`, so that a configuration
            that cannot be used leaves no run in the folder.
    """

    folder: Path
    ledger: Ledger
    secret: bytes
    signer: Signer
    config: ResearchConfig
    new: bool

    def start(self) -> None:
        """Write the first entry of a new run.

        Raises:
            UserError: another process started a run with another configuration meanwhile.
        """
        if read_opened(self.ledger) is None:
            made = Opened(self.config, commitment(self.secret), DRAWS, self.signer.public_key)
            self.ledger.append(made.kind, made.to_json(), made.key)
        opened = read_opened(self.ledger)
        assert opened is not None, "the entry was written"
        self.check(opened)

    def check(self, opened: Opened) -> None:
        """Raise UserError unless the run in the ledger is the run of this opening."""
        _check_same(self.folder, opened, self.secret, self.signer)
        if self.config != opened.config:
            raise UserError(
                f"{self.folder} contains a research run with another configuration; "
                "name another folder"
            )


def open_folder(folder: Path, config: ResearchConfig | None) -> Opening:
    """Open a referee's folder, to continue its research run or to start a new one.

    Args:
        folder: folder of the referee.
        config: configuration of a new run; the ledger of an existing run contains it.

    Raises:
        UserError: the folder contains a run with another configuration; or it contains no run and
            there is no configuration; or the secret or the key was replaced.
        LedgerError: the ledger was changed, or lost entries at its end.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # the ledger contains true scores

    def note_head(number: int, hashed: str) -> None:
        write_ledger_head(folder, LedgerHead(number, hashed))

    ledger = Ledger(folder / LEDGER, on_commit=note_head)
    secret, signer = make_secret(folder / SECRET), Signer(folder)
    _check_ledger(folder, ledger)
    close_to_others(folder)
    opened = read_opened(ledger)
    used = config if opened is None else config or opened.config
    if used is None:
        raise no_run(folder)
    found = Opening(folder, ledger, secret, signer, used, new=opened is None)
    if opened is not None:
        found.check(opened)
    return found


def _check_ledger(folder: Path, ledger: Ledger) -> None:
    """Raise LedgerError unless the ledger is intact and contains the entry in the head file."""
    noted = read_ledger_head(folder)
    found = ledger.verify(noted and noted.hash)
    if not found.ok:
        raise LedgerError(f"{ledger.path}: {found.why}; restore the ledger from a copy")
    if noted is None and found.entries:
        warnings.warn(
            Notice(
                f"{folder / LEDGER_HEAD} is missing or unreadable, so lost entries at the "
                "end of the ledger cannot be detected; check with truing ledger verify "
                f"{folder} --receipt FILE"
            ),
            stacklevel=4,
        )


def _check_same(folder: Path, opened: Opened, secret: bytes, signer: Signer) -> None:
    """Raise UserError unless secret, key and version are the same as at the start of the run."""
    if opened.secret != commitment(secret):  # another secret would give other seeds
        raise UserError(
            f"{folder / SECRET} is not the secret with which this research run was started; "
            "restore it from a copy, or start a new run in another folder"
        )
    if opened.draws != DRAWS:
        raise UserError(
            f"{folder} was started by an earlier version, which drew other seeds and items, so "
            "the run cannot be continued; start a new run in another folder"
        )
    if opened.public_key != signer.public_key:
        raise UserError(
            f"{folder / SIGNING_KEY} is not the key with which this research run was started; "
            "restore it from a copy, or start a new run in another folder"
        )


def commitment(secret: bytes) -> str:
    """The SHA-256 of a secret, with which the first entry commits to it."""
    return hashlib.sha256(secret).hexdigest()
