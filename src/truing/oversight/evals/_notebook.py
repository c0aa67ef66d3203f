"""Run Inspect inside a notebook or an event loop."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

from inspect_ai._util import platform

from truing.errors import UserError
from truing.loops import in_loop


def check_loop() -> None:
    """Raise an error inside an event loop, except in a notebook, whose loop Inspect can share.

    Raises:
        UserError: an event loop runs in this thread.
    """
    if in_loop() and not platform.running_in_notebook():
        raise UserError(
            "oversight starts an event loop and cannot run inside another event loop; in asyncio "
            "code write: await asyncio.to_thread(run_oversight, ...)"
        )


@contextmanager
def without_widgets() -> Iterator[None]:
    """Let Inspect run in a notebook without ipywidgets, which only its display requires."""
    before = platform.have_package
    if importlib.util.find_spec("ipywidgets") is None:
        platform.have_package = lambda package: package == "ipywidgets" or before(package)
    try:
        yield
    finally:
        platform.have_package = before
