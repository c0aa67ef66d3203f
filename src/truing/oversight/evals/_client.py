"""Client: retries of requests, and the cache of paid replies."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import inspect_ai.model._model as inspect_model
from inspect_ai.model import Model, ModelOutput
from platformdirs import user_data_path
from tenacity import RetryCallState, wait_exponential_jitter
from tenacity.wait import wait_base

LONGEST_WAIT = 30 * 60  # seconds between two attempts, as in Inspect


def leave_retries_to_inspect(model: Model) -> Model:
    """Switch off the retries of a provider's client, so that they do not multiply with Inspect's.

    The clients of OpenAI, Anthropic and Groq retry twice by default. Inspect passes model arguments
    to a client that it creates again, so both are set. The clients respect `Retry-After`; instead,
    the wait between Inspect's attempts now does.
    """
    api: Any = model.api
    client: Any = getattr(api, "client", None)
    if hasattr(client, "max_retries"):
        client.max_retries = 0
        api.model_args = {**getattr(api, "model_args", {}), "max_retries": 0}
    if api.retry_wait() is None:
        api.retry_wait = _WaitAsAsked
    return model


class _WaitAsAsked(wait_base):
    """Wait for the duration in the response's `Retry-After`, by default as long as Inspect."""

    def __init__(self) -> None:
        self.usual = wait_exponential_jitter(initial=3, max=LONGEST_WAIT, jitter=3)

    def __call__(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        headers = getattr(getattr(error, "response", None), "headers", {})
        try:
            return min(max(float(headers["retry-after"]), 0.0), LONGEST_WAIT)
        except (KeyError, ValueError):  # no header, or a date
            return self.usual(state)


class Kept:
    """Counter of replies that Inspect could not write to its cache, which it does not report.

    Attributes:
        lost: number of paid replies that are not cached.
    """

    def __init__(self) -> None:
        self.lost = 0

    @contextmanager
    def watching(self, calls: Path) -> Iterator[None]:
        """Cache replies in a folder, and count the replies that could not be written."""
        store = inspect_model.cache_store

        def counted(entry: Any, output: ModelOutput) -> bool:
            kept = store(entry=entry, output=output)
            refused = any(one.stop_reason == "content_filter" for one in output.choices)
            if not kept and not refused:
                self.lost += 1
            return kept

        inspect_model.cache_store = counted
        try:
            with _written_to(calls):
                yield
        finally:
            inspect_model.cache_store = store


@contextmanager
def _written_to(calls: Path) -> Iterator[None]:
    """Let Inspect cache replies in a folder, and write traces there if its folder is read-only."""
    ours = {"INSPECT_CACHE_DIR": str(calls)}
    if not _writable(user_data_path("inspect_ai")):
        ours["XDG_DATA_HOME"] = str(calls.parent / "inspect")
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _writable(folder: Path) -> bool:
    """Whether a folder can be written to or created."""
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK)


def why_not_writable(folder: Path) -> str:
    """The operating system's reason why a folder cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(65536))
            file.flush()
    except OSError as error:
        return error.strerror or str(error)
    return "it can be written to now"
