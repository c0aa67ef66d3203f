"""One thread: numerical libraries use one thread while any submission is scored.

Their number of threads belongs to the process, and more than one would change the last bits of a
result. The first block to start sets the limit, and the last to end removes it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

_lock = threading.Lock()
_blocks = 0
_limit: threadpool_limits | None = None


@contextmanager
def one_thread() -> Iterator[None]:
    """Context in which numerical libraries use one thread; such blocks may overlap."""
    global _blocks, _limit
    with _lock:
        _blocks += 1
        if _limit is None:
            _limit = threadpool_limits(1)
    try:
        yield
    finally:
        with _lock:
            _blocks -= 1
            if not _blocks and _limit is not None:
                _limit.restore_original_limits()
                _limit = None
