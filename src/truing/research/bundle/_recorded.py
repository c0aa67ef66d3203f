"""Recorded ledger: the ledger of a bundle, one entry a line, and what its records state."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from truing.errors import LedgerError
from truing.research.ledger._entry import GENESIS, Entry, canonical, check_place, parse_row
from truing.research.ledger._ledger import Ledger
from truing.run_files import LEDGER

FIELDS = ("number", "kind", "key", "body", "time", "previous", "hash", "seal")


def write_entries(entries: Sequence[Entry]) -> bytes:
    """The entries as canonical JSON, one a line, with hashes and seals."""
    return "".join(f"{canonical(vars(entry))}\n" for entry in entries).encode()


def read_entries(content: bytes) -> list[Entry]:
    """The entries in lines.

    Raises:
        LedgerError: a line is not an entry in canonical form, an entry does not match its hash or
            its seal, or an entry does not follow the entry before it.
    """
    lines = content.split(b"\n")
    if lines.pop() != b"":
        raise LedgerError("the ledger does not end with the end of a line")
    found: list[Entry] = []
    for number, line in enumerate(lines, 1):
        entry = _read_line(number, line)
        before = found[-1] if found else None
        previous, after = (before.hash, before.time) if before else (GENESIS, "")
        found.append(check_place(entry, number, previous, after))
    if not found:
        raise LedgerError("the ledger contains no entries")
    return found


def _read_line(number: int, line: bytes) -> Entry:
    try:
        given = json.loads(line)
        if type(given["number"]) is not int or set(given) != set(FIELDS):
            raise ValueError
        key = None if given["key"] is None else given["key"].encode()
        texts = [given[name].encode() for name in FIELDS[4:]]
        body = canonical(given["body"]).encode()
        row = (given["number"], given["kind"].encode(), key, body, *texts)
        exact = canonical(given).encode() == line
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        exact = False
    if not exact:
        raise LedgerError(f"line {number} of the ledger is not an entry in canonical JSON")
    return parse_row(row)


@contextmanager
def opened_ledger(entries: Sequence[Entry]) -> Iterator[Ledger]:
    """Context with a temporary ledger file that contains the entries, unchanged."""
    prefix = "truing-ledger-"
    with TemporaryDirectory(prefix=prefix) as place, Ledger(Path(place) / LEDGER) as ledger:
        ledger.restore(entries)
        yield ledger
