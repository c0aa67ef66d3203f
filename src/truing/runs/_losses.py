"""Loss curves of fine-tunings, stored as losses.csv with one line per step."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from truing.run_files import LOSSES
from truing.studies import LossCurve

LOSS_NAMES = ("task", "weak", "student", "method", "seed", "role", "member")
"""Columns of losses.csv that identify a curve."""

LossPoints = Sequence[tuple[int, float, float]]
"""(step, loss, learning rate) of one ensemble member of one training."""


def losses_csv(curves: Sequence[LossCurve]) -> str:
    """CSV text of the losses and learning rates of all fine-tunings, one line per step."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([*LOSS_NAMES, "step", "loss", "rate"])
    for one in curves:
        names = [getattr(one, name) for name in LOSS_NAMES if name != "member"]
        for member, step, loss, rate in one.losses.tolist():
            lines.writerow([*names, int(member), int(step), f"{loss:.6g}", f"{rate:.6g}"])
    return text.getvalue()


def read_losses(folder: Path) -> Mapping[tuple[str, ...], LossPoints]:
    """Read the loss curves of a run folder by the values of LOSS_NAMES; empty without losses."""
    found: dict[tuple[str, ...], list[tuple[int, float, float]]] = {}
    path = folder / LOSSES
    if not path.is_file():
        return found
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            names = tuple(row[name] for name in LOSS_NAMES)
            point = (int(row["step"]), float(row["loss"]), float(row["rate"]))
            found.setdefault(names, []).append(point)
    return found
