"""Entry: one link of a ledger's chain, and how it is hashed, written and read back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from truing.errors import LedgerError, UserError

GENESIS = "0" * 64  # what the first entry has before it
DEEPEST = 50  # dicts and lists in each other; what was written must be readable in any stack


class Draft(NamedTuple):
    """What is to be written: its kind, its body, and the key under which it is written once."""

    kind: str
    body: dict[str, Any]
    key: str | None = None


@dataclass(frozen=True)
class Entry:
    """One entry.

    Attributes:
        number: from 1, without gaps.
        kind: what happened, such as "score".
        key: no other entry has it; None where nothing need be written only once.
        body: what there is to tell, as JSON gives it back.
        time: when it was written, UTC.
        previous: hash of the entry before it.
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


def make_entry(draft: Draft, number: int, previous: str, after: str = "") -> Entry:
    """The entry that a draft becomes in its place, now.

    Args:
        after: time of the entry before it. Where the machine's clock was set back, the new entry
            has this time too, so that time never decreases.

    Raises:
        UserError: a part of it cannot be kept as it is.
    """
    kind, _, key = draft
    text = body_text(draft)
    time = max(after, datetime.now(UTC).isoformat(timespec="microseconds"))
    hashed = _hash(number, kind, key, text, previous)
    return Entry(number, kind, key, json.loads(text), time, previous, hashed, _seal(hashed, time))


def make_row(entry: Entry) -> tuple[object, ...]:
    """An entry's fields as they stand in the file, which is in their order here."""
    return tuple({**vars(entry), "body": canonical(entry.body)}.values())


def parse_row(row: tuple[Any, ...]) -> Entry:
    """An entry as it stands in the file.

    Raises:
        LedgerError: it does not match its hash or its seal.
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
    """The entry; LedgerError where it does not follow the one before it.

    Args:
        after: time of the entry before it.
    """
    if entry.number != number:
        raise LedgerError(f"entry {number} is missing; entry {entry.number} stands in its place")
    if entry.previous != previous:
        raise LedgerError(f"entry {number} does not follow the entry before it")
    if entry.time < after:
        raise LedgerError(
            f"entry {number} has the time {entry.time}, before that of the entry "
            f"before it, {after}; times never decrease"
        )
    return entry


def body_text(draft: Draft) -> str:
    """A draft's body as canonical JSON; UserError where a part of it cannot be kept as it is."""
    kind, body, key = draft
    check_line("kind", kind)
    if key is not None:
        check_line("key", key)
    if not isinstance(body, dict):
        raise UserError(f"the body is {type(body).__name__}; allowed is a dict")
    try:
        _check_parts(body, DEEPEST)
        return canonical(body)
    except (TypeError, ValueError) as error:
        raise UserError(f"the body of {kind!r} is no plain JSON: {error}") from None


def check_line(name: str, value: str) -> None:
    """Raises UserError unless `value` is a line of text that a file can hold."""
    if not (isinstance(value, str) and value and value.isprintable()):
        raise UserError(f"{name} is {value!r}; allowed is a line of text")


def _check_parts(value: object, depth: int) -> None:
    """What JSON would take and not give back: names that are no text, and what is too deep."""
    if not isinstance(value, dict | list | tuple):
        return
    if not depth:
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    if isinstance(value, dict):
        for name in value:
            if not isinstance(name, str):
                raise TypeError(f"the name {name!r} is no text")
    for part in value.values() if isinstance(value, dict) else value:
        _check_parts(part, depth - 1)


def canonical(value: object) -> str:
    """JSON that is the same for the same value: sorted names, no spaces, ASCII, floats as repr."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _hash(number: int, kind: str, key: str | None, text: str, previous: str) -> str:
    """SHA-256 of the canonical JSON of [number, kind, key, body, previous]; the body is given as
    its text."""
    before, after = canonical([number, kind, key])[:-1], canonical([previous])[1:]
    return hashlib.sha256(f"{before},{text},{after}".encode()).hexdigest()


def _seal(hashed: str, time: str) -> str:
    return hashlib.sha256(f"{hashed}|{time}".encode()).hexdigest()
