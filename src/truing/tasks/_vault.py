"""Vault: the only place that stores the ground truth of a task."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, NoReturn, get_args

import numpy as np

from truing.errors import TruingError, UserError

Purpose = Literal["supervise", "ceiling", "plant", "score", "keep", "design", "audit"]
"""Purpose of an access to the ground truth: to train a supervisor, to train a ceiling (or the
oracle), to plant the errors of a simulated supervisor, to score, to keep a task that was made in
Python with the run, to design a shift (which items are learned and tested), or to give a monitor
of a stress test the trusted and audited items of its budget."""


UNANSWERABLE = -1
"""Ground truth of an item whose right belief is uncertainty."""


_reader: ContextVar[str] = ContextVar("reader", default="")


@contextmanager
def withhold_truth(reader: str) -> Iterator[None]:
    """Context in which no vault releases ground truth.

    Args:
        reader: what runs in the context, for messages: `monitor 'probe'`.

    Examples:
        >>> import numpy as np
        >>> from truing.errors import UserError
        >>> from truing.tasks import Vault, withhold_truth
        >>> try:
        ...     with withhold_truth("monitor 'mine'"):
        ...         Vault(np.array([1, 0])).reveal(np.array([0]), "audit")
        ... except UserError as error:
        ...     print(str(error).partition(";")[0])
        monitor 'mine' reads the ground truth of 1 items from a vault
    """
    token = _reader.set(reader)
    try:
        yield
    finally:
        _reader.reset(token)


@dataclass(frozen=True)
class Access:
    """One access to the vault: its purpose and its number of items."""

    purpose: Purpose
    items: int


class Vault:
    """Ground truth of a task, released only for a named purpose, with a record of each access.

    A vault cannot be copied, pickled, printed or iterated, so the ground truth cannot reach another
    process or a log by accident. A step receives only the ground truth of the items that its
    purpose needs. Steps that train students receive none.

    Examples:
        >>> import numpy as np
        >>> from truing.tasks import Vault
        >>> vault = Vault(np.array([1, 0, 1]))
        >>> vault.reveal(np.array([0, 1]), "score").tolist()
        [1, 0]
        >>> vault.summary()
        {'score': {'times': 1, 'items': 2}}
    """

    __slots__ = ("__truth", "accesses")

    def __init__(self, truth: np.ndarray):
        self.__truth = np.array(truth, dtype=np.int64)
        self.accesses: list[Access] = []

    def reveal(self, items: np.ndarray, purpose: Purpose) -> np.ndarray:
        """Ground truth (len(items),) of some items, as indices of choices; records the access.

        That of an unanswerable item is `UNANSWERABLE`.

        Raises:
            UserError: the purpose is unknown, or the ground truth is withheld; see
                `withhold_truth`.
        """
        if reader := _reader.get():
            raise UserError(
                f"{reader} reads the ground truth of {len(items)} items from a vault; it receives "
                "the ground truth of its declared budget, and must use no other"
            )
        if purpose not in get_args(Purpose):
            allowed = ", ".join(get_args(Purpose))
            raise UserError(
                f"the ground truth is not released for {purpose!r}; allowed purposes: {allowed}"
            )
        self.accesses.append(Access(purpose, len(items)))
        return self.__truth[items]

    def select(self, items: np.ndarray) -> Vault:
        """Vault of some items, also repeated ones; its accesses are recorded in this vault too."""
        found = Vault(self.__truth[items])
        found.accesses = self.accesses
        return found

    def digest(self, items: np.ndarray) -> str:
        """SHA-256 of the ground truth of some items, which detects changes without revealing it."""
        return hashlib.sha256(self.__truth[items].tobytes()).hexdigest()

    def largest_share(self) -> float:
        """Share of the items of the most frequent choice: accuracy of always answering it."""
        known = self.__truth[~self.unanswerable]
        return float(np.bincount(known).max() / len(known))

    @property
    def unanswerable(self) -> np.ndarray:
        """(N,) whether an item has no ground truth, so that the right belief is uncertainty."""
        return self.__truth == UNANSWERABLE

    def summary(self) -> dict[str, dict[str, int]]:
        """Number of accesses and of items for each purpose."""
        times = Counter(access.purpose for access in self.accesses)
        items: Counter[str] = Counter()
        for access in self.accesses:
            items[access.purpose] += access.items
        return {purpose: {"times": times[purpose], "items": items[purpose]} for purpose in times}

    def __repr__(self) -> str:
        return f"<Vault, {len(self.accesses)} accesses>"

    def __reduce__(self) -> NoReturn:
        raise TruingError("a vault cannot be copied or sent to another process")


@dataclass(frozen=True, eq=False)
class Truth:
    """Request for the ground truth of some items, fulfilled when the step that needs it runs."""

    vault: Vault
    items: np.ndarray
    purpose: Purpose

    def reveal(self) -> np.ndarray:
        """(len(items),) indices of the right choices; the vault records the access."""
        return self.vault.reveal(self.items, self.purpose)


@dataclass(frozen=True, eq=False)
class JointTruth:
    """Requests for the ground truth of several tasks, fulfilled together."""

    parts: tuple[Truth, ...]

    def reveal(self) -> np.ndarray:
        """Ground truth of all items, one request after another; each vault records its access."""
        return np.concatenate([part.reveal() for part in self.parts])
