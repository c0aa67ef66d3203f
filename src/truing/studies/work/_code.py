"""Provenance of results: code and items, which are part of a step's key, and random seeds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from truing.sources import package_version, source_digest
from truing.tasks import Source

LIBRARIES = ("numpy", "scipy", "scikit-learn")
TRAIN_LIBRARIES = (*LIBRARIES, "accelerate", "peft", "tokenizers", "torch", "transformers")


@cache
def code_version(
    *functions: Callable[..., Any], libraries: tuple[str, ...] = LIBRARIES
) -> dict[str, str]:
    """Digest of the code that a step runs, and versions of the numerical libraries.

    Args:
        functions: the function that plans the step, and the function that runs it.
        libraries: names of the libraries.
    """
    versions = {name: package_version(name) for name in libraries}
    return {"source": source_digest(*functions), **versions}


def digest(items: np.ndarray) -> str:
    """SHA-256 of item indices, in their order."""
    return hashlib.sha256(np.asarray(items, np.int64).tobytes()).hexdigest()


def chance(source: Source, items: np.ndarray, seed: int) -> str:
    """Random seed of a training, the same for every method and student.

    So methods are compared on the same initial weights, order of items and resampled members
    (common random numbers), and no one can search for a lucky seed by respelling an argument. A
    planted system has the seed of its honest twin: copies of items count as the items.
    """
    task = source.task
    if source.copied is not None:
        task, items = source.copied.original, source.copied.originals(items)
    return hashlib.sha256(f"{task.fingerprint} {digest(items)} {seed}".encode()).hexdigest()
