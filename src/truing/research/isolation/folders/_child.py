"""The process that supervises a run of a submitted folder, and the sandboxed process that runs it.

The first receives an order, makes namespaces and scratch space, and forks the second. The second
restricts itself and runs `run.py`. Neither has ground truth.
"""

from __future__ import annotations

import os
import resource
import runpy
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from truing.research.folders import FolderLimits, Usage
from truing.research.isolation import _ending as endings
from truing.research.isolation import _wire as wire
from truing.research.isolation._crash import crash_message, no_module
from truing.research.isolation._ending import Ending
from truing.research.isolation._readable import Readable, readable_for_folders
from truing.research.isolation.folders._clock import shift_clock
from truing.research.isolation.folders._importable import name_importable
from truing.research.isolation.folders._order import FolderOrder
from truing.research.isolation.folders._supervise import MORE_THREADS, SEALED, supervise
from truing.research.isolation.kernel._lock import MEGABYTE, OWN_MAPS, Restrictions, restrict
from truing.research.isolation.kernel._namespaces import FIRST, become_first_process
from truing.research.isolation.kernel._scratch import WRITABLE, make_scratch
from truing.research.isolation.kernel._system_calls import NEW_NAMES, own_network
from truing.research.isolation.kernel._trials import FIRST_UNUSED_USER

ENTRY = "run.py"
OPEN_FILES = 256
STACK = 8 * MEGABYTE
RESERVED_MB = 1 << 17  # address space beside the memory: libraries and models that are not copied
# What libraries read about the machine: its processors, and limits on their use.
MACHINE = (
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup/cpu.max",
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us",
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us",
    "/dev/urandom",
)
NULL = "/dev/null"


def main(answers: int, parent: int) -> None:
    """Run a folder after an order from descriptor 0, whose end stops the run.

    Args:
        answers: file descriptor for the report of how the run ended.
        parent: number of the parent process.
    """
    order = FolderOrder.read(_read)
    try:
        ending = _run(order, answers, parent)
    except OSError as error:
        ending = Ending(endings.UNSEALED, 0, Usage(), str(error).encode(), b"")
    left = memoryview(ending.to_bytes())
    while left:
        left = left[os.write(answers, left) :]
    os.close(answers)


def _run(order: FolderOrder, answers: int, parent: int) -> Ending:
    unused = FIRST_UNUSED_USER + os.getpid()  # before the process has another number
    allowed = readable_for_folders(order.every_package)
    if order.own_processes:
        become_first_process(parent, NEW_NAMES, whole_proc="landlock" in order.needs)
        socket.sethostname(order.host)
    elif order.own_network:
        own_network()
    place = Path(order.place)
    work = place / order.work
    os.chdir(work)
    own = _own_user(work, unused) if order.other_user else None
    enforced = make_scratch(place, work, order.limits.scratch_mb, own, order.own_processes)
    restrictions = _restrictions(order, own, allowed)
    first = FIRST if order.own_processes else os.getpid()

    def run(reports: int) -> None:
        os.close(answers)
        _run_sandboxed(order, restrictions, first, reports)

    os.write(answers, endings.BEGUN)
    ending = supervise(
        run, 0, order.limits, watched=None if enforced else work, most_bytes=order.answer_bytes
    )
    if not no_module(ending.report):
        return ending
    return replace(ending, packages=name_importable(order.every_package))


def _own_user(work: Path, unused: int) -> int:
    """Number of the user who owns the folders for writing, if a container has made them."""
    try:
        return os.stat(work / WRITABLE[0]).st_uid
    except FileNotFoundError:
        return unused


def _restrictions(order: FolderOrder, own: int | None, allowed: Readable) -> Restrictions:
    work = Path(order.place) / order.work
    machine = [one for one in (*MACHINE, OWN_MAPS) if os.path.exists(one)]
    return Restrictions(
        order.needs,
        own,
        (*allowed.whole, *order.models, *machine, str(work)),
        allowed.names,
        _resource_limits(order.limits, filtered="seccomp" in order.needs),
        (*(str(work / name) for name in WRITABLE), NULL),
    )


def _resource_limits(limits: FolderLimits, *, filtered: bool) -> dict[int, tuple[int, int]]:
    """Limits of the process. RLIMIT_DATA counts the memory to which a process can write.

    With seccomp, all such memory is private and counts. RLIMIT_AS also counts the address space
    that libraries reserve without using it, so it is much larger. It bounds the page tables, which
    no other limit counts: 1/512 of the address space if one page of each 2 MB is read.
    """
    caps = {
        resource.RLIMIT_CPU: 2 * limits.cpu + 1,  # the supervisor ends the run before
        resource.RLIMIT_DATA: limits.memory_mb * MEGABYTE,
        resource.RLIMIT_AS: (limits.memory_mb + RESERVED_MB) * MEGABYTE,
        resource.RLIMIT_STACK: STACK,
        resource.RLIMIT_NPROC: limits.threads + MORE_THREADS,
        resource.RLIMIT_FSIZE: limits.scratch_mb * MEGABYTE,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    if not filtered:  # seccomp refuses message queues, and gVisor does not have this limit
        caps[resource.RLIMIT_MSGQUEUE] = 0
    return {kind: (cap, cap) for kind, cap in caps.items()}


def _run_sandboxed(order: FolderOrder, to: Restrictions, parent: int, reports: int) -> NoReturn:
    """Restrict this process and run the folder. Reports a crash."""
    try:
        _close_files(reports)
        restrict(to, parent)
    except OSError as error:
        os.write(reports, b"U" + wire.one_line(str(error)).encode())
        os._exit(1)
    os.write(reports, SEALED)
    try:
        _prepare(order)
        runpy.run_path(str(Path.cwd() / ENTRY), run_name="__main__")
    except SystemExit as error:
        if error.code in (None, 0):
            _end(0)
        _report(reports, error)
    except BaseException as error:
        _report(reports, error)
    _end(0)


def _close_files(kept: int) -> None:
    null = os.open(NULL, os.O_RDONLY)
    os.dup2(null, 0)
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in (0, 1, 2, kept):
            os.closerange(int(name), int(name) + 1)


def _prepare(order: FolderOrder) -> None:
    """Make this process look like a Python that was started for `run.py`."""
    from sklearn.utils import check_random_state
    from threadpoolctl import threadpool_limits  # it sets an environment variable when imported

    check_random_state(None).seed()  # NumPy's global generator has the state of the server
    os.environ.clear()
    os.environ.update(order.environment)
    threadpool_limits(order.limits.threads)
    sys.argv = [ENTRY]
    sys.path.insert(0, str(Path.cwd()))
    if order.clock_shift:
        shift_clock(order.clock_shift)


def _report(reports: int, error: BaseException) -> NoReturn:
    letter = wire.OUT_OF_MEMORY if isinstance(error, MemoryError) else wire.CRASHED
    message = crash_message(error, ENTRY)
    os.write(reports, (letter + message)[: endings.LONGEST_REPORT - 1])
    sys.excepthook(type(error), error, error.__traceback__)
    _end(1)


def _end(code: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _read(count: int) -> bytes:
    """Exactly `count` bytes of the order. The process ends at the end of the order."""
    parts = []
    while count:
        part = os.read(0, count)
        if not part:
            os._exit(0)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
