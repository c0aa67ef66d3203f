"""Exact arithmetic: the same bits in every run on a CPU, and PyTorch's state left as it was."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator

THREADS = 1  # as BLAS has for heads: cores are kept busy by as many trainings


@contextlib.contextmanager
def exact_arithmetic() -> Iterator[None]:
    """Deterministic algorithms, a fixed number of threads and single precision, while it lasts.

    Randomness, threads, the deterministic flag and the default precision are put back at the end,
    and so is what accelerate keeps for a whole process. On a GPU, an algorithm that has no
    deterministic form is used all the same.
    """
    import torch
    from accelerate.state import AcceleratorState

    threads, precision = torch.get_num_threads(), torch.get_default_dtype()
    exact = torch.are_deterministic_algorithms_enabled()
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    filled = torch.utils.deterministic.fill_uninitialized_memory
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        try:
            torch.set_num_threads(THREADS)
            torch.set_default_dtype(torch.float32)
            torch.use_deterministic_algorithms(True, warn_only=torch.cuda.is_available())
            # Nothing here reads memory before it is written; filling it would cost time.
            torch.utils.deterministic.fill_uninitialized_memory = False
            yield
        finally:
            torch.set_num_threads(threads)
            torch.set_default_dtype(precision)
            torch.use_deterministic_algorithms(exact, warn_only=warned)
            torch.utils.deterministic.fill_uninitialized_memory = filled
            AcceleratorState._reset_state(reset_partial_state=True)


def seed_everything(key: str, use: str) -> None:
    """Seed PyTorch's own generators for one use, such as a step's dropout.

    What a step draws depends on its number alone, so that it is the same after a restart.
    """
    import torch

    torch.manual_seed(entropy(key, use) % 2**63)


def entropy(key: str, use: str) -> int:
    """128 bits for one use of a training's randomness."""
    return int.from_bytes(hashlib.sha256(f"{key} {use}".encode()).digest()[:16], "big")
