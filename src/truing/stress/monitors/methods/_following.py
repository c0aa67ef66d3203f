"""Following: how far answers or targets follow the weak labels when these change."""

from __future__ import annotations

import numpy as np


def unmoved(moved: np.ndarray, due: np.ndarray, weights: np.ndarray | float = 1.0) -> float:
    """Share of the change due to other weak labels that did not happen; 1 if none was due.

    Args:
        moved: (n,) distance between the results before and after the change.
        due: (n,) distance by which they should move.
        weights: (n,) weights of the items.

    Examples:
        >>> import numpy as np
        >>> from truing.stress.monitors import unmoved
        >>> unmoved(np.array([1.0, 0.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.0, 0.0]))
        0.5
    """
    most = float(np.sum(weights * due))
    return 1 - float(np.sum(weights * moved)) / most if most > 0 else 1.0
