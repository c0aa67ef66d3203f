"""Secrets of research runs that are the same each time, so that no test fails by its draw.

Fixtures of a module or of the session come before any test, so they state a secret (`make_secret`).
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import secrets

import pytest

SECRET_BYTES = 32
"""What is shorter, such as the name of a temporary file, stays random, as do tokens."""


def draw_same(name: str, patch: pytest.MonkeyPatch) -> None:
    """Have this process draw the secrets that follow from a name: first, second, and so on."""
    numbers, real = itertools.count(), secrets.token_bytes

    def draw(count: int | None = None) -> bytes:
        if count != SECRET_BYTES:
            return real(count)
        return hashlib.shake_256(f"{name} {next(numbers)}".encode()).digest(count)

    def draw_text(count: int | None = None) -> str:
        return base64.urlsafe_b64encode(real(count)).rstrip(b"=").decode()

    patch.setattr(secrets, "token_bytes", draw)
    patch.setattr(secrets, "token_urlsafe", draw_text)
