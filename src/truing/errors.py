"""Every public error of truing, and the exit codes of the command line.

    TruingError                         exit code 1
    ├── UserError (also a ValueError)   exit code 2: a mistake that the user can correct
    │   ├── CallError (also a TypeError)  a call with unknown or missing arguments
    │   ├── UnknownNameError            a name that is not registered
    │   ├── WrongKindError              a file or factory that returns something else
    │   ├── DataError                   items, labels or features that break a rule
    │   │   └── AmbiguousTruthError     a ground truth that can be read in two ways
    │   ├── MethodError                 a method that breaks its contract
    │   │   └── CodeError               submitted code that failed
    │   ├── IsolationError              submitted code that this machine cannot sandbox as required
    │   ├── AccessError                 a token that is missing or unknown
    │   ├── BudgetError                 a budget that is spent
    │   ├── ConflictError               something that exists already, with other content
    │   │   └── ClosedError             a research run that takes no more submissions
    │   └── NoSubmissionError           a number that is not a submission of this researcher
    ├── StorageError                    a disk that is full, read-only or without permission
    │   └── StoreError                  such an error of the store of results (folder or URL)
    ├── CorruptEntryError               a stored entry that does not match its checksum
    ├── EngineError                     work that an engine lost
    ├── NoAnswerError                   a model that gave no answer
    ├── CapError                        exit code 3: a run that stopped at its cap on costs
    ├── ServerError                     a referee that failed or does not answer
    ├── LedgerError                     a ledger that was changed or damaged
    ├── LedgerUnavailableError          a ledger that cannot be used now
    └── ContractError                   an extension that breaks a contract (truing.testing)

The command line prints an error of this tree as one line. Other exit codes: 0 on success,
1 if the reader of a pipe stops reading or a check fails, 3 if a run stops at its cap (`--spend`,
`--tokens`), 130 after Ctrl-C. Any other exception
is a defect of truing or of a plugin, and shows its traceback.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar

SUGGESTED = 3  # most names that a message suggests

OF_THE_DISK = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO}
FULL = {errno.ENOSPC, errno.EDQUOT}


class TruingError(Exception):
    """Base class of all errors that truing raises.

    Attributes:
        exit_code: exit code of the command line after this error.
    """

    exit_code: ClassVar[int] = 1


class UserError(TruingError, ValueError):
    """A mistake that the user can correct; the message says how."""

    exit_code = 2


class CallError(UserError, TypeError):
    """A call from Python with an argument that is unknown, missing or surplus."""


class UnknownNameError(UserError):
    """A name that is not registered."""

    def __init__(self, kind: str, name: str, known: Iterable[str] = ()):
        super().__init__(kind, name, tuple(known))
        self.kind, self.name, self.known = kind, name, tuple(known)

    def __str__(self) -> str:
        near = self._alike()
        if not 1 <= len(near) <= SUGGESTED:
            near = get_close_matches(self.name, self.known, n=SUGGESTED, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(self.known)}"
        return f"unknown {self.kind} {self.name!r}; {hint}"

    def _alike(self) -> list[str]:
        """Known names with the first word of the name and arguments: `icm:hf/NAME` for `icm`."""
        first = re.split("[:/]", self.name)[0]
        return [one for one in self.known if one.startswith((f"{first}:", f"{first}/"))]


class WrongKindError(UserError):
    """A file without a factory of the requested kind, or a factory that returned another kind."""


class DataError(UserError):
    """Items, labels or features that break a rule."""


class AmbiguousTruthError(DataError):
    """A ground truth that names one choice by its text and another choice by its index."""


class MethodError(UserError):
    """A method that broke its contract while it trained a student."""


class CodeError(MethodError):
    """Submitted code that failed, with its full message for the owner of the referee.

    Attributes:
        detail: the full message, which researchers do not read.
    """

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(reason)
        self.detail = detail


class IsolationError(UserError):
    """Submitted code that this machine cannot sandbox as required; the code was not run."""


class AccessError(UserError):
    """A token that is missing or unknown."""


class BudgetError(UserError):
    """A budget that is spent."""


class ConflictError(UserError):
    """Something that exists already, with other content."""


class ClosedError(ConflictError):
    """A research run that takes no more submissions."""


class NoSubmissionError(UserError):
    """A number that is not a submission of this researcher."""


class StorageError(TruingError):
    """A file or folder that cannot be used: no permission, no space left, a read-only disk."""


class StoreError(StorageError):
    """A store of results that cannot be read or written."""


class CorruptEntryError(TruingError):
    """A stored entry that does not match its checksum; the entry is removed and computed again."""


class EngineError(TruingError):
    """Work that an engine lost, such as a worker process killed from outside."""


class NoAnswerError(TruingError):
    """A model that gave no answer, after all retries.

    Attributes:
        message: text of the error; Inspect's log shows it instead of the exception's `repr`.
    """

    def __init__(self, message: str):
        super().__init__(message)
        self.message = message


class CapError(TruingError):
    """A run that stopped at its cap on costs; with a higher cap it continues."""

    exit_code = 3


class ServerError(TruingError):
    """A referee that failed or does not answer. Try again later; nothing is charged twice."""


class LedgerError(TruingError):
    """A ledger with a changed entry or a damaged file; its content must not be used."""


class LedgerUnavailableError(TruingError):
    """A ledger that cannot be used now: full disk, locked database. Nothing was written.

    Attributes:
        path: path of the ledger file. The message does not contain the path, so that the message
            can be sent to clients.
    """

    def __init__(self, why: str, path: str = ""):
        super().__init__(why, path)
        self.path = path

    def __str__(self) -> str:
        return self.args[0]


class ContractError(TruingError, AssertionError):
    """An extension that breaks its contract; raised by `truing.testing`."""


class Notice(UserWarning):
    """A remark on a result that was computed; the notes of its rows contain the remark."""


def unwritable(
    what: str, error: OSError, advice: str, kind: type[StorageError] = StorageError
) -> UserError | StorageError:
    """The error for a file or folder that cannot be written to, with a message of one line.

    Args:
        what: the file or folder with its path: `the run folder out`.
        error: error of the operating system.
        advice: what the user can do about it.
        kind: class of the error if the disk refuses.

    Returns:
        A `kind` if the disk refuses: permission, space, read-only. Else a UserError: the
        path is wrong, for instance because a part of it is a file.
    """
    room = "free some space, or " if error.errno in FULL else ""
    line = f"{what} cannot be written to ({error.strerror or error}); {room}{advice}"
    return kind(line) if error.errno in OF_THE_DISK else UserError(line)


def in_one_line(error: BaseException) -> str:
    """Type and message of an error, in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")
