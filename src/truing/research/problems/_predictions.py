"""Predictions: answers about the climb items, if the configuration allows them."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from truing.errors import UserError


def read_predictions(content: str, shapes: Mapping[str, tuple[int, int]]) -> dict[str, np.ndarray]:
    """Predicted choices (n,) by task.

    Beliefs (n, k) are reduced to the most likely choice (the first in a tie), because accuracy
    depends on nothing else. Beliefs with the same choices are the same submission.

    Args:
        content: JSON, `{TASK: [choice, ...] or [[belief, ...], ...]}`.
        shapes: n and k of each task.

    Raises:
        UserError: `content` is not valid JSON, a task is missing or unknown, or an array has a
            wrong shape.
    """
    try:
        given = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise UserError(
            "predictions must be valid JSON without NaN: {TASK: [choice, ...]}"
        ) from None
    if not isinstance(given, dict) or given.keys() != shapes.keys():
        raise UserError(f"predictions must name each task once: {', '.join(shapes)}")
    return {name: _read_answers(name, given[name], *shape) for name, shape in shapes.items()}


def write_predictions(answers: Mapping[str, np.ndarray]) -> str:
    """The canonical JSON of predicted choices."""
    lists = {name: answers[name].tolist() for name in sorted(answers)}
    return json.dumps(lists, separators=(",", ":"))


def _read_answers(name: str, given: object, n: int, k: int) -> np.ndarray:
    try:
        found = np.array(given)
    except ValueError:  # rows of different lengths
        found = np.array(None)
    if found.shape == (n,) and found.dtype.kind == "i" and 0 <= found.min() <= found.max() < k:
        return found
    if found.shape == (n, k) and found.dtype.kind in "if" and np.isfinite(found).all():
        return found.argmax(1)
    raise UserError(
        f"{name}: predictions must be {n} choices from 0 to {k - 1}, or {n} rows of {k} finite "
        "beliefs"
    )


def _refuse(constant: str) -> None:
    raise ValueError(constant)
