"""Losses of fine-tunings: losses.csv of a study's run folder, one line for each step."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from truing.runs._kinds import LOSSES
from truing.studies import LossCurve

LOSS_NAMES = ("task", "weak", "student", "method", "seed", "role", "member")
"""Columns of losses.csv that identify a curve."""

LossPoints = Sequence[tuple[int, float, float]]
"""(step, loss, learning rate) of one member of one training."""


def losses_csv(curves: Sequence[LossCurve]) -> str:
    """Losses and learning rates of all fine-tunings, one line a step."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([*LOSS_NAMES, "step", "loss", "rate"])
    for one in curves:
        told = [getattr(one, name) for name in LOSS_NAMES if name != "member"]
        for member, step, loss, rate in one.losses.tolist():
            lines.writerow([*told, int(member), int(step), f"{loss:.6g}", f"{rate:.6g}"])
    return text.getvalue()


def read_losses(folder: Path) -> Mapping[tuple[str, ...], LossPoints]:
    """The curves of a run folder by their names; empty where nothing was fine-tuned."""
    found: dict[tuple[str, ...], list[tuple[int, float, float]]] = {}
    path = folder / LOSSES
    if not path.is_file():
        return found
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            told = tuple(row[name] for name in LOSS_NAMES)
            point = (int(row["step"]), float(row["loss"]), float(row["rate"]))
            found.setdefault(told, []).append(point)
    return found
