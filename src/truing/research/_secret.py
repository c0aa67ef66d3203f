"""The secret of a research, from which its seeds are drawn."""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

SECRET_BYTES = 32
SEED_BITS = 128  # a learn set that became known must not give its seed away by a search


def make_secret(path: Path, content: bytes | None = None) -> bytes:
    """The research's own, made once; nobody but its owner may read it.

    Args:
        content: of a new one; by default drawn by the machine.
    """
    own = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    with suppress(FileExistsError):
        if not path.exists():
            handle = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content or secrets.token_bytes(SECRET_BYTES))
                file.flush()
                os.fsync(handle)
            os.link(own, path)  # whole, and never in another's place
    own.unlink(missing_ok=True)
    return path.read_bytes()


def draw_seeds(secret: bytes, tier: str, count: int) -> tuple[int, ...]:
    """Seeds of a tier, of 128 bits each: without the secret they cannot be known or searched for.

    They are the same for all methods. Seeds drawn for each method's own hash are a lottery: on
    digits sixty copies of a file that differ in a space climb 0.008 to 0.015 above what it is
    worth, against a step of 0.02.
    """

    def mac(number: int) -> bytes:
        return hmac.digest(secret, f"{tier} seed {number}".encode(), "sha256")

    return tuple(int.from_bytes(mac(i)[: SEED_BITS // 8], "big") for i in range(count))
