"""Protocols through Inspect's client: what it leaves open, its waits and its tracebacks."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import anyio
import pytest


@pytest.fixture(autouse=True, scope="module")
def inspect_leaves_things_open() -> Iterator[None]:
    """They are collected here, where their warning is expected, and not in another module."""
    yield
    gc.collect()


@pytest.fixture(autouse=True, scope="module")
def plain_tracebacks() -> Iterator[None]:
    """Inspect draws the traceback of each failure in color, which takes longer than its play."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("_util.rich", "_display.core.results"):
            patch.setattr(f"inspect_ai.{module}.rich_traceback", lambda *_, **__: "a traceback")
        yield


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """Inspect's waits between retries, recorded and not waited."""
    asked: list[float] = []

    async def sleep(seconds: float) -> None:
        asked.append(seconds)
        await anyio.sleep(0)

    monkeypatch.setattr("inspect_ai.model._retry._sleep", sleep)
    return asked
