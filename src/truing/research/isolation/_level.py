"""Isolation levels, and the levels that this machine supports."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from types import MappingProxyType

from truing.closure import TRUING
from truing.errors import IsolationError, UnknownNameError

TRIALS = "from truing.research.isolation.kernel._trials import main; main()"


@dataclass(frozen=True)
class Capabilities:
    """Features of this machine for sandboxing a process.

    Attributes:
        linux: whether the operating system is Linux.
        landlock: version of the kernel's Landlock interface; 0 if it has none.
        seccomp: whether system calls can be filtered (Linux on x86_64 or aarch64).
        own_network: whether a process can get a separate, empty network.
        other_user: whether this process is root, so that a process can become another user who owns
            no files.
        own_processes: whether a process can get separate PID and mount namespaces, in which it sees
            no other processes.
    """

    linux: bool
    landlock: int = 0
    seccomp: bool = False
    own_network: bool = False
    other_user: bool = False
    own_processes: bool = False


@dataclass(frozen=True)
class Level:
    """An isolation level.

    At every level the code runs in a new process with an empty home folder, a few environment
    variables, no open files of the referee, no way to gain privileges, and limits on time, memory,
    processes and file sizes. It ends with the referee. If the referee runs as root, the process is
    another user. If the machine allows it, the network of the process is empty. If the machine
    allows PID and mount namespaces, the process has a separate /proc and sees only itself and its
    parent; results record this level as `sealed+namespaces`. The process receives weak labels, the
    student's beliefs about the learning items, the state of a random generator and, if the method
    prepares, features and clusters of the learning items. The ground truth is never in its memory.
    A submitted folder receives the inputs of its run, and may write files in its scratch space, see
    `FolderSandbox`.

    Attributes:
        name: name of the level.
        needs: names of the required capabilities.
        stops: what the level prevents.
        leaves: what the level does not prevent.
    """

    name: str
    needs: tuple[str, ...]
    stops: str
    leaves: str


LEVELS: Mapping[str, Level] = MappingProxyType(
    {
        level.name: level
        for level in (
            Level(
                "sealed",
                ("linux", "landlock", "seccomp"),
                "opens only files of Python and of some packages, and writes no files; no network, "
                "no new processes, no signals to other processes and no access to them",
                "does not prevent kernel exploits, timing and other side channels, or checks of "
                "whether a path exists and how large it is; without namespaces it does not hide "
                "numbers, users and start times of processes; the author may know data by heart",
            ),
            Level(
                "filtered",
                ("linux", "seccomp"),
                "writes no files; no network, no new processes, no signals to other processes and "
                "no access to them",
                "can read every file of its user, including ground truth on disk, unless "
                "the referee runs as root (then it is another user, who cannot read private files)",
            ),
            Level(
                "limited",
                ("linux",),
                "limits time, memory and processes; no environment or open files of the referee",
                "can read and write every file of its user, and signal and trace the processes of "
                "its user, including the referee, unless the referee runs as root (then it is "
                "another user); it can fill the disk, start processes that outlive it unless the "
                "referee runs as root, and use the network unless it has an empty one; use it only "
                "for code that you trust not to cheat",
            ),
        )
    }
)
"""Isolation levels by name, strongest first."""

DOCKER = "docker"
MISSING = {
    "linux": "Linux",
    "landlock": "Landlock (Linux 5.13 or newer, and enabled)",
    "seccomp": "seccomp filters (Linux on x86_64 or aarch64)",
}


@cache
def probe() -> Capabilities:
    """The capabilities of this machine, tested in a separate process."""
    if not sys.platform.startswith("linux"):
        return Capabilities(linux=False)
    done = subprocess.run(
        [sys.executable, "-s", "-P", "-B", "-c", TRIALS],
        capture_output=True,
        text=True,
        env=child_environment("/"),
        timeout=60,
    )
    if done.returncode:
        raise IsolationError(
            f"the isolation features of this machine could not be tested: {done.stderr[-300:]}"
        )
    return Capabilities(linux=True, **json.loads(done.stdout))


def choose_level(wanted: str | None = None) -> Level:
    """The level with a name; by default `sealed`. Weaker levels must be named.

    Raises:
        UnknownNameError: no level has this name.
        IsolationError: the machine lacks a required capability, or the level is `docker`.
    """
    name = wanted or "sealed"
    if name == DOCKER:
        raise IsolationError(
            "isolation must not be 'docker': use 'sealed', the strongest level, or 'podman' for "
            "folders in containers. The agent that writes the code can run in a container: "
            "inspect eval truing/research -T sandbox=docker"
        )
    if name not in LEVELS:
        raise UnknownNameError("isolation level", name, (*LEVELS, "podman"))
    level, given = LEVELS[name], asdict(probe())
    lacking = [MISSING[one] for one in level.needs if not given[one]]
    if not lacking:
        return level
    possible = [one.name for one in LEVELS.values() if all(given[need] for need in one.needs)]
    weaker = "; ".join(f"{one!r} ({LEVELS[one].leaves})" for one in possible)
    advice = f"; weaker levels that the configuration can name: {weaker}" if weaker else ""
    raise IsolationError(
        f"the isolation level {name!r} is not possible on this machine, which lacks "
        f"{' and '.join(lacking)}{advice}"
    )


def recorded_name(level: Level) -> str:
    """The name of a level in results, with `+namespaces` if the machine allows namespaces."""
    return f"{level.name}+namespaces" if probe().own_processes else level.name


def child_environment(home: str) -> dict[str, str]:
    """The environment variables of a sandboxed process."""
    one_thread = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(TRUING.parent),
        **dict.fromkeys(one_thread, "1"),
    }
