"""Memory: garbage collection while Inspect evaluates."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 50_000  # new objects between two collections; Python's default is about 1,000


@contextmanager
def rare_collections() -> Iterator[None]:
    """Collect garbage less often: an evaluation makes many objects that live until it ends.

    Each collection visits these objects again, which takes a sixth of the processor time of an
    evaluation of embedded agents (benchmarks/oversight.py).
    """
    before = gc.get_threshold()
    gc.set_threshold(max(YOUNG, before[0]) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
