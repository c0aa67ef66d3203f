"""Trusted items: which items have a ground truth that monitors receive, for each seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from truing.errors import UserError
from truing.seeding import seeded
from truing.tasks import Source, Splits

MOST_NAMED = 10  # test items that a message names


@dataclass(frozen=True, eq=False)
class TrustingDivision:
    """Splits of a task with trusted items, which no student learns.

    By default they are random items of the supervise split.

    Attributes:
        home: the task and its vault.
        given: indices of the items that the user trusts; None for the default.
        most: largest number of trusted items that a monitor asks for.
    """

    home: Source
    given: np.ndarray | None
    most: int

    def trusted(self, seed: int) -> np.ndarray:
        """(t,) indices of the trusted items in random order; a monitor receives the first."""
        items = self.home.splits(seed).supervise if self.given is None else self.given
        rng = seeded(f"trusted {self.home.task.fingerprint} {seed}")
        return rng.permutation(np.sort(items))

    def splits(self, seed: int) -> Splits:
        """Splits in which trusted items are not learned; models are asked about them too."""
        if seed not in self._drawn:
            self._drawn[seed] = self._draw(seed)
        return self._drawn[seed]

    @cached_property
    def _drawn(self) -> dict[int, Splits]:
        return {}

    def _draw(self, seed: int) -> Splits:
        whole = self.home.splits(seed)
        learn = whole.learn
        if self.given is not None:
            learn = learn[~np.isin(learn, self.given)]
        asked = np.concatenate([whole.scored, self.trusted(seed)[: self.most]])
        return replace(whole, learn=learn, candidates=np.unique(asked))


def with_trusted(home: Source, ids: Sequence[str], most: int) -> tuple[Source, TrustingDivision]:
    """A task whose splits have trusted items.

    Args:
        home: the task and its vault.
        ids: ids of the items that the user trusts; empty for random items.
        most: largest number of trusted items that a monitor asks for.

    Raises:
        UserError: an id is unknown, or a trusted item is watched.
    """
    given = _indices(home, ids) if ids else None
    division = TrustingDivision(home, given, most)
    if given is None and not most:
        return home, division
    return replace(home, division=division), division


def _indices(home: Source, ids: Sequence[str]) -> np.ndarray:
    """Sorted indices of the trusted items."""
    name, place = home.task.name, {one: at for at, one in enumerate(home.task.ids)}
    for one in ids:
        if one not in place:
            raise UserError(
                f"trusted: {name} has no item with the id {one!r}, and no file has this name; "
                "`truing items` lists the ids"
            )
    given = np.unique([place[one] for one in ids])
    splits = home.splits(0)
    watched = given[np.isin(given, np.union1d(splits.test, splits.scored))]
    if len(watched):
        first = ", ".join(repr(home.task.ids[at]) for at in watched[:MOST_NAMED])
        more = ", ..." if len(watched) > MOST_NAMED else ""
        raise UserError(
            f"trusted: {len(watched)} of {len(given)} trusted items are test items, which monitors "
            f"watch: {first}{more}; leave them out"
        )
    unknown = given[home.vault.unanswerable[given]]
    if len(unknown):
        raise UserError(
            f"trusted: the item {home.task.ids[unknown[0]]!r} has no ground truth; leave out "
            "unanswerable items"
        )
    return given
