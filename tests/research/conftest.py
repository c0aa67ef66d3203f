"""What several tests of research use: a small published research run."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

import pytest

from tests.research.published import closed_run
from truing.research.bundle import publish


@pytest.fixture(autouse=True)
def same_secrets(request, monkeypatch):
    """The secrets of research runs differ within a test, and are the same whenever it runs."""
    numbers = itertools.count()

    def draw(count: int) -> bytes:
        text = f"{request.node.nodeid} {next(numbers)}"
        return hashlib.shake_256(text.encode()).digest(count)

    monkeypatch.setattr("truing.research.ledger._secret.token_bytes", draw)


@pytest.fixture(scope="session")
def published_run(tmp_path_factory) -> Path:
    """Folder of the referee of a closed run."""
    return closed_run(tmp_path_factory.mktemp("published") / "run")


@pytest.fixture(scope="session")
def shared_bundle(published_run, tmp_path_factory) -> Path:
    """Its bundle, which no test changes."""
    out = tmp_path_factory.mktemp("bundle") / "board"
    publish(published_run, out)
    return out
