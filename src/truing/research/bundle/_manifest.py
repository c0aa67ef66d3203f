"""Manifest: the signed list of the files of a bundle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from truing.errors import LedgerError
from truing.research.bundle._layout import FORMAT, json_bytes
from truing.research.ledger._entry import Entry
from truing.research.ledger._signing import BUNDLE, Signer, is_signed


@dataclass(frozen=True)
class Manifest:
    """The signed list of the files of a bundle.

    Attributes:
        format: version of the layout.
        name: title of the board.
        files: SHA-256 of each file, by path.
        entries: number of entries in the ledger.
        head: hash of the last entry.
        time: time of the last entry, UTC.
        public_key: public key of the referee (Ed25519), 64 hexadecimal digits.
        signature: signature of all other values, 128 hexadecimal digits.
    """

    format: int
    name: str
    files: Mapping[str, str]
    entries: int
    head: str
    time: str
    public_key: str
    signature: str = ""

    @property
    def signed_part(self) -> dict[str, Any]:
        """The values that the signature covers."""
        stated = asdict(self)
        del stated["signature"]
        return stated

    def to_bytes(self) -> bytes:
        """The content of the manifest's file."""
        return json_bytes(asdict(self))

    @property
    def is_signed(self) -> bool:
        """Whether the signature is valid for the public key in the manifest."""
        return is_signed(self.signed_part, self.public_key, self.signature, BUNDLE)


def make_manifest(name: str, files: Mapping[str, bytes], last: Entry, signer: Signer) -> Manifest:
    """The signed manifest of files.

    Args:
        name: title of the board.
        files: content of each file, by path.
        last: last entry of the ledger.
        signer: private key of the research run.
    """
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    head = (last.number, last.hash, last.time)
    unsigned = Manifest(FORMAT, name, hashes, *head, signer.public_key)
    signature = signer.sign(unsigned.signed_part, BUNDLE)
    return Manifest(FORMAT, name, hashes, *head, signer.public_key, signature)


def read_manifest(content: bytes) -> Manifest:
    """The manifest in a file.

    Raises:
        LedgerError: the content is not a manifest, or has another form than `to_bytes` writes.
    """
    try:
        given = json.loads(content)
        found = Manifest(**given)
        stated = (found.name, found.head, found.time, found.public_key, found.signature)
        texts = (*stated, *found.files, *found.files.values())
        exact = found.to_bytes() == content and all(isinstance(part, str) for part in texts)
    except (ValueError, TypeError, AttributeError, RecursionError):
        exact = False
    if not exact:
        raise LedgerError("the manifest is not in the form that truing writes: it was changed")
    if found.format != FORMAT:
        raise LedgerError(
            f"the bundle has format {found.format!r}; this version of truing reads format "
            f"{FORMAT}: install the version of truing that the bundle's environment.json names"
        )
    return found
