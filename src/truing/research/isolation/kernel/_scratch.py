"""Scratch: the folders `outputs` and `scratch` of a run, to which it may write, with a quota.

With a mount namespace they are one file system in memory, whose size is the quota. Without a mount
namespace they are folders on the disk, and the supervisor measures them while the run writes.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from truing.research.isolation.kernel._system_calls import MOUNT_BIND, MOUNT_QUIETLY, mount

WRITABLE = ("outputs", "scratch")
MOST_FILES = 10_000
DEEPEST = 10  # folders in folders, with names of up to 255 bytes; paths have up to 4,096


def make_scratch(place: Path, work: Path, megabytes: int, user: int | None, mounted: bool) -> bool:
    """Make the folders. Whether the file system enforces the quota.

    Args:
        place: base folder of the run.
        work: working folder of the run.
        megabytes: quota.
        user: number of the user who may write; None for the user of this process.
        mounted: whether this process has a mount namespace.
    """
    if (work / WRITABLE[0]).exists():  # a container made them for this user
        return False
    for name in WRITABLE:
        (work / name).mkdir()
    enforced = mounted and _mount(place / "memory", work, megabytes)
    if user is not None:
        os.chown(place, user, user)
        for name in WRITABLE:
            os.chown(work / name, user, user)
    return enforced


def _mount(memory: Path, work: Path, megabytes: int) -> bool:
    memory.mkdir()
    options = f"size={megabytes}m,nr_inodes={MOST_FILES},mode=0755"
    try:
        mount("tmpfs", str(memory), "tmpfs", MOUNT_QUIETLY, options)
    except OSError:
        return False
    for name in WRITABLE:
        (memory / name).mkdir()
        mount(str(memory / name), str(work / name), "none", MOUNT_BIND)
    return True


def is_full(work: Path, megabytes: int) -> bool:
    """Whether the folders exceed the quota, or are so deep that a path cannot name their files."""
    size = count = 0
    for name in WRITABLE:
        for folder, folders, files in os.walk(work / name):
            if folder.count("/") > len(work.parts) + DEEPEST:
                return True
            count += len(folders) + len(files)
            for one in files:
                with suppress(OSError):
                    size += 512 * os.lstat(os.path.join(folder, one)).st_blocks
    return size > megabytes << 20 or count > MOST_FILES
