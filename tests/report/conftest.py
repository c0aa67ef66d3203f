"""The tests of reports look at charts."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, scope="module")
def drawn(charts):
    """Charts are drawn."""
