"""Tests of the machine's capabilities, each in a separate process; `probe` runs them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

from truing.research.isolation.kernel._landlock import interface_version
from truing.research.isolation.kernel._namespaces import own_processes
from truing.research.isolation.kernel._seccomp import restrict_calls, seccomp_available
from truing.research.isolation.kernel._system_calls import (
    NO_NEW_PRIVILEGES,
    become,
    own_network,
    prctl,
)

FIRST_UNUSED_USER = 1 << 30  # user numbers from here on are not assigned on any system


def main() -> None:
    """Print the capabilities as JSON."""
    found = {
        "landlock": interface_version(),
        "seccomp": seccomp_available() and filter_works(),
        "own_network": _works(own_network),
        "own_processes": _works(_separate),
        "other_user": os.getuid() == 0 and _works(lambda: become(FIRST_UNUSED_USER)),
    }
    print(json.dumps(found))


def filter_works() -> bool:
    """Whether a process can filter its system calls."""
    return _works(_filter)


def _filter() -> None:
    prctl(NO_NEW_PRIVILEGES, 1)  # required for filters of users other than root
    restrict_calls()


def _separate() -> None:
    """Enter new namespaces; raises OSError if another process is visible in them."""
    own_processes(os.getppid())
    if sum(name.isdigit() for name in os.listdir("/proc")) != 2:
        raise OSError("/proc shows other processes")


def _works(trial: Callable[[], None]) -> bool:
    """Whether a trial succeeds in a fork of this process."""
    copy = os.fork()
    if copy:
        return os.waitpid(copy, 0)[1] == 0
    try:
        trial()
    except OSError:
        os._exit(1)
    os._exit(0)
