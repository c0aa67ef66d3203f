"""Device: PyTorch's device, precision, determinism and memory."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from truing.errors import UserError
from truing.seeding import seed_of

if TYPE_CHECKING:
    import torch

Result = TypeVar("Result")
THREADS = 1  # as for heads: parallel trainings use the other cores


def need_extra(name: str) -> None:
    """Raise UserError if the packages for transformers are not installed.

    Args:
        name: the student or features that need them, for the message.
    """
    missing = [package for package in ("torch", "transformers") if find_spec(package) is None]
    if missing:
        raise UserError(
            f"{name} needs PyTorch and transformers (not installed: {', '.join(missing)}): "
            "pip install 'truing[train]'"
        )


def pick_device() -> str:
    """`cuda` if PyTorch finds a GPU, otherwise `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def pick_dtype(device: str) -> torch.dtype:
    """bfloat16 on a GPU that supports it, otherwise float32."""
    import torch

    if device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.bfloat16
    return torch.float32


@contextlib.contextmanager
def exact_arithmetic() -> Iterator[None]:
    """Use deterministic algorithms, a fixed number of threads and single precision in a block.

    At the end the random state, the number of threads, the deterministic flag, the default
    precision and the global state of accelerate are restored. On a GPU, algorithms without a
    deterministic version are still used.
    """
    import torch
    from accelerate.state import AcceleratorState

    threads, precision = torch.get_num_threads(), torch.get_default_dtype()
    exact = torch.are_deterministic_algorithms_enabled()
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    memory: Any = torch.utils.deterministic  # its attribute is a property of the module
    filled = memory.fill_uninitialized_memory
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        try:
            torch.set_num_threads(THREADS)
            torch.set_default_dtype(torch.float32)
            torch.use_deterministic_algorithms(True, warn_only=torch.cuda.is_available())
            # No code here reads uninitialized memory; filling it would only cost time.
            memory.fill_uninitialized_memory = False
            yield
        finally:
            torch.set_num_threads(threads)
            torch.set_default_dtype(precision)
            torch.use_deterministic_algorithms(exact, warn_only=warned)
            memory.fill_uninitialized_memory = filled
            AcceleratorState._reset_state(reset_partial_state=True)


def seed_everything(key: str, use: str) -> None:
    """Seed PyTorch's global generators for one use, such as the dropout of a step.

    The random numbers of a step depend only on its number, so that they are the same after a
    restart.
    """
    import torch

    torch.manual_seed(seed_of(f"{key} {use}") % 2**63)


@dataclass
class Room:
    """Number of items that are computed at once; it is halved if memory runs out.

    Attributes:
        size: number of items at a time.
        halved: number of times that memory ran out.
        max_tokens: maximum number of tokens at a time before memory ran out, padding included; 0
            for no limit.
    """

    size: int
    halved: int = 0
    max_tokens: int = 0

    @property
    def tokens(self) -> float:
        """Maximum number of tokens at a time; halved with the number of items."""
        return max(self.max_tokens >> self.halved, 1) if self.max_tokens else float("inf")

    def within(self, work: Callable[[int], Result]) -> Result:
        """Call `work` with the number of items at a time, halved until memory suffices.

        Raises:
            UserError: a single item does not fit into memory.
        """
        while True:
            try:
                return work(self.size)
            except RuntimeError as error:
                if not _out_of_memory(error):
                    raise
                if self.size == 1:
                    raise UserError(
                        "out of memory with one item at a time; lower max_length, set "
                        "gradient_checkpointing=true, use adapter=lora, or spread the model with "
                        "gpus=2"
                    ) from None
            # Outside the handler, where the failed attempt's tensors are freed.
            self.size, self.halved = self.size // 2, self.halved + 1
            _free_memory()


@contextlib.contextmanager
def enough_memory() -> Iterator[None]:
    """Raise UserError if memory runs out in a block where smaller batches do not help.

    Raises:
        UserError: the model, or the state of its optimizer, does not fit into memory.
    """
    try:
        yield
    except RuntimeError as error:
        if not _out_of_memory(error):
            raise
        raise UserError(
            "out of memory for the model and its optimizer, for any batch size; use adapter=lora, "
            "adapter=head or optimizer=adamw8bit, or spread the model with gpus=2"
        ) from None


def _out_of_memory(error: RuntimeError) -> bool:
    import torch

    return isinstance(error, torch.cuda.OutOfMemoryError) or "can't allocate memory" in str(error)


def _free_memory() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
