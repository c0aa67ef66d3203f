"""Ledger: the file to which each call of a run is written before it is sent and after it ends."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from truing.errors import UserError, unwritable
from truing.json_lines import whole_lines
from truing.oversight.spending._prices import Prices
from truing.oversight.spending._spending import Charge, Spending, read_spending

SYNC = 1.0  # seconds between two waits for the disk


class Ledger:
    """An append-only file of reservations and of what their calls cost.

    Each line is one `write` to the operating system. It survives the end of the process, also by
    `kill -9`, without waiting for the disk. Only a power failure loses lines that the disk does not
    have; so the ledger waits for the disk once a second (a wait per call would block all
    connections for the time of a disk write). After a power failure, the calls of at most
    about a second are missing, together with their cached replies.

    Args:
        path: the file; it is created if it does not exist.
        wait: whether to wait while another process uses the ledger.

    Attributes:
        spending: what the calls cost so far, also in earlier executions.

    Raises:
        UserError: another process uses the ledger, without `wait`.
        LedgerError: the file is damaged.
        StorageError: the file cannot be written.
    """

    def __init__(self, path: Path, wait: bool = False):
        self.path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        except OSError as error:
            raise unwritable(f"the ledger {path}", error, "choose another run folder") from error
        try:
            _lock(self._file, path, wait)
            content = path.read_bytes()
            self.spending: Spending = read_spending(content)
            if len(whole_lines(content)) < len(content):  # a crash cut the last line
                os.ftruncate(self._file, len(whole_lines(content)))
        except BaseException:
            os.close(self._file)
            raise
        self._synced = time.monotonic()

    def state(self, spend: float | None, tokens: int | None, prices: Prices) -> None:
        """Write the caps and prices of this execution."""
        caps = {"dollars": spend, "tokens": tokens}
        self._append({"caps": caps, "prices": {name: list(one) for name, one in prices.items()}})

    def reserve(self, role: str, model: str, bound: Charge) -> int:
        """Write the upper bound of a call before it is sent; returns the number of the call."""
        number = self.spending.last + 1
        self._append({"reserve": number, "role": role, "model": model, **bound.to_json()})
        return number

    def settle(self, number: int, charge: Charge | None, why: str = "") -> None:
        """Write what a call cost; with None, its upper bound counts for the reason `why`.

        If the disk is full, the call counts in this process and at its upper bound in the next one.
        """
        line: dict[str, Any] = {"settle": number}
        line |= {"unknown": why} if charge is None else charge.to_json()
        try:
            self._append(line)
        except Exception:
            self.spending.take(line)

    def _append(self, line: Mapping[str, Any]) -> None:
        content = f"{json.dumps(line)}\n".encode()
        try:
            written = os.write(self._file, content)
            if written < len(content):
                os.ftruncate(self._file, os.fstat(self._file).st_size - written)
                raise OSError(28, "No space left on device")
            if time.monotonic() - self._synced > SYNC:
                os.fsync(self._file)
                self._synced = time.monotonic()
        except OSError as error:
            raise unwritable(f"the ledger {self.path}", error, "run the same command") from error
        self.spending.take(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            os.fsync(self._file)
        os.close(self._file)


def _lock(file: int, path: Path, wait: bool) -> None:
    """Lock the file until it is closed, where the system has such locks."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        raise UserError(
            f"the run folder {path.parent} is in use by another command, which spends from the "
            "same ledger; wait for it, or choose another folder with --out (in Python: out=FOLDER)"
        ) from None
    except (ImportError, OSError):
        return
