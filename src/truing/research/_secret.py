"""The secret of a research, from which its seeds are drawn."""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

POOL = 40  # seeds from which each submission's are drawn: baselines on them are trained once


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
                file.write(content or secrets.token_bytes(32))
                file.flush()
                os.fsync(handle)
            os.link(own, path)  # whole, and never in another's place
    own.unlink(missing_ok=True)
    return path.read_bytes()


def draw_seeds(secret: bytes, drawn: str, tier: str, count: int) -> tuple[int, ...]:
    """Seeds of a method, which nobody can know who does not know the secret.

    Args:
        drawn: for what, such as the method's digest.
    """

    def mac(text: str) -> bytes:
        return hmac.digest(secret, text.encode(), "sha256")

    ranked = sorted(range(max(POOL, count)), key=lambda i: mac(f"{tier} {drawn} {i}"))
    return tuple(int.from_bytes(mac(f"{tier} seed {i}")[:4], "big") for i in sorted(ranked[:count]))
