"""Namespaces: a process with a separate /proc that sees only itself and its parent.

A PID namespace starts with the children of the process that creates it, so there are three
processes: the launcher's child, which waits outside; the first process of the namespace, which
mounts /proc and waits; and the innermost process, which later runs submitted code. The code does
not run in the first process, because the kernel does not deliver many signals to it. When the first
process ends, the kernel ends all processes of the namespace.

Source: pid_namespaces(7), mount_namespaces(7), proc(5) of Linux.
"""

from __future__ import annotations

import os
from contextlib import suppress

from truing.research.isolation.kernel._system_calls import (
    DEATH_SIGNAL,
    DUMPABLE,
    MOUNT_PRIVATE,
    MOUNT_QUIETLY,
    MOUNT_RECURSIVE,
    NEW_MOUNTS,
    NEW_PROCESSES,
    keep_access_times,
    mount,
    own_network,
    prctl,
)

FIRST = 1  # number of the first process in its namespace
SIGNALLED = 128  # exit status of a waiting process, plus the signal that ended its child


def own_processes(parent: int) -> None:
    """Continue in new PID, mount, network and IPC namespaces.

    The function returns only in the innermost process.

    Args:
        parent: process number of the launcher; its end also ends all processes created here.

    Raises:
        OSError: the kernel refused a call, or the launcher has ended.
    """
    become_first_process(parent)
    _fork_and_wait()


def become_first_process(parent: int, more: int = 0, *, whole_proc: bool = False) -> None:
    """Continue as the first process of new PID, mount, network and IPC namespaces.

    The process that calls this function waits for the first process and exits with its status.

    Args:
        parent: process number of the launcher; its end also ends all processes created here.
        more: flags of additional new namespaces.
        whole_proc: whether the new /proc has data about the machine, such as /proc/cpuinfo. Use it
            only if Landlock restricts which of its files can be read.

    Raises:
        OSError: the kernel refused a call, or the launcher has ended.
    """
    own_network(NEW_PROCESSES | NEW_MOUNTS | more)
    prctl(DEATH_SIGNAL, 9)
    if os.getppid() != parent:
        raise OSError("the launcher has ended")
    _fork_and_wait()
    prctl(DEATH_SIGNAL, 9)
    _mount_own_proc(whole_proc)
    prctl(DUMPABLE, 0)  # so that the innermost process cannot trace this one


def _mount_own_proc(whole: bool) -> None:
    # Changes do not affect the machine's mounts.
    mount("none", "/", "", MOUNT_RECURSIVE | MOUNT_PRIVATE)
    with suppress(OSError):  # before Linux 5.12
        keep_access_times("/")
    if not whole:
        with suppress(OSError):  # before Linux 5.8
            return mount("proc", "/proc", "proc", MOUNT_QUIETLY, "subset=pid")
    mount("proc", "/proc", "proc", MOUNT_QUIETLY)


def _fork_and_wait() -> None:
    """Fork. The child returns; the parent waits for it and exits with the child's status."""
    opened = [int(name) for name in os.listdir("/proc/self/fd")]
    child = os.fork()
    if not child:
        return
    for one in opened:  # so that the launcher notices when the child closes its pipes
        with suppress(OSError):
            os.close(one)
    ended = -1
    while ended != child:  # as first process, the parent also collects orphans
        with suppress(InterruptedError):
            ended, status = os.waitpid(-1, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else SIGNALLED - code)
