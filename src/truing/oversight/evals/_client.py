"""Client: how often a request is sent, and whether a paid reply could be kept."""

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

LONGEST_WAIT = 30 * 60  # seconds between two attempts, as Inspect's own


def leave_retries_to_inspect(model: Model) -> Model:
    """Switch off the retries of a provider's own client, so that retries do not multiply.

    The clients of OpenAI, Anthropic and Groq retry twice by themselves. Inspect passes model
    arguments on to them when it makes a client again, so the setting goes into both. The clients
    waited as long as `Retry-After` says; now the wait between Inspect's attempts does.
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
    """Wait as long as the response's `Retry-After` says, else as Inspect does."""

    def __init__(self) -> None:
        self.usual = wait_exponential_jitter(initial=3, max=LONGEST_WAIT, jitter=3)

    def __call__(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        headers = getattr(getattr(error, "response", None), "headers", {})
        try:
            return min(max(float(headers["retry-after"]), 0.0), LONGEST_WAIT)
        except (KeyError, ValueError):  # none, or a date
            return self.usual(state)


class Kept:
    """Replies that Inspect could not write to its cache, which it does not report.

    Attributes:
        lost: paid replies that are not kept.
    """

    def __init__(self, free: str):
        self.free, self.lost = free, 0

    @contextmanager
    def watching(self, calls: Path) -> Iterator[None]:
        """Keep replies in a folder, and count those that could not be written."""
        store = inspect_model.cache_store

        def counted(entry: Any, output: ModelOutput) -> bool:
            kept = store(entry=entry, output=output)
            refused = any(one.stop_reason == "content_filter" for one in output.choices)
            if not kept and not refused and not entry.model.startswith(self.free):
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
    """Let Inspect cache replies in our folder, and write its traces there if it cannot at home."""
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
    """Whether a folder can be written to, or made."""
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK)


def why_not_writable(folder: Path) -> str:
    """Why a folder cannot be written to, in the system's words."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(65536))
            file.flush()
    except OSError as error:
        return error.strerror or str(error)
    return "it can be written to now"
