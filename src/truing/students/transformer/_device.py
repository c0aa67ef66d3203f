"""Device: where PyTorch computes, how exactly, and how much fits into its memory at a time."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from truing.errors import UserError

if TYPE_CHECKING:
    import torch

Result = TypeVar("Result")
THREADS = 1  # as BLAS has for heads: cores are kept busy by as many trainings


def need_extra(name: str) -> None:
    """Raise UserError where the packages that a transformer needs are not installed.

    Args:
        name: what the user asked for, as the message names it.
    """
    missing = [one for one in ("torch", "transformers") if find_spec(one) is None]
    if missing:
        raise UserError(
            f"{name} needs PyTorch and transformers (not installed: {', '.join(missing)}): "
            "pip install 'truing[train]'"
        )


def pick_device() -> str:
    """`cuda` where PyTorch sees a GPU, else `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def pick_dtype(device: str) -> torch.dtype:
    """bfloat16 on a GPU that computes with it, else float32."""
    import torch

    if device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.bfloat16
    return torch.float32


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
    memory: Any = torch.utils.deterministic  # whose attribute is a property of the module
    filled = memory.fill_uninitialized_memory
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        try:
            torch.set_num_threads(THREADS)
            torch.set_default_dtype(torch.float32)
            torch.use_deterministic_algorithms(True, warn_only=torch.cuda.is_available())
            # Nothing here reads memory before it is written; filling it would cost time.
            memory.fill_uninitialized_memory = False
            yield
        finally:
            torch.set_num_threads(threads)
            torch.set_default_dtype(precision)
            torch.use_deterministic_algorithms(exact, warn_only=warned)
            memory.fill_uninitialized_memory = filled
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


@dataclass
class Room:
    """How much is computed at once.

    Attributes:
        size: items at a time.
        halved: how often memory ran out.
    """

    size: int
    halved: int = 0

    def within(self, work: Callable[[int], Result]) -> Result:
        """Do work that takes a number of items at a time, with ever fewer until it succeeds.

        Raises:
            UserError: a single item does not fit.
        """
        while True:
            try:
                return work(self.size)
            except RuntimeError as error:
                if not _out_of_memory(error):
                    raise
                if self.size == 1:
                    raise UserError(
                        "out of memory with one item at a time; lower max_length, take "
                        "adapter=lora, or spread the model with gpus=2"
                    ) from None
            # Outside of the handler, where the failed attempt's tensors are no longer held.
            self.size, self.halved = self.size // 2, self.halved + 1
            _give_back()


@contextlib.contextmanager
def enough_memory() -> Iterator[None]:
    """Tell in one line that memory ran out where fewer items at a time are no help.

    Raises:
        UserError: the model, or what its optimiser keeps, does not fit.
    """
    try:
        yield
    except RuntimeError as error:
        if not _out_of_memory(error):
            raise
        raise UserError(
            "out of memory for the model and its optimiser, however small the batch; take "
            "adapter=lora or head, or spread the model with gpus=2"
        ) from None


def _out_of_memory(error: RuntimeError) -> bool:
    import torch

    return isinstance(error, torch.cuda.OutOfMemoryError) or "can't allocate memory" in str(error)


def _give_back() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
