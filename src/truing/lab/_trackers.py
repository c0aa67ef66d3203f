"""Trackers: export loss curves to trackio, wandb or tensorboard."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

from truing.errors import UserError
from truing.runs import LOSS_NAMES, LossPoints, read_losses

PROJECT = "truing"
NEEDED = {"trackio": "trackio", "wandb": "wandb", "tensorboard": "tensorboard"}
"""Package of each tracker."""


def check_tracker(name: str) -> None:
    """Raise UserError if a tracker is not installed."""
    if find_spec(NEEDED[name]) is None:
        raise UserError(
            f"--report-to {name}: {NEEDED[name]} is not installed; pip install {NEEDED[name]}"
        )


def export_curves(folder: Path, name: str) -> int:
    """Export the loss curves of a run folder to a tracker; returns the number of curves.

    Args:
        folder: the run folder.
        name: trackio, wandb or tensorboard.

    Raises:
        UserError: the tracker is not installed.
    """
    check_tracker(name)
    curves = read_losses(folder)
    for names, points in curves.items():
        config = dict(zip(LOSS_NAMES, names, strict=True))
        title = " ".join(part for part in names if part)
        TRACKERS[name](folder, title, config, points)
    return len(curves)


def _to_wandb(folder: Path, title: str, config: Mapping[str, str], points: LossPoints) -> None:
    wandb = importlib.import_module("wandb")
    run = wandb.init(project=PROJECT, name=title, config=dict(config), dir=str(folder))
    for point in points:
        run.log(point.values, step=point.step)
    run.finish()


def _to_trackio(folder: Path, title: str, config: Mapping[str, str], points: LossPoints) -> None:
    trackio = importlib.import_module("trackio")
    trackio.init(project=PROJECT, name=title, config=dict(config))
    for point in points:
        trackio.log(point.values, step=point.step)
    trackio.finish()


def _to_tensorboard(
    folder: Path, title: str, config: Mapping[str, str], points: LossPoints
) -> None:
    tensorboard = importlib.import_module("torch.utils.tensorboard")
    place = "".join(sign if sign.isalnum() or sign in "-_=." else "-" for sign in title)
    with tensorboard.SummaryWriter(str(folder / "tensorboard" / place)) as writer:
        for point in points:
            for value, number in point.values.items():
                writer.add_scalar(value, number, point.step)


TRACKERS: dict[str, Callable[[Path, str, Mapping[str, str], LossPoints], None]] = {
    "trackio": _to_trackio,
    "wandb": _to_wandb,
    "tensorboard": _to_tensorboard,
}
