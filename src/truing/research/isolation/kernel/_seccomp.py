"""Seccomp: an allow list of the system calls that pure computation needs.

All other calls, including those of future kernels, fail with EPERM. The process cannot create
sockets, processes or programs (threads are allowed), trace processes or read their memory, create
namespaces, mounts, keys, BPF programs, io_uring or shared memory, and cannot open files for
writing, or create, rename or remove files. It can send signals only to itself.

A second profile, for submitted folders, also allows the calls that write, create, rename and remove
files and folders; Landlock decides which. Links and devices cannot be created. Calls that set
permissions and times of files, which Landlock does not restrict, return success without any effect,
because libraries make them after copying a file. Locks of files have no effect either: by the locks
of a file that both may read, two runs at the same time could send each other bits. Advice about the
cache of files has no effect for the same reason. Memory that
RLIMIT_DATA does not count (shared without a file, or growing like a stack) cannot be mapped.

Source: seccomp(2), and the kernel's numbers of system calls. The filter is classic BPF: each
instruction consists of a code, two jump distances and an operand.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

from truing.research.isolation.kernel._system_calls import syscall

# name: (x86_64, aarch64); -1 if the processor has no such call.
ALLOWED = {
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "close": (3, 57),
    "fstat": (5, 80),
    "stat": (4, -1),
    "lstat": (6, -1),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "lseek": (8, 62),
    "pread64": (17, 67),
    "access": (21, -1),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, -1),
    "readlinkat": (267, 78),
    "getcwd": (79, 17),
    "getdents64": (217, 61),
    "dup": (32, 23),
    "dup2": (33, -1),
    "dup3": (292, 24),
    "poll": (7, -1),
    "ppoll": (271, 73),
    "select": (23, -1),
    "pselect6": (270, 72),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "brk": (12, 214),
    "get_mempolicy": (239, 236),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "time": (201, -1),
    "times": (100, 153),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "getrusage": (98, 165),
    "getrlimit": (97, 163),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "restart_syscall": (219, 128),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
    "membarrier": (324, 283),
    "getcpu": (309, 168),
}
# Allowed in addition for code that writes files.
WRITING_CALLS = {
    "pwrite64": (18, 68),
    "ftruncate": (77, 46),
    "fallocate": (285, 47),
    "fsync": (74, 82),
    "fdatasync": (75, 83),
    "sendfile": (40, 71),
    "mkdir": (83, -1),
    "mkdirat": (258, 34),
    "unlink": (87, -1),
    "unlinkat": (263, 35),
    "rmdir": (84, -1),
    "rename": (82, -1),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "umask": (95, 166),
    "chdir": (80, 49),
}
# Without effect for code that writes files: chmod, fchmod, fchmodat, fchmodat2, utime, utimes,
# utimensat, flock.
PRETENDED = ((73, 32), (90, -1), (91, 52), (268, 53), (452, 452), (132, -1), (235, -1), (280, 88))
MMAP, MADVISE, FADVISE = (9, 222), (28, 233), (221, 223)
# madvise: what allocators use. Not among them: to evict pages of files, or to merge equal pages, by
# which two runs at the same time could send each other bits.
HARMLESS_ADVICE = (0, 1, 2, 3, 4, 8, 10, 11, 14, 15, 16, 17, 18, 19, 22, 23)
# Allowed only with some arguments.
OPEN, OPENAT, CLONE, CLONE3 = (2, -1), (257, 56), (56, 220), (435, 435)
KILL, TGKILL, FCNTL, PRLIMIT, IOCTL = (62, 129), (234, 131), (72, 25), (302, 261), (16, 29)
SECCOMP, AFFINITY = (317, 277), (203, 122)

PROCESSORS = {"x86_64": (0, 0xC000_003E), "aarch64": (1, 0xC000_00B7)}  # column, audit number

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
THREAD, NAMESPACES = 0x1_0000, 0x7E02_0080  # flags of clone(2)
# fcntl: F_SETOWN, F_SETSIG, F_SETOWN_EX, and F_NOTIFY, which signals what others do in a folder.
SIGNAL_SETTERS = (8, 10, 15, 1026)
# fcntl: F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_SETLEASE.
LOCKS = (5, 6, 7, 36, 37, 38, 1024)
HARMLESS_CONTROLS = (0x5401, 0x5450, 0x5451, 0x541B)  # TCGETS, FIONCLEX, FIOCLEX, FIONREAD

LOAD, EQUAL, ANY_SET, AND, RETURN = 0x20, 0x15, 0x45, 0x54, 0x06
PASS, KILL_PROCESS = 0x7FFF_0000, 0x8000_0000
REFUSE, UNKNOWN = 0x0005_0000 | errno.EPERM, 0x0005_0000 | errno.ENOSYS
PRETEND = 0x0005_0000  # return 0
SHARED_WITHOUT_FILE, GROWS_DOWN, ACCESS_MODE = 0x21, 0x100, 3  # flags of mmap(2) and open(2)

Instruction = tuple[int, int, int, int]


def seccomp_available() -> bool:
    """Whether the kernel can filter system calls with the numbers in this file."""
    if platform.machine() not in PROCESSORS or struct.calcsize("P") != 8:
        return False
    column, _ = PROCESSORS[platform.machine()]
    action = ctypes.c_uint32(REFUSE & 0xFFFF_0000)
    try:  # SECCOMP_GET_ACTION_AVAIL
        return syscall("seccomp", SECCOMP[column], 2, 0, ctypes.byref(action)) == 0
    except (OSError, AttributeError, TypeError):
        return False


def restrict_calls(*, writing: bool = False) -> None:
    """Permanently restrict all threads of this process to the allowed calls.

    Args:
        writing: whether files may be written; Landlock must restrict which.

    Raises:
        OSError: the kernel refused the filter.
    """
    column, processor = PROCESSORS[platform.machine()]
    program = _program(column, processor, os.getpid(), writing)
    code = b"".join(struct.pack("<HBBI", *one) for one in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    described = struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    syscall("seccomp", SECCOMP[column], 1, 1, described)  # set a filter for all threads


Body = tuple[tuple[int, int], list[Instruction]]  # numbers of a call, and what to do with it


def _program(column: int, processor: int, own: int, writing: bool) -> list[Instruction]:
    """The filter. Signals and limits are allowed only for the process number `own`."""
    program = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, processor), (RETURN, 0, 0, KILL_PROCESS)]
    program += [(LOAD, 0, 0, 0)]
    clone = [_load(0), (AND, 0, 0, THREAD | NAMESPACES), (EQUAL, 0, 1, THREAD)]
    bodies: list[Body] = [
        (CLONE, [*clone, (RETURN, 0, 0, PASS), (RETURN, 0, 0, REFUSE)]),
        (
            CLONE3,
            [(RETURN, 0, 0, UNKNOWN)],
        ),  # its flags are in memory, which a filter cannot read; libc falls back to clone
        (KILL, _only(0, own)),
        (TGKILL, _only(0, own)),
        (PRLIMIT, _only(0, 0, own)),
        (FCNTL, _unless(EQUAL, 1, *SIGNAL_SETTERS, *LOCKS)),
        (IOCTL, _only(1, *HARMLESS_CONTROLS)),
        (MADVISE, _only(2, *HARMLESS_ADVICE)),
        (FADVISE, [(RETURN, 0, 0, PRETEND)]),
    ]
    bodies += _files(writing)
    bodies += [(numbers, [(RETURN, 0, 0, PASS)]) for numbers in ALLOWED.values()]
    for numbers, body in bodies:
        if numbers[column] >= 0:
            program += [(EQUAL, 0, len(body), numbers[column]), *body]
    return [*program, (RETURN, 0, 0, REFUSE)]


def _files(writing: bool) -> list[Body]:
    """What to do with calls that open and change files. The first entry of a call counts."""
    if not writing:
        return [(OPEN, _unless(ANY_SET, 1, WRITING)), (OPENAT, _unless(ANY_SET, 2, WRITING))]
    calls: list[Body] = [
        (OPEN, _opened(1)),
        (OPENAT, _opened(2)),
        (
            MMAP,
            [
                _load(3),
                (ANY_SET, 3, 0, GROWS_DOWN),
                (AND, 0, 0, SHARED_WITHOUT_FILE),
                (EQUAL, 1, 0, SHARED_WITHOUT_FILE),
                (RETURN, 0, 0, PASS),
                (RETURN, 0, 0, REFUSE),
            ],
        ),
    ]
    calls.append((AFFINITY, _only(0, 0)))  # MKL visits each processor to count them
    calls += [(numbers, [(RETURN, 0, 0, PASS)]) for numbers in WRITING_CALLS.values()]
    return calls + [(numbers, [(RETURN, 0, 0, PRETEND)]) for numbers in PRETENDED]


def _opened(argument: int) -> list[Instruction]:
    """Allow the call unless it truncates a file that it opens for reading only."""
    return [
        _load(argument),
        (ANY_SET, 0, 3, os.O_TRUNC),
        (AND, 0, 0, ACCESS_MODE),
        (EQUAL, 0, 1, os.O_RDONLY),
        (RETURN, 0, 0, REFUSE),
        (RETURN, 0, 0, PASS),
    ]


def _load(argument: int) -> Instruction:
    # The offset of the lower half, because both processors are little-endian.
    return (LOAD, 0, 0, 16 + 8 * argument)


def _unless(test: int, argument: int, *values: int) -> list[Instruction]:
    """Allow the call unless the test of an argument is true for one of the values."""
    tests = [one for v in values for one in ((test, 0, 1, v), (RETURN, 0, 0, REFUSE))]
    return [_load(argument), *tests, (RETURN, 0, 0, PASS)]


def _only(argument: int, *values: int) -> list[Instruction]:
    """Allow the call if an argument is one of the values."""
    tests = [one for v in values for one in ((EQUAL, 0, 1, v), (RETURN, 0, 0, PASS))]
    return [_load(argument), *tests, (RETURN, 0, 0, REFUSE)]
