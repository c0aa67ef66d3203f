"""Trials of what this machine gives, each in a process of its own; run by `probe`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

from truing.research.isolation._kernel import NO_NEW_PRIVILEGES, become, own_network, prctl
from truing.research.isolation._landlock import interface_version
from truing.research.isolation._namespaces import own_processes
from truing.research.isolation._seccomp import restrict_calls, seccomp_available

NOBODY_AT_ALL = 1 << 30  # a user that no system gives to anybody; the launcher counts up from here


def main() -> None:
    """Print the capabilities as JSON."""
    found = {
        "landlock": interface_version(),
        "seccomp": seccomp_available() and _works(_filter),
        "own_network": _works(own_network),
        "own_processes": _works(_lonely),
        "other_user": os.getuid() == 0 and _works(lambda: become(NOBODY_AT_ALL)),
    }
    print(json.dumps(found))


def _filter() -> None:
    prctl(NO_NEW_PRIVILEGES, 1)  # without which only root may filter
    restrict_calls()


def _lonely() -> None:
    """Enter namespaces of its own; OSError if a process of the machine can still be seen there."""
    own_processes(os.getppid())
    if sum(name.isdigit() for name in os.listdir("/proc")) != 2:
        raise OSError("/proc shows other processes")


def _works(trial: Callable[[], None]) -> bool:
    """Whether a trial ends without an error, in a copy of this process, which nothing outlives."""
    copy = os.fork()
    if copy:
        return os.waitpid(copy, 0)[1] == 0
    try:
        trial()
    except OSError:
        os._exit(1)
    os._exit(0)
