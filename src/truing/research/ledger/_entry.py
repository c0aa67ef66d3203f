"""Entry: one entry of a ledger's hash chain, and how it is hashed, written and read."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from truing.errors import LedgerError, UserError

GENESIS = "0" * 64  # the previous hash of the first entry
DEEPEST = 50  # nested dicts and lists, so that every written entry can be read back


@dataclass(frozen=True)
class Entry:
    """One entry of a ledger.

    Attributes:
        number: entry number, from 1 without gaps.
        kind: kind of event, such as "submission".
        key: unique key; None for an entry without a key.
        body: content of the entry, as parsed JSON.
        time: time at which it was written, UTC.
        previous: hash of the previous entry.
        hash: SHA-256 of the canonical JSON of [number, kind, key, body, previous].
        seal: SHA-256 of "hash|time".
    """

    number: int
    kind: str
    key: str | None
    body: dict[str, Any]
    time: str
    previous: str
    hash: str
    seal: str


def make_entry(
    kind: str, body: dict[str, Any], key: str | None, number: int, previous: str, after: str = ""
) -> Entry:
    """An entry with the current time.

    Args:
        kind, body, key: see `Entry`.
        number: number of the new entry.
        previous: hash of the previous entry.
        after: time of the previous entry. If the machine's clock was set back, the new entry gets
            this time, so that times never decrease.

    Raises:
        UserError: a part of the entry cannot be stored as JSON.
    """
    text = body_text(kind, body, key)
    time = max(after, datetime.now(UTC).isoformat(timespec="microseconds"))
    hashed = _hash(number, kind, key, text, previous)
    return Entry(number, kind, key, json.loads(text), time, previous, hashed, _seal(hashed, time))


def make_row(entry: Entry) -> tuple[object, ...]:
    """The fields of an entry as a row of the file, in the order of the columns."""
    return tuple({**vars(entry), "body": canonical(entry.body)}.values())


def parse_row(row: tuple[Any, ...]) -> Entry:
    """The entry in a row of the file.

    Raises:
        LedgerError: the entry does not match its hash or its seal.
    """
    number, kind_bytes, key_bytes, *fields = row
    try:
        kind, key = kind_bytes.decode(), None if key_bytes is None else key_bytes.decode()
        text, time, previous, hashed, seal = (field.decode() for field in fields)
        body = json.loads(text)
        intact = _hash(number, kind, key, text, previous) == hashed
    except (AttributeError, TypeError, ValueError, RecursionError):
        intact = False
    if not intact:
        raise LedgerError(f"entry {number} was changed: it does not match its hash")
    if _seal(hashed, time) != seal:
        raise LedgerError(f"entry {number} was changed: its time does not match its seal")
    return Entry(number, kind, key, body, time, previous, hashed, seal)


def check_place(entry: Entry, number: int, previous: str, after: str = "") -> Entry:
    """The entry, if it follows the previous entry.

    Args:
        entry: the entry to check.
        number: the number that it must have.
        previous: hash of the previous entry.
        after: time of the previous entry.

    Raises:
        LedgerError: the number, the previous hash or the time is wrong.
    """
    if entry.number != number:
        raise LedgerError(f"entry {number} is missing; entry {entry.number} is in its place")
    if entry.previous != previous:
        raise LedgerError(f"entry {number} does not contain the hash of the previous entry")
    if entry.time < after:
        raise LedgerError(
            f"entry {number} has the time {entry.time}, which is before the time of the previous "
            f"entry, {after}; times never decrease"
        )
    return entry


def body_text(kind: str, body: dict[str, Any], key: str | None) -> str:
    """A body as canonical JSON; raises UserError if a part of the entry cannot be stored."""
    check_line("kind", kind)
    if key is not None:
        check_line("key", key)
    if not isinstance(body, dict):
        raise UserError(f"body must be a dict, got {type(body).__name__}")
    try:
        _check_parts(body, DEEPEST)
        return canonical(body)
    except (TypeError, ValueError) as error:
        raise UserError(f"the body of {kind!r} cannot be stored as JSON: {error}") from None


def check_line(name: str, value: str) -> None:
    """Raise UserError unless `value` is one line of printable text."""
    if not (isinstance(value, str) and value and value.isprintable()):
        raise UserError(f"{name} must be one line of printable text, got {value!r}")


def _check_parts(value: object, depth: int) -> None:
    """Raise an error for keys that are not str, and for nesting that is too deep."""
    if not isinstance(value, dict | list | tuple):
        return
    if not depth:
        raise ValueError(f"dicts and lists may be nested {DEEPEST} deep, not deeper")
    if isinstance(value, dict):
        for name in value:
            if not isinstance(name, str):
                raise TypeError(f"the key {name!r} must be a str")
    for part in value.values() if isinstance(value, dict) else value:
        _check_parts(part, depth - 1)


def canonical(value: object) -> str:
    """Canonical JSON: sorted keys, no spaces, ASCII, floats as repr."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _hash(number: int, kind: str, key: str | None, text: str, previous: str) -> str:
    """SHA-256 of the canonical JSON of [number, kind, key, body, previous].

    Args:
        text: canonical JSON of the body.
    """
    before, after = canonical([number, kind, key])[:-1], canonical([previous])[1:]
    return hashlib.sha256(f"{before},{text},{after}".encode()).hexdigest()


def _seal(hashed: str, time: str) -> str:
    return hashlib.sha256(f"{hashed}|{time}".encode()).hexdigest()
