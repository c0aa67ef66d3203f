"""Machine: available cores, memory and CUDA devices."""

from __future__ import annotations

import os
from pathlib import Path

from truing.errors import UserError

LIMIT = Path("/sys/fs/cgroup/memory.max")  # memory limit of a container


def check_workers(workers: object) -> None:
    """Raise UserError for a number of workers that is neither None nor an integer from 1."""
    if workers is None:
        return
    if isinstance(workers, bool) or not isinstance(workers, int):
        raise UserError(f"workers must be an integer or None, got {workers!r}")
    if workers < 1:
        raise UserError(f"workers must be 1 or more, got {workers}")


def count_cores() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # in a container, fewer than the machine has
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def count_memory() -> int:
    """Bytes of main memory that this process may use."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(whole, int(LIMIT.read_text()))
    except (OSError, ValueError):  # no container, or no limit
        return whole


def name_devices() -> list[str]:
    """CUDA devices that this process sees, as names for CUDA_VISIBLE_DEVICES."""
    import torch

    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    count = torch.cuda.device_count()
    return given.split(",")[:count] if given else [str(i) for i in range(count)]
