"""Waiting in tests: until something has happened, however slow the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

NEVER = 1e5  # seconds


def wait_until(happened: Callable[[], object], pause: float = 0.01) -> None:
    """Return when a condition is true.

    There is no deadline but the time limit of the test, because a deadline would fail on a machine
    that is busy with something else.

    Args:
        happened: the condition.
        pause: seconds between two looks.
    """
    while not happened():
        time.sleep(pause)


def hide_progress(patch: pytest.MonkeyPatch) -> None:
    """Have long work in this process show no progress, as work that takes no time."""
    patch.setattr("truing.progress.QUIET", NEVER)
