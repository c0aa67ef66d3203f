"""One tree of errors: what a user can mend is a `UserError`, and says how."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class TruingError(Exception):
    """Base of everything that truing raises on purpose."""


class UserError(TruingError, ValueError):
    """A mistake that the user can mend; the command line prints it as one line and exits with 2."""


class UnknownNameError(UserError):
    """A name that nothing is registered under."""

    def __init__(self, kind: str, name: str, known: Iterable[str] = ()):
        super().__init__(kind, name, tuple(known))
        self.kind, self.name, self.known = kind, name, tuple(known)

    def __str__(self) -> str:
        near = get_close_matches(self.name, self.known, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(self.known)}"
        return f"unknown {self.kind} {self.name!r}; {hint}"


class WrongKindError(UserError):
    """A file without a factory of the kind asked for, or a factory that made something else."""


class DataError(UserError):
    """Items, labels or features that do not hold what they must."""


class AmbiguousTruthError(DataError):
    """A truth that names one choice by its text and another by its index."""


class MethodError(UserError):
    """A method that broke its contract while a student was trained by it."""


class StoreError(UserError):
    """A store that cannot be written to."""


class IsolationError(UserError):
    """Submitted code that cannot be locked up as it must be; none of it was run."""


class CorruptEntryError(TruingError):
    """A stored entry that does not match its checksum; it was removed and will be made again."""


class EngineError(TruingError):
    """Work that an engine lost, such as a worker process killed from outside."""


class LedgerError(TruingError):
    """A ledger with a changed entry or a damaged file; nothing may be built on it."""


class LedgerUnavailableError(TruingError):
    """A ledger that cannot be used now: full disk, locked database. Nothing was written.

    Attributes:
        path: of the ledger's file; the message does not contain it, so that a client may read it.
    """

    def __init__(self, why: str, path: str = ""):
        super().__init__(why, path)
        self.path = path

    def __str__(self) -> str:
        return self.args[0]


class Notice(UserWarning):
    """What must be known of a result, though it could be had; the notes of its rows hold it."""
