"""The SQLite file of a ledger: open it, check its schema, and translate SQLite's errors."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

from truing.errors import LedgerError, LedgerUnavailableError, StorageError, UserError

APPLICATION = 0x7472_756C  # "trul", marks the file as a ledger in SQLite's header
VERSION = 1
LOCK_TIMEOUT = 60.0  # seconds to wait for another writer
# Errors that may pass by themselves, or once the operator has made room.
PASSING = {
    "SQLITE_FULL": "the disk is full, and nothing was written",
    "SQLITE_BUSY": "another process has locked it",
    "SQLITE_LOCKED": "another process has locked it",
    "SQLITE_PROTOCOL": "another process has locked it",
    "SQLITE_IOERR": "the disk fails or is full",
    "SQLITE_READONLY": "the file is not writable",
    "SQLITE_CANTOPEN": "the file cannot be opened",
    "SQLITE_NOMEM": "the machine is out of memory",
}
DAMAGE = ("SQLITE_IOERR_SHORT_READ", "SQLITE_IOERR_CORRUPTFS", "SQLITE_IOERR_DATA")
SCHEMA = (
    "CREATE TABLE entries (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT UNIQUE, "
    "body TEXT NOT NULL, time TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL, "
    "seal TEXT NOT NULL)",
    # Against accidents only: an attacker can drop the triggers, but the hash chain shows changes.
    "CREATE TRIGGER kept BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    "CREATE TRIGGER fixed BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {VERSION}",
)


def open_file(path: Path, create: bool, timeout: float = LOCK_TIMEOUT) -> sqlite3.Connection:
    """A connection without automatic transactions to a ledger file.

    Args:
        path: path of the file.
        create: whether to create the file if it is missing.
        timeout: seconds to wait for another writer.

    Raises:
        UserError: the file is missing, is not a ledger, or has another version.
    """
    if not create and not path.is_file():
        raise UserError(f"there is no ledger at {path}; name another file")
    if create:
        _make_private(path)
    connection = sqlite3.connect(
        path, timeout=timeout, isolation_level=None, check_same_thread=False
    )
    try:
        connection.text_factory = bytes  # so that damaged text does not raise a decoding error
        empty = _is_empty(connection, path)
        if empty and not create:  # a command that only reads must not write into any file
            raise UserError(f"{path} is not a ledger: it is empty; name another file")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # Each commit moves the log into the file, so that a copy of the file alone is current.
        connection.execute("PRAGMA wal_autocheckpoint = 1")
        if empty:
            _make_schema(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_private(path: Path) -> None:
    """Create an empty file that only the owner can access; SQLite's logs get the same mode."""
    # If the file cannot be created, SQLite tries next and reports the error.
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _make_schema(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _is_empty(connection, path):  # another process may have been first
            for statement in SCHEMA:
                connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        take_back(connection, "")
        raise


def _is_empty(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file is empty; raises UserError if it contains anything but a ledger."""
    ((application,),) = connection.execute("PRAGMA application_id")
    ((version,),) = connection.execute("PRAGMA user_version")
    ((objects,),) = connection.execute("SELECT count(*) FROM sqlite_master")
    if (application, version, objects) == (0, 0, 0):
        return True
    if application != APPLICATION:
        raise UserError(f"{path} is a database of another program; name another file")
    if version != VERSION:
        raise UserError(
            f"{path} is a ledger of version {version}; this truing reads version {VERSION}"
        )
    return False


def take_back(connection: sqlite3.Connection, savepoint: str) -> None:
    """Roll back to a savepoint, or to the start of the transaction."""
    # SQLite may have ended the transaction itself, for example because the disk is full.
    with suppress(sqlite3.Error):
        if savepoint:
            connection.execute(f"ROLLBACK TO {savepoint}")
            connection.execute(f"RELEASE {savepoint}")
        else:
            connection.execute("ROLLBACK")


def check_file(connection: sqlite3.Connection) -> str:
    """Reason why schema, triggers or indexes of the file are not intact; empty if they are."""
    wanted, found = _expected_schema(), _read_schema(connection)
    for what, name in sorted(wanted.keys() | found.keys()):
        if (what, name) not in found:
            return f"the {what} {name!r} was removed"
        if (what, name) not in wanted:
            return f"the {what} {name!r} was added; a ledger has only the table 'entries'"
        if found[what, name] != wanted[what, name]:
            return f"the {what} {name!r} was changed"
    # Detects an index of keys that does not match the entries.
    ((state,),) = connection.execute("PRAGMA integrity_check(1)").fetchall()
    return (
        ""
        if state == b"ok"
        else f"the file is damaged, reports SQLite ({state.decode('utf-8', 'replace')})"
    )


def _read_schema(connection: sqlite3.Connection) -> dict[tuple[str, str], bytes | None]:
    """SQL text of each table, index, trigger and view, by kind and name."""
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    return {(what.decode(), name.decode("utf-8", "replace")): sql for what, name, sql in rows}


@cache
def _expected_schema() -> dict[tuple[str, str], bytes | None]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.text_factory = bytes
        for statement in SCHEMA:
            connection.execute(statement)
        return _read_schema(connection)


def translate(path: Path, error: sqlite3.Error, used: bool) -> Exception:
    """The exception to raise for an error of SQLite, with one line that names the remedy.

    Args:
        path: path of the file.
        error: the error of SQLite.
        used: whether entries were written to the file before, so that its name is right.
    """
    name = getattr(error, "sqlite_errorname", "")
    if not used and name.startswith("SQLITE_NOTADB"):
        return UserError(
            f"{path} is not a ledger, or its first bytes are damaged; name another file"
        )
    if not used and name.startswith("SQLITE_READONLY"):
        return StorageError(f"{path} is not writable; copy it to a writable folder")
    if not used and name.startswith("SQLITE_CANTOPEN"):
        return UserError(f"{path} cannot be opened; name a file in a writable folder")
    for begin, why in PASSING.items():
        if name.startswith(begin) and name not in DAMAGE:
            return LedgerUnavailableError(
                f"the ledger cannot be used now: {why}; try again", str(path)
            )
    return LedgerError(f"the ledger {path} is damaged ({error}); restore it from a copy")
