"""Loss curves of fine-tunings, stored as losses.csv with one line per step."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from truing.run_files import LOSSES
from truing.studies import LossCurve

LOSS_NAMES = ("task", "weak", "student", "method", "seed", "role", "member")
"""Columns of losses.csv that identify a curve."""

VALIDATION = "validation_loss"
VALUES = ("loss", "rate", VALIDATION)


@dataclass(frozen=True)
class LossPoint:
    """A step of a training.

    Attributes:
        step: number of the step, from 1.
        values: `loss` of its batch, learning rate (`rate`), and at an evaluation `validation_loss`.
    """

    step: int
    values: dict[str, float]


LossPoints = Sequence[LossPoint]
"""Steps of one ensemble member of one training."""


def losses_csv(curves: Sequence[LossCurve]) -> str:
    """CSV text of the losses and learning rates of all fine-tunings, one line per step.

    The column `validation_loss` exists if a fine-tuning has validation; it is empty between
    evaluations.
    """
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    more = [VALIDATION] if any(len(one.validation) for one in curves) else []
    lines.writerow([*LOSS_NAMES, "step", "loss", "rate", *more])
    for one in curves:
        names = [getattr(one, name) for name in LOSS_NAMES if name != "member"]
        validated = {(member, step): f"{loss:.6g}" for member, step, loss in one.validation}
        for member, step, loss, rate in one.losses.tolist():
            values = [f"{loss:.6g}", f"{rate:.6g}"]
            values += [validated.get((member, step), "") for _ in more]
            lines.writerow([*names, int(member), int(step), *values])
    return text.getvalue()


def read_losses(folder: Path) -> Mapping[tuple[str, ...], LossPoints]:
    """Read the loss curves of a run folder by the values of LOSS_NAMES; empty without losses."""
    found: dict[tuple[str, ...], list[LossPoint]] = {}
    path = folder / LOSSES
    if not path.is_file():
        return found
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            names = tuple(row[name] for name in LOSS_NAMES)
            values = {name: float(row[name]) for name in VALUES if row.get(name)}
            found.setdefault(names, []).append(LossPoint(int(row["step"]), values))
    return found
