"""Runs: run a folder in the contexts of the auditor, each once."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

import numpy as np

from truing.research.audit._contexts import CHANGES, surroundings
from truing.research.folders import FolderRun, FolderRunner, FrozenFolder, RunInputs, Usage


@dataclass
class Tally:
    """Number of runs of an audit, and the resources that they used."""

    runs: int = 0
    usage: Usage = field(default_factory=Usage)

    def add(self, run: FolderRun) -> FolderRun:
        """Count a run."""
        self.runs += 1
        self.usage += run.usage
        return run


@dataclass
class Runs:
    """Runs of one folder on the inputs of one seed, cached by context.

    Attributes:
        folder, inputs: the folder, and the inputs of the context `usual`.
        runner: runs the folder.
        secret, label: from these the random draws of the contexts follow.
        tally: counts the runs.
    """

    folder: FrozenFolder
    inputs: RunInputs
    runner: FolderRunner
    secret: bytes
    label: str
    tally: Tally
    _made: dict[str, FolderRun] = field(default_factory=dict)

    def draw(self, name: str) -> np.random.Generator:
        """The random generator of a draw; the same for the same name."""
        text = f"audit draw {self.folder.digest} {self.label} {name}"
        seeded = hmac.digest(self.secret, text.encode(), hashlib.sha256)
        return np.random.default_rng(int.from_bytes(seeded, "big"))

    def run(self, context: str) -> FolderRun:
        """The run in a context."""
        if context not in self._made:
            inputs = self.inputs
            if context in CHANGES:
                draw, change = CHANGES[context]
                inputs = change(inputs, self.draw(draw))
            found = self.runner.run(self.folder, inputs, surroundings(context))
            self._made[context] = self.tally.add(found)
        return self._made[context]

    def of(self, other: FrozenFolder) -> FolderRun:
        """The run of another folder on the usual inputs."""
        name = f"folder {other.digest}"
        if name not in self._made:
            self._made[name] = self.tally.add(self.runner.run(other, self.inputs))
        return self._made[name]
