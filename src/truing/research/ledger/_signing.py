"""Signatures of a referee: a researcher who keeps a receipt can prove the referee's statement.

The signature scheme is Ed25519 (RFC 8032). The private key is stored beside the secret and is
accessible to its owner only. The public key is in the ledger's first entry, in the description of
the problem and on every receipt.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from truing.errors import UserError
from truing.research.ledger._entry import canonical
from truing.research.ledger._secret import make_secret
from truing.run_files import SIGNING_KEY

# Each kind of statement has its own first line, so that a signature is valid for one kind only.
RECEIPT, BUNDLE = b"truing receipt\n", b"truing bundle\n"
KEY_BYTES = 32


class Signer:
    """The private key of a research run, which is created with the run.

    Args:
        folder: folder of the referee.

    Attributes:
        public_key: 64 hexadecimal digits.

    Raises:
        UserError: the key file is damaged.
    """

    def __init__(self, folder: Path):
        content = make_secret(folder / SIGNING_KEY)
        if len(content) != KEY_BYTES:
            raise UserError(
                f"{folder / SIGNING_KEY} must have {KEY_BYTES} bytes, got {len(content)}; "
                "restore it from a copy"
            )
        self._key = Ed25519PrivateKey.from_private_bytes(content)
        self.public_key = self._key.public_key().public_bytes_raw().hex()

    def sign(self, statement: Mapping[str, object], purpose: bytes = RECEIPT) -> str:
        """The signature of JSON values, 128 hexadecimal digits. It is deterministic."""
        return self._key.sign(_message(statement, purpose)).hex()


def is_signed(
    statement: Mapping[str, object], public_key: str, signature: str, purpose: bytes = RECEIPT
) -> bool:
    """Whether a signature of JSON values is valid for a public key and a purpose.

    Key and signature must be written in lower case, so that every changed byte is found.
    """
    if (public_key, signature) != (public_key.lower(), signature.lower()):
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), _message(statement, purpose))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _message(statement: Mapping[str, object], purpose: bytes) -> bytes:
    return purpose + canonical(statement).encode()
