"""Ledger: what happened, written once and in order, so that a later change is found.

Each entry holds the hash of the one before it. The time is sealed beside the chain and not in it,
so that a run that was killed and resumed ends with the chain of one that was not. A person who can
write the file can also build all of it again, or cut off its end: that shows against a head (the
hash of the last entry) that was noted elsewhere, in a report or in a researcher's receipt. A Ledger
that is open remembers the last entry that it committed, and refuses to go on without it. A time
alone can be forged together with its seal.

The file is SQLite's, in WAL mode with full synchronisation: an entry that was returned is on the
disk, and a writer that is killed leaves whole transactions only. Several threads may share a
Ledger, and several processes a file, but a Ledger that is open does not go through a fork.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing.errors import LedgerError, LedgerUnavailableError, UserError
from truing.research._entry import (
    GENESIS,
    Draft,
    Entry,
    body_text,
    canonical,
    check_line,
    check_place,
    make_entry,
    make_row,
    parse_row,
)
from truing.research._ledger_file import PATIENCE, check_file, open_file, take_back, translate

COLUMNS = "number, kind, key, body, time, previous, hash, seal"
INSERT = f"INSERT INTO entries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
LAST = "SELECT number, hash FROM entries ORDER BY number DESC LIMIT 1"


@dataclass(frozen=True)
class Verification:
    """What reading the whole chain found.

    Attributes:
        ok: every entry is as it was written, in its place, and the noted head is among them.
        entries: how many entries from the first on are in order.
        first_bad: the number that the first bad entry has or should have; None where none is bad.
        why: what is wrong, in one line; empty where nothing is.
        head: hash of the last entry in order.
    """

    ok: bool
    entries: int
    first_bad: int | None
    why: str
    head: str


class Ledger:
    """A chain of entries in a file.

    Args:
        path: where it is.
        create: make it if there is none.
        on_commit: receives number and hash of the last entry after each transaction that appended.

    Raises:
        UserError: there is no such file, it is no ledger, of another version, or not writable.
        LedgerError: the file is damaged.
        LedgerUnavailableError: from any method: the disk is full, or another process has locked
            the file. Nothing was written.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        create: bool = True,
        on_commit: Callable[[int, str], None] | None = None,
    ):
        self.path = Path(path).expanduser().absolute()
        self.on_commit = on_commit
        self._create, self._patience = create, PATIENCE
        self._last: tuple[int, bytes] | None = None  # number and hash of the last entry committed
        # When the ledger was unavailable last, and why: threads that waited do not wait again.
        self._failed: tuple[float, LedgerUnavailableError] | None = None
        self._file: tuple[int, int] | None = None  # device and inode of the open file
        self._connection: sqlite3.Connection | None = None
        self._process = os.getpid()
        self._lock, self._depth = threading.RLock(), 0
        with self._held():
            pass

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        if self._process == os.getpid():
            with self._lock:
                if self._connection is not None:
                    self._connection.close()
                    self._connection = None

    def wait_at_most(self, seconds: float) -> None:
        """Wait so long for other processes that write, and raise LedgerUnavailableError then.

        Threads that wait behind one that waits in vain are refused with it.

        Args:
            seconds: 60 by default.
        """
        self._patience = seconds
        with self._held() as connection, self._translated():
            connection.execute(f"PRAGMA busy_timeout = {round(1000 * seconds)}")

    def append(self, kind: str, body: dict[str, Any], key: str | None = None) -> Entry:
        """Write an entry; with a key that was written before, return that entry and write nothing.

        Raises:
            UserError: the key holds another kind or body, or the body is no plain JSON.
            LedgerError: the last entry was changed or lost, so that nothing may be built on it.
        """
        return self.append_all([Draft(kind, body, key)])[0]

    def append_all(self, drafts: Iterable[Draft | tuple[Any, ...]]) -> list[Entry]:
        """Write several entries, all of them or none; raises as `append` does."""
        with self.transaction():
            return [self._append(Draft(*draft)) for draft in drafts]

    @contextmanager
    def transaction(self) -> Iterator[Ledger]:
        """Hold the ledger against all other writers: what is read within is still true at its end.

        What is appended within stands when the block is left, all of it; an exception that leaves
        it takes all of it back. Within another transaction it is a part of that one. Keep it
        short, and never wait for anything within.
        """
        with self._held() as connection:
            name = f"level_{self._depth}" if self._depth else ""
            with self._translated():
                connection.execute(f"SAVEPOINT {name}" if name else "BEGIN IMMEDIATE")
            self._depth += 1
            try:
                self._check_last(connection)
                yield self
                with self._translated():
                    last = connection.execute(LAST).fetchone()
                    connection.execute(f"RELEASE {name}" if name else "COMMIT")
            except BaseException:
                take_back(connection, name)
                raise
            finally:
                self._depth -= 1
            if not name and last != self._last:
                self._last = last
                if self.on_commit:
                    self.on_commit(last[0], last[1].decode())

    def entries(self, kind: str | None = None, since: int = 0, most: int = -1) -> list[Entry]:
        """Entries in order, of one kind or all, with numbers above `since`; so many at most.

        Raises:
            LedgerError: one of them was changed or, where all are asked for, one is missing.
        """
        which = "number > ? AND (? IS NULL OR kind = ?)"
        found = self._read(f"WHERE {which} ORDER BY number LIMIT ?", since, kind, kind, most)
        if kind is None and found:
            last = found[0].previous if since else GENESIS
            for number, entry in enumerate(found, since + 1):
                last = check_place(entry, number, last).hash
        return found

    def find(self, key: str) -> Entry | None:
        """The entry under a key, or None; raises LedgerError if it was changed."""
        check_line("key", key)
        found = self._read("WHERE key = ?", key)
        return found[0] if found else None

    def entry(self, number: int) -> Entry | None:
        """The entry of a number, or None; raises LedgerError if it was changed."""
        found = self._read("WHERE number = ?", number)
        return found[0] if found else None

    @property
    def head(self) -> str:
        """Hash of the last entry, which says all of the chain; 64 zeros before the first."""
        last = self._read("ORDER BY number DESC LIMIT 1")
        return last[0].hash if last else GENESIS

    def verify(self, head: str | None = None) -> Verification:
        """Read everything and check every byte: entries, order of times, schema and triggers.

        Args:
            head: as noted elsewhere, at any time since; the chain must have passed through it.
        """
        count, last, latest, passed = 0, GENESIS, "", {GENESIS}
        try:
            with self._held() as connection, self._translated():
                for row in connection.execute(f"SELECT {COLUMNS} FROM entries ORDER BY number"):
                    entry = check_place(parse_row(row), count + 1, last, latest)
                    count, last, latest = entry.number, entry.hash, entry.time
                    passed.add(last)
                why = check_file(connection)
        except LedgerError as error:
            return Verification(False, count, count + 1, str(error), last)
        if why:
            return Verification(False, count, None, why, last)
        if head is not None and head not in passed:
            why = f"no entry has the noted head {head!r}; entries were cut off or replaced"
            return Verification(False, count, None, why, last)
        self._last = (count, last.encode()) if count else None
        return Verification(True, count, None, "", last)

    def _append(self, draft: Draft) -> Entry:
        text = body_text(draft)
        if draft.key is not None and (first := self.find(draft.key)):
            if (first.kind, canonical(first.body)) != (draft.kind, text):
                raise UserError(f"the key {draft.key!r} holds another entry, number {first.number}")
            return first
        last = self._read("ORDER BY number DESC LIMIT 1")
        number, previous = (last[0].number + 1, last[0].hash) if last else (1, GENESIS)
        entry = make_entry(draft, number, previous, last[0].time if last else "")
        with self._held() as connection, self._translated():
            connection.execute(INSERT, make_row(entry))
        return entry

    def _read(self, which: str, *values: object) -> list[Entry]:
        with self._held() as connection, self._translated():
            self._check_last(connection)
            rows = connection.execute(f"SELECT {COLUMNS} FROM entries {which}", values).fetchall()
        return [parse_row(row) for row in rows]

    def _check_last(self, connection: sqlite3.Connection) -> None:
        """Raise LedgerError where the file no longer has the last entry that was committed here."""
        if self._last is None:
            return
        number, hashed = self._last
        with self._translated():
            found = connection.execute("SELECT hash FROM entries WHERE number = ?", (number,))
            kept = found.fetchone() == (hashed,)
        if not kept or self._file != _identity(self.path):
            raise LedgerError(
                f"the ledger {self.path} lost entry {number}, which was committed with the hash "
                f"{hashed.decode()}: the file was cut or replaced; restore it from a copy"
            )

    @contextmanager
    def _held(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone."""
        if self._connection is not None and self._process != os.getpid():
            # SQLite keeps its locks in memory too: what came with a fork may stay locked for ever.
            raise UserError(
                f"{self.path} was open when this process was forked; close it before, or start "
                "processes by spawn"
            )
        began = time.monotonic()
        with self._lock:
            if self._failed and self._failed[0] > began:  # while this thread waited
                raise LedgerUnavailableError(*self._failed[1].args)
            if self._connection is None:
                with self._translated():
                    self._connection = open_file(self.path, self._create, self._patience)
                self._file = _identity(self.path)
                self._process = os.getpid()
                self._create = False  # a file that went missing is never begun again
            yield self._connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            found = translate(self.path, error, used=self._last is not None)
            if isinstance(found, LedgerUnavailableError):
                self._failed = (time.monotonic(), found)
            raise found from error
        except UnicodeDecodeError as error:  # SQLite's message quotes what was damaged
            raise LedgerError(f"the ledger {self.path} is damaged") from error


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of a file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
