"""Room: how many items fit into memory at a time. Where it runs out, half as many are tried."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from truing.errors import UserError


@dataclass
class Room:
    """How much is computed at once.

    Attributes:
        size: items at a time.
        halved: how often memory ran out.
    """

    size: int
    halved: int = 0

    def within(self, work: Callable[[int], Any]) -> Any:
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
                        "out of memory with one item at a time; lower limit, take adapter=lora, "
                        "or spread the model with gpus=2"
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
