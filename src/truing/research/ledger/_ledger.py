"""Ledger: an append-only, hash-chained record of events in which later changes are detected.

Each entry contains the hash of the previous entry. Times are not part of the hash chain but have a
separate seal, so that a run that was killed and resumed has the same hashes as an uninterrupted
run. A person who can write the file can also build the whole chain again, or remove its end. This
is detected by comparison with a head (the hash of the last entry) that was noted elsewhere, for
example in a report or in a researcher's receipt. An open Ledger remembers the last entry that it
committed, and refuses to continue without it. A time alone can be forged together with its seal.

The file is an SQLite database in WAL mode with full synchronization. Every returned entry is on the
disk, and a killed writer leaves only complete transactions. Several threads may share a Ledger, and
several processes may share a file, but an open Ledger must not be used after a fork.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing.errors import LedgerError, LedgerUnavailableError, UserError
from truing.research.ledger._entry import (
    GENESIS,
    Entry,
    body_text,
    canonical,
    check_line,
    check_place,
    make_entry,
    make_row,
    parse_row,
)
from truing.research.ledger._ledger_file import (
    LOCK_TIMEOUT,
    check_file,
    open_file,
    take_back,
    translate,
)

COLUMNS = "number, kind, key, body, time, previous, hash, seal"
INSERT = f"INSERT INTO entries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
LAST = "SELECT number, hash FROM entries ORDER BY number DESC LIMIT 1"


@dataclass(frozen=True)
class Verification:
    """The result of verifying a ledger.

    Attributes:
        ok: whether all entries are unchanged and in order, and the noted head is among them.
        entries: number of intact entries, counted from the first.
        first_bad: number that the first bad entry has or should have; None if no entry is bad.
        why: what is wrong, in one line; empty if nothing is wrong.
        head: hash of the last intact entry.
    """

    ok: bool
    entries: int
    first_bad: int | None
    why: str
    head: str


class Ledger:
    """A hash chain of entries in a file.

    Args:
        path: path of the file.
        create: whether to create the file if it is missing.
        on_commit: called with number and hash of the last entry after each transaction that
            appended entries.

    Raises:
        UserError: the file is missing, is not a ledger, has another version, or is not writable.
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
        self._create, self._timeout = create, LOCK_TIMEOUT
        self._last: tuple[int, bytes] | None = None  # number and hash of the last entry committed
        # Time and error of the last failure: threads that waited meanwhile fail at once.
        self._failed: tuple[float, LedgerUnavailableError] | None = None
        self._file: tuple[int, int] | None = None  # device and inode of the open file
        self._connection: sqlite3.Connection | None = None
        self._process = os.getpid()
        self._lock, self._depth = threading.RLock(), 0
        with self._connected():
            pass

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        if self._process == os.getpid():
            with self._lock:
                if self._connection is not None:
                    self._connection.close()
                    self._connection = None

    def wait_at_most(self, seconds: float) -> None:
        """Set how long to wait for other writers before LedgerUnavailableError is raised.

        If one thread waits in vain, the threads that wait behind it fail with it.

        Args:
            seconds: longest wait in seconds; 60 unless set.
        """
        self._timeout = seconds
        with self._connected() as connection, self._translated():
            connection.execute(f"PRAGMA busy_timeout = {round(1000 * seconds)}")

    def append(self, kind: str, body: dict[str, Any], key: str | None = None) -> Entry:
        """Append an entry. If its key exists already, return that entry and write nothing.

        Raises:
            UserError: the key belongs to another kind or body, or the body is not plain JSON.
            LedgerError: the last entry was changed or lost.
        """
        with self.transaction():
            text = body_text(kind, body, key)
            if key is not None and (first := self.find(key)):
                if (first.kind, canonical(first.body)) != (kind, text):
                    raise UserError(
                        f"the key {key!r} belongs to entry {first.number}, which differs; "
                        "use another key"
                    )
                return first
            last = self._read("ORDER BY number DESC LIMIT 1")
            number, previous = (last[0].number + 1, last[0].hash) if last else (1, GENESIS)
            entry = make_entry(kind, body, key, number, previous, last[0].time if last else "")
            with self._connected() as connection, self._translated():
                connection.execute(INSERT, make_row(entry))
            return entry

    @contextmanager
    def transaction(self) -> Iterator[Ledger]:
        """Context that locks the ledger against other writers.

        Appended entries are committed together at the end of the block. An exception that leaves
        the block rolls all of them back. A nested transaction is part of the outer transaction.
        Keep the block short, and do not wait for anything inside it.
        """
        with self._connected() as connection:
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

    def restore(self, entries: Sequence[Entry]) -> None:
        """Write recorded entries, with their times and seals, into an empty ledger.

        Raises:
            UserError: the ledger contains entries.
            LedgerError: an entry does not follow the entry before it.
        """
        with self.transaction():
            if self.head != GENESIS:
                raise UserError(f"{self.path} contains entries; restore into an empty ledger")
            number, previous, after = 0, GENESIS, ""
            for entry in entries:
                checked = check_place(entry, number + 1, previous, after)
                number, previous, after = checked.number, checked.hash, checked.time
                with self._connected() as connection, self._translated():
                    connection.execute(INSERT, make_row(checked))

    def entries(self, kind: str | None = None, since: int = 0, most: int = -1) -> list[Entry]:
        """Entries in order.

        Args:
            kind: kind of the entries; None for all kinds.
            since: only entries with a larger number.
            most: largest number of entries; -1 for no limit.

        Raises:
            LedgerError: an entry was changed or, if `kind` is None, an entry is missing.
        """
        which = "number > ? AND (? IS NULL OR kind = ?)"
        found = self._read(f"WHERE {which} ORDER BY number LIMIT ?", since, kind, kind, most)
        if kind is None and found:
            last = found[0].previous if since else GENESIS
            for number, entry in enumerate(found, since + 1):
                last = check_place(entry, number, last).hash
        return found

    def find(self, key: str) -> Entry | None:
        """The entry with a key, or None; raises LedgerError if the entry was changed."""
        check_line("key", key)
        found = self._read("WHERE key = ?", key)
        return found[0] if found else None

    def entry(self, number: int) -> Entry | None:
        """The entry with a number, or None; raises LedgerError if the entry was changed."""
        found = self._read("WHERE number = ?", number)
        return found[0] if found else None

    @property
    def head(self) -> str:
        """Hash of the last entry, which covers the whole chain; 64 zeros if there is no entry."""
        last = self._read("ORDER BY number DESC LIMIT 1")
        return last[0].hash if last else GENESIS

    def verify(self, head: str | None = None) -> Verification:
        """Check every byte: entries, hash chain, order of times, schema and triggers.

        Args:
            head: hash of an entry that was noted elsewhere; the chain must contain it.
        """
        count, last, latest, passed = 0, GENESIS, "", {GENESIS}
        try:
            with self._connected() as connection, self._translated():
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
            why = f"no entry has the noted hash {head!r}; entries were removed or replaced"
            return Verification(False, count, None, why, last)
        self._last = (count, last.encode()) if count else None
        return Verification(True, count, None, "", last)

    def _read(self, which: str, *values: object) -> list[Entry]:
        with self._connected() as connection, self._translated():
            self._check_last(connection)
            rows = connection.execute(f"SELECT {COLUMNS} FROM entries {which}", values).fetchall()
        return [parse_row(row) for row in rows]

    def _check_last(self, connection: sqlite3.Connection) -> None:
        """Raise LedgerError if the file lost the last entry that was committed here."""
        if self._last is None:
            return
        number, hashed = self._last
        with self._translated():
            found = connection.execute("SELECT hash FROM entries WHERE number = ?", (number,))
            kept = found.fetchone() == (hashed,)
        if not kept or self._file != _identity(self.path):
            raise LedgerError(
                f"the ledger {self.path} lost entry {number}, which was committed with the hash "
                f"{hashed.decode()}: the file was truncated or replaced; restore it from a copy"
            )

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Context with the connection, locked for this thread."""
        if self._connection is not None and self._process != os.getpid():
            # SQLite also keeps locks in memory. A lock that was copied by a fork is never released.
            raise UserError(
                f"{self.path} was open when this process was forked; close it before the fork, or "
                "start processes with spawn"
            )
        began = time.monotonic()
        with self._lock:
            if self._failed and self._failed[0] > began:  # while this thread waited
                raise LedgerUnavailableError(*self._failed[1].args)
            if self._connection is None:
                with self._translated():
                    self._connection = open_file(self.path, self._create, self._timeout)
                self._file = _identity(self.path)
                self._process = os.getpid()
                self._create = False  # a file that went missing is not created again
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
        except UnicodeDecodeError as error:  # SQLite's message quotes the damaged text
            raise LedgerError(f"the ledger {self.path} is damaged") from error


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of a file; None if the file is missing."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
