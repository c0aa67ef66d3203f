"""Folder order: what the process that runs a folder must know before it starts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from truing.research.folders import FolderLimits


@dataclass(frozen=True)
class FolderOrder:
    """The first message to the process that supervises a run.

    Attributes:
        needs: requirements of the isolation level, see `Level`.
        limits: resource limits of the run.
        own_network, own_processes, other_user: capabilities of the machine, see `Capabilities`.
        place: base folder of the run.
        work: name of the working folder in it.
        host: name of the machine that the run sees, if it has namespaces.
        environment: environment variables of the run.
        clock_shift: see `Surroundings`.
        models: folders that the run may read.
        every_package: whether the run may read all installed packages.
        answer_bytes: largest size of the file of predictions.
    """

    needs: tuple[str, ...]
    limits: FolderLimits
    own_network: bool
    own_processes: bool
    other_user: bool
    place: str
    work: str
    host: str
    environment: Mapping[str, str]
    clock_shift: float
    models: tuple[str, ...]
    every_package: bool
    answer_bytes: int

    def to_bytes(self) -> bytes:
        """The order as a length and JSON."""
        fields = {**asdict(self), "limits": self.limits.model_dump()}
        text = json.dumps(fields).encode()
        return len(text).to_bytes(4, "little") + text

    @classmethod
    def read(cls, read: Callable[[int], bytes]) -> FolderOrder:
        """The order in bytes.

        Args:
            read: returns exactly the requested number of bytes.
        """
        fields: dict[str, Any] = json.loads(read(int.from_bytes(read(4), "little")))
        fields["limits"] = FolderLimits(**fields["limits"])
        for name in ("needs", "models"):
            fields[name] = tuple(fields[name])
        return cls(**fields)
