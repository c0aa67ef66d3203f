"""Planted studies whose true accuracies are known, shared by the tests of coverage."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "coverage.py"


@pytest.fixture(scope="session")
def planted():
    """The benchmark's own planting, so that the tests and the printed table cannot differ."""
    spec = importlib.util.spec_from_file_location("coverage_benchmark", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up by name while the file is still being executed.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
