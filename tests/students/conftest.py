"""Tiny checkpoints, each made once for all tests of students. Tests change copies only."""

from __future__ import annotations

from functools import cache

import pytest

from tests.students.tiny import ARCHITECTURES, make_tiny


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The folder of each tiny checkpoint."""
    folder = tmp_path_factory.mktemp("checkpoints")
    return {one: make_tiny(one, folder) for one in ARCHITECTURES}


@pytest.fixture(scope="session")
def checkpoints(made):
    """Tiny random checkpoints by architecture."""
    from truing.students.transformer.checkpoints._checkpoint import find_checkpoint

    return cache(lambda name: find_checkpoint(str(made[name])))
