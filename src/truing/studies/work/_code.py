"""Which code and which items a result came from: part of every step's key."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from types import ModuleType

import numpy as np

from truing.sources import source_digest

LIBRARIES = ("numpy", "scipy", "scikit-learn")
TRAIN_LIBRARIES = (*LIBRARIES, "accelerate", "peft", "tokenizers", "torch", "transformers")


@cache
def code_version(*modules: ModuleType, libraries: tuple[str, ...] = LIBRARIES) -> dict[str, str]:
    """Digest of the modules' sources, and the versions of the libraries that compute."""
    return {"source": source_digest(*modules), **{name: version(name) for name in libraries}}


def digest(items: np.ndarray) -> str:
    """SHA-256 of indices of items, in their order."""
    return hashlib.sha256(np.asarray(items, np.int64).tobytes()).hexdigest()
