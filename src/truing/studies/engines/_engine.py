"""Engine: where batches run. A local one lives here; a cluster fills the same interface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from truing.errors import TruingError
from truing.studies._step import Batch


class Engine(Protocol):
    """Runs batches that do not depend on each other; results go through the store."""

    @property
    def slots(self) -> int:
        """Batches that can run at a time."""
        ...

    def run(
        self, batches: Sequence[Batch], store: str
    ) -> Iterator[tuple[Batch, TruingError | None]]:
        """Yield every batch when it is done, in any order, with what went wrong.

        Args:
            store: its location; every worker must be able to open it.

        Raises:
            EngineError: work was lost; what is in the store stays, and the rest may be run again.
        """
        ...
