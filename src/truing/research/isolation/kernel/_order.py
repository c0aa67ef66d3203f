"""Order: the restrictions that a child process must set before it runs submitted code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from truing.research.isolation.kernel._limits import SandboxLimits


@dataclass(frozen=True)
class LockOrder:
    """The first message to the child process.

    Attributes:
        name: name of the method in the submitted file.
        needs: requirements of the isolation level, see `Level`.
        limits: resource limits of the code.
        parent: process number of the launcher.
        own_network, own_processes, other_user: capabilities of the machine, see `Capabilities`.
        whole: files, and folders with everything in them, that may be read.
        names: folders that may only be listed.
    """

    name: str
    needs: tuple[str, ...]
    limits: SandboxLimits
    parent: int
    own_network: bool
    own_processes: bool
    other_user: bool
    whole: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def from_json(cls, sent: Mapping[str, Any]) -> Self:
        """The order in the fields that were sent."""
        return cls(**{**sent, "limits": SandboxLimits(**sent["limits"])})
