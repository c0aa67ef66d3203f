"""Losses of fine-tunings as arrays for the store."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from truing.students.transformer import Tuned


def loss_curves(found: Sequence[Tuned]) -> np.ndarray:
    """Losses of the steps (rows, 4): member, step from 1, loss, learning rate."""
    rows = []
    member = 0
    for tuned in found:
        for losses in tuned.losses.T:
            steps = np.arange(1, len(losses) + 1)
            columns = [np.full(len(losses), member), steps, losses, tuned.rates]
            rows.append(np.stack(columns, axis=1))
            member += 1
    return np.concatenate(rows)


def validation_arrays(found: Sequence[Tuned], learning_rate: float) -> dict[str, np.ndarray]:
    """Arrays on the validation of a fine-tuning.

    `validation`: (rows, 3): member, step, validation loss. `validation_loss`: (1,) lowest loss of a
    member, and `stopped_at`: (1,) share of the steps after which it was reached; means over
    members. `learning_rate`: (1,).
    """
    rows: list[np.ndarray] = []
    lowest, stops = [], []
    for tuned in found:
        steps = tuned.validation[:, 0]
        for losses in tuned.validation[:, 1:].T:
            columns = [np.full(len(losses), len(rows)), steps, losses]
            rows.append(np.stack(columns, axis=1))
            lowest.append(losses.min())
            stops.append(steps[losses.argmin()] / len(tuned.losses))
    return {
        "validation": np.concatenate(rows),
        "validation_loss": np.array([np.mean(lowest)]),
        "stopped_at": np.array([np.mean(stops)]),
        "learning_rate": np.array([learning_rate]),
    }
