"""System calls of the Linux kernel for which Python has no function."""

from __future__ import annotations

import ctypes
import os
import struct
from functools import cache
from typing import Any

NEW_MOUNTS, NEW_IPC, NEW_USER = 0x0002_0000, 0x0800_0000, 0x1000_0000  # unshare(2)
NEW_PROCESSES, NEW_NET = 0x2000_0000, 0x4000_0000
NEW_NAMES = 0x0400_0000  # names of the machine
MOUNT_BIND = 0x1000
MOUNT_QUIETLY, MOUNT_RECURSIVE, MOUNT_PRIVATE = 2 | 4 | 8, 0x4000, 0x4_0000  # mount(2)
MOUNT_SETATTR, RECURSIVE = 442, 0x8000  # the same on every processor
ACCESS_TIMES, NO_ACCESS_TIMES = 0x70, 0x10  # attributes of mounts: the mask, and noatime
DEATH_SIGNAL, DUMPABLE, KEEP_CAPABILITIES, NO_NEW_PRIVILEGES = 1, 4, 8, 38  # prctl(2)
READ_ANY_FILE = 1 << 2  # CAP_DAC_READ_SEARCH
CAPABILITY_VERSION = 0x2008_0522


@cache
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _checked(name: str, result: int) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def syscall(name: str, number: int, *arguments: Any) -> int:
    """Make a system call by number; the name is only for error messages.

    Raises:
        OSError: the kernel refused the call.
    """
    typed = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return _checked(name, _libc().syscall(ctypes.c_long(number), *typed))


def prctl(option: int, value: int) -> int:
    """Call prctl(2) with one value.

    Raises:
        OSError: the kernel refused the call.
    """
    numbers = (ctypes.c_ulong(one) for one in (value, 0, 0, 0))
    return _checked("prctl", _libc().prctl(ctypes.c_int(option), *numbers))


def unshare(flags: int) -> None:
    """Move this process into new namespaces of the given kinds.

    Raises:
        OSError: the kernel refused the call.
    """
    _checked("unshare", _libc().unshare(ctypes.c_int(flags)))


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Call mount(2).

    Raises:
        OSError: the kernel refused the call.
    """
    words = [one.encode() for one in (source, target, kind)]
    result = _libc().mount(*words, ctypes.c_ulong(flags), options.encode() or None)
    _checked("mount", result)


def keep_access_times(place: str) -> None:
    """Do not record when files are read, in all mounts under a place, for this mount namespace.

    Otherwise reading a file that was not read for a day changes its time of access, by which a run
    could leave bits for later runs.

    Raises:
        OSError: the kernel refused the call, or does not have it.
    """
    # Set and clear attributes, propagation, user namespace; see mount_setattr(2).
    wanted = struct.pack("<QQQQ", NO_ACCESS_TIMES, ACCESS_TIMES, 0, 0)
    path = ctypes.c_char_p(place.encode())
    syscall("mount_setattr", MOUNT_SETATTR, -1, path, RECURSIVE, wanted, len(wanted))


def own_network(more: int = 0) -> None:
    """Move this process into empty namespaces for network and System V IPC.

    Users other than root also need a user namespace, in which user and group numbers stay the same.

    Args:
        more: flags of additional new namespaces.

    Raises:
        OSError: the kernel refused a call.
    """
    user, group = os.getuid(), os.getgid()
    if user == 0:
        unshare(NEW_NET | NEW_IPC | more)
        return
    unshare(NEW_USER | NEW_NET | NEW_IPC | more)
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(line)


def become(user: int) -> None:
    """Change to an unprivileged user and group; capabilities remain permitted but not effective.

    Raises:
        OSError: the kernel refused a call.
    """
    prctl(KEEP_CAPABILITIES, 1)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def keep_capabilities(kept: int) -> None:
    """Drop all capabilities except those with a bit in `kept`.

    Raises:
        OSError: the kernel refused the call.
    """
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    # Effective, permitted and inheritable capabilities, twice: for the lower and the upper bits.
    sets = (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)
    _checked("capset", _libc().capset(ctypes.byref(header), ctypes.byref(sets)))
