"""Vault: the only holder of truth."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Literal, NoReturn, get_args

import numpy as np

from truing.errors import TruingError, UserError

Purpose = Literal["supervise", "ceiling", "plant", "score"]
"""Why truth is looked at: to train a supervisor, to train a ceiling (or the oracle), to plant a
simulated supervisor's errors, or to score."""


@dataclass(frozen=True)
class Access:
    """One look into the vault: why, and at how many items."""

    purpose: Purpose
    items: int


class Vault:
    """Truth of a task, handed out for a named purpose only, with a record of every access.

    It cannot be copied, pickled, printed or iterated, so that it never reaches another process or a
    log by accident: steps receive the truth of just the items that their purpose needs, and those
    that make students receive none.
    """

    __slots__ = ("__truth", "accesses")

    def __init__(self, truth: np.ndarray):
        self.__truth = np.array(truth, dtype=np.int64)
        self.accesses: list[Access] = []

    def reveal(self, items: np.ndarray, purpose: Purpose) -> np.ndarray:
        """Truth (len(items),) of some items, as indices of choices; the access is recorded.

        Raises:
            UserError: an unknown purpose.
        """
        if purpose not in get_args(Purpose):
            allowed = ", ".join(get_args(Purpose))
            raise UserError(f"no truth is given for {purpose!r}; purposes are: {allowed}")
        self.accesses.append(Access(purpose, len(items)))
        return self.__truth[items]

    def digest(self, items: np.ndarray) -> str:
        """SHA-256 of the truth of some items: tells that it changed, not what it is."""
        return hashlib.sha256(self.__truth[items].tobytes()).hexdigest()

    def summary(self) -> dict[str, dict[str, int]]:
        """For each purpose: times asked, and items handed out."""
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
    """A request for the truth of some items, fulfilled when the work runs that needs it."""

    vault: Vault
    items: np.ndarray
    purpose: Purpose

    def reveal(self) -> np.ndarray:
        """(len(items),) indices of the right choices; the vault records the access."""
        return self.vault.reveal(self.items, self.purpose)
