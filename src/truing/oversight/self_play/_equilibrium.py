"""Equilibrium: the value of a finite zero-sum game, by a linear program (von Neumann 1928)."""

from __future__ import annotations

import numpy as np


def matrix_value(payoffs: np.ndarray) -> float:
    """Value of the game in which the row player gets `payoffs` (A, B), with mixed strategies.

    Examples:
        >>> import numpy as np
        >>> from truing.oversight.self_play import matrix_value
        >>> round(matrix_value(np.array([[1.0, 0.0], [0.0, 1.0]])), 6)
        0.5
    """
    from scipy.optimize import linprog  # takes a fifth of a second

    rows, columns = payoffs.shape
    # The variables are the row player's mixture and the value, which is maximized.
    found = linprog(
        [*np.zeros(rows), -1.0],
        A_ub=np.hstack([-payoffs.T, np.ones((columns, 1))]),
        b_ub=np.zeros(columns),
        A_eq=[[*np.ones(rows), 0.0]],
        b_eq=[1.0],
        bounds=[*[(0, 1)] * rows, (None, None)],
    )
    return float(-found.fun)
