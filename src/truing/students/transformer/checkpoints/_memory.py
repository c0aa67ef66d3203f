"""Free memory of the device that trains."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

GROUP = Path("/sys/fs/cgroup")  # memory limit and use of a container


def free_memory(device: str, gpus: int = 1) -> list[int]:
    """Bytes of free memory: of each of the first GPUs that this process sees, or of the machine.

    Args:
        device: `cuda` or `cpu`.
        gpus: number of GPUs; at most the number that this process sees.
    """
    import torch

    if device == "cuda":
        seen = min(gpus, torch.cuda.device_count())
        return [torch.cuda.mem_get_info(number)[0] for number in range(seen)]
    import psutil

    free = psutil.virtual_memory().available
    with suppress(OSError, ValueError):  # no container, or no limit
        limit, used = (int((GROUP / f"memory.{name}").read_text()) for name in ("max", "current"))
        free = min(free, limit - used)
    return [max(free, 0)]
