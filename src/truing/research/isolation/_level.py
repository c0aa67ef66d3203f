"""Levels of isolation, and what this machine can give of them."""

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

TRIALS = "from truing.research.isolation._trials import main; main()"


@dataclass(frozen=True)
class Capabilities:
    """What this machine gives to somebody who wants to lock a process up.

    Attributes:
        linux: whether it is Linux at all.
        landlock: version of the kernel's Landlock interface, 0 where it has none.
        seccomp: whether system calls can be filtered (Linux on x86_64 or aarch64).
        own_network: whether a process can be given an empty network of its own.
        other_user: whether we are root, and a process can become a user that owns nothing.
        own_processes: whether a process can be given PID and mount namespaces of its own, in which
            it sees no other process.
    """

    linux: bool
    landlock: int = 0
    seccomp: bool = False
    own_network: bool = False
    other_user: bool = False
    own_processes: bool = False


@dataclass(frozen=True)
class Level:
    """One level of isolation.

    At every level the code gets a fresh process with an empty home folder, a handful of
    environment variables, no open file of ours, no way to gain privileges, limits on time, memory,
    processes and file sizes; it is another user where we are root, has an empty network where the
    machine allows it, and dies with us. Where the machine allows PID and mount namespaces, it sees
    no process but its own and its parent, in a /proc of its own; results record such a level as
    `sealed+namespaces`. It is sent weak labels, the student's beliefs about the learning items, the
    state of a random generator and, if it prepares, their features and clusters: truth is not in
    its memory at any level.

    Attributes:
        name: as it is asked for.
        needs: what it cannot do without: names of capabilities.
        stops: what it promises.
        leaves: what it does not stop.
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
                "opens no file but Python's and a few packages' own, writes none; no network, no "
                "new process, no signal or look at another process",
                "a flaw in the kernel, timing and other side channels, whether a path exists and "
                "how large it is, without namespaces also the numbers, users and start times of "
                "processes; what the author knows by heart",
            ),
            Level(
                "filtered",
                ("linux", "seccomp"),
                "writes no file; no network, no new process, no signal or look at another process",
                "reads every file that its user may: any truth of ours on disk, unless we are root "
                "(then it is another user, and files closed to others stay closed)",
            ),
            Level(
                "limited",
                ("linux",),
                "uses no more than its time, memory and processes; no environment or open file of "
                "ours",
                "reads and writes whatever its user may, and signals and traces that user's "
                "processes, this one too, unless we are root (then it is another user); it may "
                "fill the disk, start processes that outlive it where we are not root, and use the "
                "network unless it was given an empty one. For code that you trust not to cheat",
            ),
        )
    }
)
"""From strong to weak."""

DOCKER = "docker"
MISSING = {
    "linux": "Linux",
    "landlock": "Landlock (Linux 5.13 or newer, and switched on)",
    "seccomp": "seccomp filters (Linux on x86_64 or aarch64)",
}


@cache
def probe() -> Capabilities:
    """What this machine gives: tried in a process of its own, not read off a version number."""
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
        raise IsolationError(f"what this machine gives could not be tried: {done.stderr[-300:]}")
    return Capabilities(linux=True, **json.loads(done.stdout))


def choose_level(wanted: str | None = None) -> Level:
    """The level asked for, or `sealed`; never a weaker one than that unless it is named.

    Raises:
        UnknownNameError: no level has that name.
        IsolationError: the machine lacks what the level needs, or the level is made elsewhere.
    """
    name = wanted or "sealed"
    if name == DOCKER:
        raise IsolationError(
            "submitted code is not run in a container; the strongest level is 'sealed'. The agent "
            "that writes it can be: by `inspect eval truing/research -T sandbox=docker`"
        )
    if name not in LEVELS:
        raise UnknownNameError("level of isolation", name, (*LEVELS, DOCKER))
    level, given = LEVELS[name], asdict(probe())
    lacking = [MISSING[one] for one in level.needs if not given[one]]
    if not lacking:
        return level
    possible = [one.name for one in LEVELS.values() if all(given[need] for need in one.needs)]
    weaker = "; ".join(f"{one!r} (it {LEVELS[one].leaves})" for one in possible)
    raise IsolationError(
        f"submitted code cannot be isolated as {name!r} on this machine, which lacks "
        f"{' and '.join(lacking)}. {f'Weaker, if asked for by name: {weaker}' if weaker else ''}"
    )


def recorded_name(level: Level) -> str:
    """The level's name as results record it: `sealed+namespaces` where the code saw no process."""
    return f"{level.name}+namespaces" if probe().own_processes else level.name


def child_environment(home: str) -> dict[str, str]:
    """The only variables that a child process sees."""
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
