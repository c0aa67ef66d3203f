"""Planted studies whose true accuracies are known, shared by the tests of coverage."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="session")
def planted():
    """The benchmark's own planting, so that the tests and the printed table cannot differ."""
    return benchmark("coverage")


@pytest.fixture(scope="session")
def planted_shift():
    """The planted linear problem under shift, from the benchmark."""
    return benchmark("shift_coverage")


def benchmark(name: str):
    """A benchmark as a module. Its own name may be that of an installed package (`coverage`)."""
    if str(BENCHMARKS) not in sys.path:
        sys.path.append(str(BENCHMARKS))  # benchmarks import each other
    spec = importlib.util.spec_from_file_location(f"{name}_benchmark", BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up by name while the file is still being executed.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
