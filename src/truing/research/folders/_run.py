"""Run: limits and result of one run of a folder, and the interface of what runs folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from truing.research.folders._frozen import FrozenFolder
from truing.research.folders._inputs import RunInputs


class FolderLimits(BaseModel):
    """Resource limits of one run of a folder.

    Attributes:
        cpu: processor time of all threads, in whole seconds.
        seconds: time on the clock, in seconds.
        memory_mb: memory in MB.
        scratch_mb: size of everything that the run writes, in MB.
        threads: number of threads.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpu: int = Field(default=120, ge=1)
    seconds: float = Field(default=600, gt=0)
    memory_mb: int = Field(default=4096, ge=256)
    scratch_mb: int = Field(default=256, ge=1)
    threads: int = Field(default=2, ge=1, le=256)


@dataclass(frozen=True)
class Usage:
    """Resources that a run or a submission used.

    Attributes:
        cpu: processor time in seconds.
        seconds: time on the clock in seconds.
        memory_mb: peak memory in MB.
    """

    cpu: float = 0.0
    seconds: float = 0.0
    memory_mb: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.cpu + other.cpu, self.seconds + other.seconds, max(self.memory_mb, other.memory_mb)
        )


@dataclass(frozen=True)
class Surroundings:
    """What a run could notice besides its inputs. The auditor varies it.

    Attributes:
        clock_shift: number of seconds by which the clock of the run differs from the true time.
        environment: additional environment variables.
        user: name of the user, of the machine and of the working folder, as far as it can be set.
    """

    clock_shift: float = 0.0
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str = ""


USUAL = Surroundings()


@dataclass(frozen=True, eq=False)
class FolderRun:
    """The result of a run.

    Attributes:
        beliefs: (m, k) float64, rows sum to 1: predictions about the items to predict; None if the
            run failed.
        failure: reason of the failure, one of a fixed number of texts that a researcher may read;
            empty if there was none.
        usage: resources that the run used, also if it failed.
        level: isolation level at which it ran.
        output: start of the printed output, for a trial and for the auditor only.
        detail: error message of the run, for the owner of the research run only.
    """

    beliefs: np.ndarray | None
    failure: str
    usage: Usage
    level: str
    output: str = ""
    detail: str = ""


class FolderRunner(Protocol):
    """Runs folders at a fixed isolation level."""

    level: str
    limits: FolderLimits

    def run(
        self, folder: FrozenFolder, inputs: RunInputs, surroundings: Surroundings = USUAL
    ) -> FolderRun:
        """Run a folder once.

        Raises:
            IsolationError: the restrictions could not be set, so no submitted code ran.
        """
