"""Engine: interface of local processes and clusters that run batches of steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from truing.errors import TruingError
from truing.studies._step import Batch


class Engine(Protocol):
    """Runs batches that do not depend on each other; results are written to the store."""

    @property
    def slots(self) -> int:
        """Number of batches that can run in parallel."""
        ...

    def run(
        self, batches: Sequence[Batch], store: str
    ) -> Iterator[tuple[Batch, TruingError | None]]:
        """Yield every batch when it is done, in any order, with its error or None.

        Args:
            batches: the batches.
            store: location of the store, which every worker must be able to open.

        Raises:
            EngineError: results were lost; stored results stay, and the rest may be run again.
        """
        ...
