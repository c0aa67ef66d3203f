"""Keys: one-time codes and the cookies that they are exchanged for.

Codes and cookies are kept in memory only: after a restart of the server, all of them are invalid.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading

BYTES = 32  # random bytes in a code or cookie, too many to guess


class Keys:
    """One-time codes and the cookies that they were exchanged for, stored as hashes."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._cookies: dict[str, str] = {}
        self._lock = threading.Lock()

    def code(self, who: str = "owner") -> str:
        """A new code, valid for one exchange.

        Args:
            who: name of the visitor who uses the code.
        """
        code = secrets.token_urlsafe(BYTES)
        with self._lock:
            self._codes[_hash(code)] = who
        return code

    def exchange(self, code: str) -> str | None:
        """A new cookie's value for a code; None if the code is unknown or was already used."""
        with self._lock:
            known = _find(self._codes, code)
            if known is None:
                return None
            cookie = secrets.token_urlsafe(BYTES)
            self._cookies[_hash(cookie)] = self._codes.pop(known)
        return cookie

    def who(self, cookie: str) -> str | None:
        """Name of the visitor with this cookie; None if unknown. Compares in constant time."""
        with self._lock:
            known = _find(self._cookies, cookie)
            return None if known is None else self._cookies[known]


def _find(hashes: dict[str, str], text: str) -> str | None:
    """The hash of a text if it is in `hashes`, else None. Always compares with all of them."""
    hashed, found = _hash(text), None
    for one in hashes:
        if hmac.compare_digest(hashed, one):
            found = one
    return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
