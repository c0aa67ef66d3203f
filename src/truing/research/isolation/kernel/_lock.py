"""Lock: the restrictions that a child process sets for itself before it runs submitted code."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass

from truing.research.isolation.kernel._landlock import restrict_files
from truing.research.isolation.kernel._limits import SandboxLimits
from truing.research.isolation.kernel._namespaces import FIRST, own_processes
from truing.research.isolation.kernel._order import LockOrder
from truing.research.isolation.kernel._seccomp import restrict_calls
from truing.research.isolation.kernel._system_calls import (
    DEATH_SIGNAL,
    DUMPABLE,
    NO_NEW_PRIVILEGES,
    READ_ANY_FILE,
    become,
    keep_capabilities,
    own_network,
    prctl,
)
from truing.research.isolation.kernel._trials import FIRST_UNUSED_USER

MEGABYTE = 1 << 20
OPEN_FILES = 64
OWN_MAPS = "/proc/self/maps"  # threadpoolctl finds loaded libraries in it; it shows nothing else


@dataclass(frozen=True)
class Restrictions:
    """The restrictions of a process.

    Attributes:
        needs: requirements of the isolation level, see `Level`.
        user: number of the unprivileged user that the process becomes; None to keep the user.
        readable, listable, writable: files and folders, see `restrict_files`.
        limits: resource limits by their number in the module `resource`: soft and hard limit.
    """

    needs: tuple[str, ...]
    user: int | None
    readable: tuple[str, ...]
    listable: tuple[str, ...]
    limits: Mapping[int, tuple[int, int]]
    writable: tuple[str, ...] = ()


def restrict(to: Restrictions, parent: int) -> None:
    """Permanently restrict this process.

    Args:
        to: restrictions.
        parent: number of the parent process; its end ends this process.

    Raises:
        OSError: a restriction could not be set, so no submitted code may run.
    """
    if len(os.listdir("/proc/self/task")) != 1:
        raise OSError("restrictions apply to one thread, but another thread is running")
    if to.user is not None:
        become(to.user)
    files_locked = "landlock" in to.needs
    unread = not all(os.access(path, os.R_OK) for path in to.readable)
    # If Python is in root's private home folder, the new user could not read it. This capability
    # bypasses file permissions, but Landlock still restricts the files to the allow list.
    bypass = files_locked and unread and to.user is not None
    keep_capabilities(READ_ANY_FILE if bypass else 0)
    for kind, limit in to.limits.items():
        resource.setrlimit(kind, limit)
    prctl(NO_NEW_PRIVILEGES, 1)
    prctl(DUMPABLE, 0)
    prctl(DEATH_SIGNAL, 9)  # the kernel resets it when the user changes, so set it after
    if os.getppid() != parent:
        raise OSError("the launcher has ended")
    if files_locked:
        restrict_files(to.readable, to.listable, to.writable)
    if "seccomp" in to.needs:
        restrict_calls(writing=bool(to.writable))


def lock(order: LockOrder) -> None:
    """Permanently restrict this process to what the order allows.

    Args:
        order: order from the launcher.

    Raises:
        OSError: a restriction could not be set, so no submitted code may run.
    """
    if len(os.listdir("/proc/self/task")) != 1:
        raise OSError("namespaces are entered by one thread, but another thread is running")
    own, parent = FIRST_UNUSED_USER + os.getpid(), order.parent
    if order.own_processes:
        own_processes(parent)
        parent = FIRST
    elif order.own_network:
        own_network()
    if order.other_user:  # a separate user for each process, so that its processes can be counted
        os.chown(".", own, own)
    restrictions = Restrictions(
        order.needs,
        own if order.other_user else None,
        (*order.whole, OWN_MAPS),
        order.names,
        _resource_limits(order.limits),
    )
    restrict(restrictions, parent)


def _resource_limits(limits: SandboxLimits) -> dict[int, tuple[int, int]]:
    cpu = int(time.process_time() + limits.cpu) + 1
    caps = {
        resource.RLIMIT_AS: limits.memory_mb * MEGABYTE,
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_FSIZE: limits.file_mb * MEGABYTE,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    return {resource.RLIMIT_CPU: (cpu, cpu + 1)} | {kind: (cap, cap) for kind, cap in caps.items()}
