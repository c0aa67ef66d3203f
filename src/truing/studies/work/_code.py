"""What a result came from: its code and items, which stand in a step's key, and its chances."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np

from truing.sources import source_digest
from truing.tasks import Task

LIBRARIES = ("numpy", "scipy", "scikit-learn")
TRAIN_LIBRARIES = (*LIBRARIES, "accelerate", "peft", "tokenizers", "torch", "transformers")


@cache
def code_version(
    *functions: Callable[..., Any], libraries: tuple[str, ...] = LIBRARIES
) -> dict[str, str]:
    """Digest of the code that a step runs, and the versions of the libraries that compute.

    Args:
        functions: the function that plans the step, and the one that does its work.
    """
    return {"source": source_digest(*functions), **{name: version(name) for name in libraries}}


def digest(items: np.ndarray) -> str:
    """SHA-256 of indices of items, in their order."""
    return hashlib.sha256(np.asarray(items, np.int64).tobytes()).hexdigest()


def chance(task: Task, items: np.ndarray, seed: int) -> str:
    """What all randomness of a training is drawn from: the same for every method and student.

    So methods are compared on the same initial weights, order of items and resampled members
    (common random numbers), and the spelling of an argument is no ticket in a lottery.
    """
    return hashlib.sha256(f"{task.fingerprint} {digest(items)} {seed}".encode()).hexdigest()
