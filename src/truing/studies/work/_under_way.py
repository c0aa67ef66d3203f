"""A fine-tuning under way: what is kept of it, so that an interrupted one goes on.

What is under way lies in the store beside the results, under keys of its own: the state of the
training, members of an ensemble that are done, and its progress. It is removed at the end.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from truing.students.transformer import FineTuning, Tuned, finetune
from truing.studies._store import Store

SAVE_SECONDS = 60.0  # between saved states of a training, at least
SAVE_SHARE = 0.05  # of the time, at most, that saving takes
TELL_SECONDS = 1.0  # between notes of how far it is


@dataclass(frozen=True)
class FinetuneNotes:
    """What must be known of a fine-tuning that is done.

    Attributes:
        cut: texts that were longer than the limit.
        halved: how often batches were halved where memory ran out.
        steps: of all members.
        examples_per_second: None where all steps were taken before an interruption.
        seconds: wall-clock time.
    """

    cut: int
    halved: int
    steps: int
    examples_per_second: float | None
    seconds: float

    def to_json(self) -> dict[str, float | None]:
        """As the store and run folders keep them."""
        return {
            "cut": self.cut,
            "halved": self.halved,
            "steps": self.steps,
            "examples a second": self.examples_per_second,
            "seconds": self.seconds,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> FinetuneNotes:
        """Read what `to_json` made."""
        speed = kept["examples a second"]
        return cls(kept["cut"], kept["halved"], kept["steps"], speed, kept["seconds"])


@dataclass(frozen=True)
class FinetuneProgress:
    """How far a fine-tuning is.

    Attributes:
        step, steps: taken and to take, of all members.
        examples_per_second: speed since it was started or resumed.
        seconds_left: estimate.
    """

    step: int
    steps: int
    examples_per_second: float
    seconds_left: int


def read_progress(store: Store, key: str) -> FinetuneProgress | None:
    """How far the fine-tuning of a step is; None where none is under way.

    Raises:
        TruingError: it ended just now.
    """
    noted = _progress_key(key)
    return FinetuneProgress(**store.read_json(noted)) if noted in store else None


class UnderWay:
    """The runs of one step in turn, each of which goes on where it was interrupted."""

    def __init__(self, store: Store, key: str, runs: int):
        self.store, self.key, self.runs = store, key, runs
        self.number = -1
        self.told = time.monotonic()
        self.learned, self.seconds = 0, 0.0  # items and time of steps taken now, but the first
        self.last: float | None = None

    def run(self, work: FineTuning) -> Tuned:
        """Train one member, or two peers, or read what came of it before an interruption."""
        self.number += 1
        done = _derived(self.key, f"done {self.number}")
        if done in self.store:
            kept: dict[str, Any] = {name: one[()] for name, one in self.store.read(done).items()}
            return Tuned(**kept)
        keep = _Keep(self.store, _derived(self.key, f"state {self.number}"))
        work = replace(work, chance=f"{work.chance} run {self.number}")
        self.last = None
        found = finetune(work, keep, self.tell)
        if self.runs > 1:
            self.store.write(done, {name: np.asarray(one) for name, one in vars(found).items()})
        return found

    def tell(self, step: int, steps: int, items: int) -> None:
        """Note how far it is, at most once a second."""
        now = time.monotonic()
        if self.last is not None:  # loading, and what the first step warms up, count for nothing
            self.learned, self.seconds = self.learned + items, self.seconds + now - self.last
        self.last = now
        if now - self.told < TELL_SECONDS or not self.learned:
            return
        self.told = now
        left = steps * (self.runs - self.number) - step
        speed = self.learned / self.seconds
        note = FinetuneProgress(
            step=self.number * steps + step,
            steps=self.runs * steps,
            examples_per_second=round(speed, 1),
            seconds_left=round(left * items / speed),
        )
        self.store.write_json(_progress_key(self.key), asdict(note))

    def notes(self, found: Sequence[Tuned], seconds: float) -> FinetuneNotes:
        """What must be known of the training."""
        speed = round(self.learned / self.seconds, 1) if self.learned else None
        return FinetuneNotes(
            cut=int(found[0].cut),
            halved=sum(int(one.halved) for one in found),
            steps=sum(len(one.losses) for one in found),
            examples_per_second=speed,
            seconds=round(seconds, 1),
        )

    def forget(self) -> None:
        """Remove what is needed while it is under way only."""
        for number in range(self.runs):
            self.store.remove(_derived(self.key, f"state {number}"))
            self.store.remove(_derived(self.key, f"done {number}"))
        self.store.remove(_progress_key(self.key))


class _Keep:
    """The state of one run, in the store."""

    def __init__(self, store: Store, key: str):
        self.store, self.key = store, key
        self.saved, self.cost = time.monotonic(), 0.0

    def load(self) -> dict[str, np.ndarray] | None:
        """What was saved last; a damaged state counts as none."""
        return self.store.read(self.key) if self.store.intact(self.key) else None

    def due(self) -> bool:
        """Whether enough time has passed to save again."""
        return time.monotonic() - self.saved >= max(SAVE_SECONDS, self.cost / SAVE_SHARE)

    def save(self, arrays: dict[str, np.ndarray]) -> None:
        """Replace what was saved."""
        began = time.monotonic()
        self.store.write(self.key, arrays)
        self.saved = time.monotonic()
        self.cost = self.saved - began


def _progress_key(key: str) -> str:
    return _derived(key, "progress")


def _derived(key: str, use: str) -> str:
    return hashlib.sha256(f"{key} {use}".encode()).hexdigest()
