"""Landlock: an allow list of files, enforced by the Linux kernel (5.13 and newer).

A process that restricts itself can open only files under the named paths. Neither the process nor
its children can undo this. A rule for a folder applies to everything in the folder, so exceptions
inside it are not possible: `readable` names the children of such a folder instead.

Landlock does not restrict metadata: whether a path exists, its size and its times.
Source: the kernel's userspace-api/landlock documentation.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from truing.research.isolation.kernel._system_calls import syscall

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every processor
PATH_BENEATH = 1
WRITE_FILE, READ_FILE, READ_DIR = 1 << 1, 1 << 2, 1 << 3
REMOVE, MAKE, MOVE_AND_TRUNCATE = 0b11 << 4, 0b11 << 7, 0b11 << 13  # files and folders
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}  # interface version: number of file rights
WRITING = READ_FILE | READ_DIR | WRITE_FILE | REMOVE | MAKE | MOVE_AND_TRUNCATE
OF_FILES = READ_FILE | WRITE_FILE | 1 << 14  # rights that a rule for a file can give
NETWORK_SINCE, SCOPES_SINCE = 4, 6
BOTH = 0b11  # bind and connect TCP; abstract sockets and signals to processes outside


def interface_version() -> int:
    """Version of Landlock in the running kernel; 0 if it has none."""
    try:
        return syscall("landlock_create_ruleset", CREATE_RULESET, None, 0, 1)
    except (OSError, AttributeError, TypeError):  # other systems have no such call
        return 0


def restrict_files(
    readable: Sequence[str], listable: Sequence[str], writable: Sequence[str] = ()
) -> None:
    """Permanently restrict this process to the named files and folders.

    The process can no longer write other files, execute files, bind or connect to a TCP port
    (Landlock version 4), or send signals to processes outside (version 6).

    Args:
        readable: files, and folders with everything in them.
        listable: folders that may only be listed, including the folders in them.
        writable: files, and folders in which files and folders may be made, changed and removed;
            no links, sockets or devices.

    Raises:
        OSError: the kernel refused a call, or a path is missing.
    """
    version = interface_version()
    known = max(number for since, number in FILE_RIGHTS.items() if since <= version)
    every = (1 << known) - 1
    rules = (ctypes.c_uint64 * 3)(
        every, BOTH if version >= NETWORK_SINCE else 0, BOTH if version >= SCOPES_SINCE else 0
    )
    size = 24 if version >= SCOPES_SINCE else 16 if version >= NETWORK_SINCE else 8
    ruleset = syscall("landlock_create_ruleset", CREATE_RULESET, ctypes.byref(rules), size, 0)
    try:
        for path in readable:
            _allow(ruleset, path, READ_FILE | READ_DIR)
        for path in listable:
            _allow(ruleset, path, READ_DIR)
        for path in writable:
            _allow(ruleset, path, WRITING & every)
        syscall("landlock_restrict_self", RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str | Path, rights: int) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(opened).st_mode):
            rights &= OF_FILES
        rule = rights.to_bytes(8, "little") + opened.to_bytes(4, "little")
        syscall("landlock_add_rule", ADD_RULE, ruleset, PATH_BENEATH, rule, 0)
    finally:
        os.close(opened)
