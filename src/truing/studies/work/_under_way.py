"""A fine-tuning in progress: saved states, from which an interrupted fine-tuning resumes.

The store contains, under derived keys, the state of the training, the finished members of an
ensemble, and the progress. They are removed at the end.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from truing.students.transformer import FineTuning, Take, Tuned, finetune
from truing.studies._store import Store

SAVE_SECONDS = 60.0  # minimum interval between saved states
SAVE_SHARE = 0.05  # maximum share of the time that saving takes
REPORT_SECONDS = 1.0  # minimum interval between progress notes


@dataclass(frozen=True)
class FinetuneNotes:
    """Notes of a finished fine-tuning.

    Attributes:
        cut: number of texts that were longer than `max_length`.
        halved: number of times that a batch was halved because memory ran out.
        steps: total number of steps of all members.
        examples_per_second: speed; None if all steps were taken before an interruption.
        seconds: wall-clock time.
    """

    cut: int
    halved: int
    steps: int
    examples_per_second: float | None
    seconds: float

    def to_json(self) -> dict[str, float | None]:
        """JSON values for the store and run folders."""
        return {
            "cut": self.cut,
            "halved": self.halved,
            "steps": self.steps,
            "examples a second": self.examples_per_second,
            "seconds": self.seconds,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> FinetuneNotes:
        """Read the values of `to_json`."""
        speed = stored["examples a second"]
        return cls(stored["cut"], stored["halved"], stored["steps"], speed, stored["seconds"])


@dataclass(frozen=True)
class FinetuneProgress:
    """Progress of a fine-tuning.

    Attributes:
        step, steps: completed and total steps of all members.
        examples_per_second: speed since the start or resumption.
        seconds_left: estimated remaining time.
    """

    step: int
    steps: int
    examples_per_second: float
    seconds_left: int


def read_progress(store: Store, key: str) -> FinetuneProgress | None:
    """Progress of the fine-tuning of a step; None if it is not running.

    Raises:
        TruingError: the fine-tuning ended during the call.
    """
    note = _progress_key(key)
    return FinetuneProgress(**store.read_json(note)) if note in store else None


class UnderWay:
    """The training runs of a step, one after another, each resumed from its saved state.

    Args:
        store: store of the saved states.
        key: key of the step.
        runs: number of training runs.
        take: receives the trained models of each run.
        watch: called after each step with the number of steps done and of all steps.
    """

    def __init__(
        self,
        store: Store,
        key: str,
        runs: int,
        take: Take | None = None,
        watch: Callable[[int, int], None] | None = None,
    ):
        self.store, self.key, self.runs = store, key, runs
        self.take, self.watch = take, watch
        self.number = -1
        self.reported = time.monotonic()
        self.learned, self.seconds = 0, 0.0  # items and time of this process's steps, except first
        self.last: float | None = None

    def run(self, work: FineTuning) -> Tuned:
        """Train a member, or two peers, or read the result if it was finished before."""
        self.number += 1
        done = _derived(self.key, f"done {self.number}")
        if done in self.store:
            arrays = self.store.read(done)
            stored: dict[str, Any] = {name: array[()] for name, array in arrays.items()}
            return Tuned(**stored)
        keep = _Keep(self.store, _derived(self.key, f"state {self.number}"))
        work = replace(work, chance=f"{work.chance} run {self.number}")
        self.last = None
        found = finetune(work, keep, self.report, self.take)
        if self.runs > 1:
            arrays = {name: np.asarray(value) for name, value in vars(found).items()}
            self.store.write(done, arrays)
        return found

    def report(self, step: int, steps: int, items: int) -> None:
        """Write the progress to the store, at most once per second."""
        if self.watch is not None:
            self.watch(self.number * steps + step, self.runs * steps)
        now = time.monotonic()
        if self.last is not None:  # the speed excludes loading and the first step
            self.learned, self.seconds = self.learned + items, self.seconds + now - self.last
        self.last = now
        if now - self.reported < REPORT_SECONDS or not self.learned:
            return
        self.reported = now
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
        """Notes of the finished fine-tuning."""
        speed = round(self.learned / self.seconds, 1) if self.learned else None
        return FinetuneNotes(
            cut=int(found[0].cut),
            halved=sum(int(tuned.halved) for tuned in found),
            steps=sum(len(tuned.losses) for tuned in found),
            examples_per_second=speed,
            seconds=round(seconds, 1),
        )

    def forget(self) -> None:
        """Remove the saved states, finished members and progress."""
        for number in range(self.runs):
            self.store.remove(_derived(self.key, f"state {number}"))
            self.store.remove(_derived(self.key, f"done {number}"))
        self.store.remove(_progress_key(self.key))


class _Keep:
    """The saved state of a training run, in the store."""

    def __init__(self, store: Store, key: str):
        self.store, self.key = store, key
        self.saved, self.cost = time.monotonic(), 0.0

    def load(self) -> dict[str, np.ndarray] | None:
        """The last saved state; None if there is none or it is damaged."""
        return self.store.read(self.key) if self.store.intact(self.key) else None

    def due(self) -> bool:
        """Whether enough time has passed to save again."""
        return time.monotonic() - self.saved >= max(SAVE_SECONDS, self.cost / SAVE_SHARE)

    def save(self, arrays: dict[str, np.ndarray]) -> None:
        """Replace the saved state."""
        began = time.monotonic()
        self.store.write(self.key, arrays)
        self.saved = time.monotonic()
        self.cost = self.saved - began


def _progress_key(key: str) -> str:
    return _derived(key, "progress")


def _derived(key: str, use: str) -> str:
    return hashlib.sha256(f"{key} {use}".encode()).hexdigest()
