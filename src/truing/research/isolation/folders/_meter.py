"""Meter: what a container uses, as the control group of this machine's kernel counts it.

A runtime with a separate kernel, such as gVisor, counts the processor time of a run by looking
every 10 ms which threads run, so a run could rest at those moments. The control group contains the
whole container, with the work of the separate kernel, and is exact.

Source: the kernel's admin-guide/cgroup-v1 and cgroup-v2 documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

GROUPS = Path("/sys/fs/cgroup")
OF_CONTAINERS = "libpod"  # in the names of Podman's groups


@dataclass(frozen=True)
class Meter:
    """Files of a control group.

    Attributes:
        cpu: file with the processor time.
        memory: file with the number of processes that were killed for memory.
    """

    cpu: Path
    memory: Path

    @classmethod
    def of(cls, pid: int, groups: Path = GROUPS, processes: Path = Path("/proc")) -> Self | None:
        """The meter of a container; None if the container has no separate control group.

        Args:
            pid: number of any process of the container.
            groups, processes: where the kernel shows control groups and processes.
        """
        try:
            lines = (processes / str(pid) / "cgroup").read_text().splitlines()
        except OSError:
            return None
        paths = {
            name: path
            for _, names, path in (one.split(":", 2) for one in lines)
            for name in names.split(",")
        }
        if "cpuacct" in paths and "memory" in paths:
            cpu = groups / "cpuacct" / paths["cpuacct"][1:]
            memory = groups / "memory" / paths["memory"][1:]
            found = cls(cpu / "cpuacct.usage", memory / "memory.oom_control")
        else:
            group = groups / paths.get("", "/")[1:]
            found = cls(group / "cpu.stat", group / "memory.events")
        own = all(OF_CONTAINERS in str(one) and one.exists() for one in (found.cpu, found.memory))
        return found if own else None

    def seconds(self) -> float | None:
        """Processor time of the container so far, in seconds; None if the container has ended."""
        try:
            text = self.cpu.read_text()
        except OSError:
            return None
        return int(text) / 1e9 if text.strip().isdigit() else _number(text, "usage_usec") / 1e6

    def out_of_memory(self) -> bool:
        """Whether the kernel has killed a process of the container for memory."""
        try:
            return _number(self.memory.read_text(), "oom_kill") > 0
        except OSError:
            return False


def _number(text: str, name: str) -> int:
    """The number after a name in the lines of a file."""
    found = dict(one.split() for one in text.splitlines())
    return int(found.get(name, 0))
