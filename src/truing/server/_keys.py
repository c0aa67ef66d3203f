"""Keys: who may come in. A link that was told once is exchanged for a cookie, and is spent.

All of it lives as long as the server does: a key of yesterday opens nothing today.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading

BYTES = 32  # of chance in a code or a cookie: nobody finds one by trying


class Keys:
    """One-time codes and the cookies that they were exchanged for, kept as hashes."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._cookies: dict[str, str] = {}
        self._lock = threading.Lock()

    def code(self, who: str = "owner") -> str:
        """A new code, which is good for one exchange.

        Args:
            who: whom the request is from, once it comes with the cookie.
        """
        code = secrets.token_urlsafe(BYTES)
        with self._lock:
            self._codes[_hash(code)] = who
        return code

    def exchange(self, code: str) -> str | None:
        """A cookie's value for a code; None for one that is unknown or spent."""
        with self._lock:
            spent = _find(self._codes, code)
            if spent is None:
                return None
            cookie = secrets.token_urlsafe(BYTES)
            self._cookies[_hash(cookie)] = self._codes.pop(spent)
        return cookie

    def who(self, cookie: str) -> str | None:
        """Whose cookie it is, or None; it takes equally long whichever it is not."""
        with self._lock:
            held = _find(self._cookies, cookie)
            return None if held is None else self._cookies[held]


def _find(hashes: dict[str, str], given: str) -> str | None:
    """The hash of what was given, if it is among these; all of them are compared."""
    hashed, found = _hash(given), None
    for one in hashes:
        if hmac.compare_digest(hashed, one):
            found = one
    return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
