"""Predictions: answers about known items, where a research takes them."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from truing.errors import UserError


def read_predictions(content: str, shapes: Mapping[str, tuple[int, int]]) -> dict[str, np.ndarray]:
    """Answers by task, (n,) choices.

    Beliefs (n, k) are read as the likeliest choice, the first of equal ones: an accuracy says no
    more of them, and the same answers in other numbers are the same submission.

    Args:
        content: JSON, `{TASK: [choice, ...] or [[belief, ...], ...]}`.
        shapes: n and k of each task.

    Raises:
        UserError: it is none, a task is missing or unknown, or an array has another shape.
    """
    try:
        given = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise UserError("predictions are JSON: {TASK: [choice, ...]}, without NaN") from None
    if not isinstance(given, dict) or given.keys() != shapes.keys():
        raise UserError(f"predictions name each task once: {', '.join(shapes)}")
    return {name: _read_answers(name, given[name], *shape) for name, shape in shapes.items()}


def write_predictions(answers: Mapping[str, np.ndarray]) -> str:
    """The one text of these answers."""
    told = {name: answers[name].tolist() for name in sorted(answers)}
    return json.dumps(told, separators=(",", ":"))


def _read_answers(name: str, given: object, n: int, k: int) -> np.ndarray:
    try:
        found = np.array(given)
    except ValueError:  # rows of several lengths
        found = np.array(None)
    if found.shape == (n,) and found.dtype.kind == "i" and 0 <= found.min() <= found.max() < k:
        return found
    if found.shape == (n, k) and found.dtype.kind in "if" and np.isfinite(found).all():
        return found.argmax(1)
    raise UserError(
        f"{name}: predictions are {n} choices from 0 to {k - 1}, or {n} rows of {k} finite beliefs"
    )


def _refuse(constant: str) -> None:
    raise ValueError(constant)
