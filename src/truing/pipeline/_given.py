"""The files of a run: inputs that `run.py` reads, and predictions that it writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


class Models(dict[str, str]):
    """Folder of each model that a run may read, by name; a KeyError lists the names."""

    def __missing__(self, name: str) -> str:
        listed = ", ".join(map(repr, self)) or "no model"
        raise KeyError(
            f"the run may read {listed}, not {name!r}; in a trial, add --model {name}=FOLDER"
        )


@dataclass(frozen=True, eq=False)
class Given:
    """The inputs of a run.

    Attributes:
        kind: `classification`, `multiple choice` or `preference`.
        medium: `texts`, `images` or `vectors`.
        choices: names of the k classes, or positions of the choices.
        learn, predict: (n,) and (m,) texts, lists of texts (one per choice), images or vectors.
        weak: (n, k) weak labels, rows sum to 1.
        clusters: (n,) clusters of the learning items; items of one cluster depend on each other.
        learn_features, predict_features: (n, d) and (m, d), or (n, k, d) and (m, k, d): features
            on which the baseline is trained; None if the baseline is a fine-tuned model.
        seed: seed for all randomness of the run.
        models: folder of each model that the run may read, by name.
    """

    kind: str
    medium: str
    choices: tuple[str, ...]
    learn: Any
    predict: Any
    weak: np.ndarray
    clusters: np.ndarray
    learn_features: np.ndarray | None
    predict_features: np.ndarray | None
    seed: int
    models: Models


def load(place: Path | str = "inputs") -> Given:
    """Read the inputs of this run.

    Args:
        place: folder of the inputs.
    """
    folder = Path(place)
    task = json.loads((folder / "task.json").read_text())

    def array(name: str) -> np.ndarray | None:
        path = folder / f"{name}.npy"
        return np.load(path, allow_pickle=False) if path.exists() else None

    def items(name: str) -> Any:
        if task["medium"] != "texts":
            return array(f"{name}_inputs")
        lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        return [row["text"] if "text" in row else row["choices"] for row in rows]

    weak, clusters = array("weak"), array("clusters")
    assert weak is not None, "the referee writes weak labels"
    assert clusters is not None, "the referee writes clusters"
    return Given(
        task["kind"],
        task["medium"],
        tuple(task["choices"]),
        items("learn"),
        items("predict"),
        weak,
        clusters,
        array("learn_features"),
        array("predict_features"),
        task["seed"],
        Models(task["models"]),
    )


def save(predictions: Any, place: Path | str = "outputs") -> None:
    """Save the predictions of this run.

    Args:
        predictions: (m,) choices from 0 to k - 1, or (m, k) beliefs.
        place: folder of the outputs.
    """
    Path(place).mkdir(exist_ok=True)
    np.save(Path(place) / "predictions.npy", np.asarray(predictions))
