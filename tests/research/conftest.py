"""What several tests of research use: a small published research run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.research.published import closed_run
from truing.research.bundle import publish


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
