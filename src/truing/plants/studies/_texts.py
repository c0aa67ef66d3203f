"""Changes of the texts of a task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def change_texts(texts: np.ndarray, change: Callable[[str], str]) -> np.ndarray:
    """Texts (N,) or (N, K), each of them changed; None, for an absent choice, stays None."""
    made = np.empty(texts.shape, dtype=object)
    for at in np.ndindex(*texts.shape):
        text: Any = texts[at]
        made[at] = None if text is None else change(text)
    return made
