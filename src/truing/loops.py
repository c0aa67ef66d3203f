"""Run coroutines from code that may itself run inside an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def run_coroutine(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine; inside an event loop, it runs in a separate thread.

    Examples:
        >>> import asyncio
        >>> from truing.loops import run_coroutine
        >>> run_coroutine(asyncio.sleep(0, result="done"))
        'done'
    """
    if not in_loop():
        return asyncio.run(coroutine)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def in_loop() -> bool:
    """Whether an event loop runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
