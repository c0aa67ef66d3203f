"""Inputs: what one run of a folder reads. They contain no ground truth, item ids or seeds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from truing.tasks import Kind

TASK, PREDICTIONS = "task.json", "predictions.npy"


@dataclass(frozen=True, eq=False)
class Items:
    """Items as a run sees them.

    Attributes:
        ids: new names of the items, drawn for this run.
        inputs: (n,) texts or, for items with their own choices, (n, k) texts with None for absent
            choices; (n, height, width) images; (n, columns) vectors.
        features: (n, d), or (n, k, d) for items with their own choices: the features on which the
            referee trains the baseline; None if the baseline is a fine-tuned model.
    """

    ids: tuple[str, ...]
    inputs: np.ndarray
    features: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class RunInputs:
    """The inputs of one run.

    Attributes:
        kind: kind of the task.
        choices: names of the k classes, or positions of the choices.
        learn: n items to learn from.
        weak: (n, k) weak labels of these items, rows sum to 1.
        clusters: (n,) clusters of these items, numbered for this run.
        predict: m items to predict.
        seed: random seed for the run.
        models: folder of each model that the run may read, by name.
    """

    kind: Kind
    choices: tuple[str, ...]
    learn: Items
    weak: np.ndarray
    clusters: np.ndarray
    predict: Items
    seed: int
    models: Mapping[str, str] = field(default_factory=dict)

    @property
    def medium(self) -> str:
        """`texts`, `images` or `vectors`."""
        if self.learn.inputs.dtype == object:
            return "texts"
        own_choices = self.kind != "classification"
        return "images" if self.learn.inputs.ndim == 3 and not own_choices else "vectors"

    def count_choices(self, items: Items) -> np.ndarray:
        """Number (n,) of choices that each item has; they are the first of the k choices."""
        k, values = len(self.choices), items.inputs
        if self.kind == "classification" or values.dtype != object:
            return np.full(len(values), k)
        return np.array([sum(one is not None for one in row) for row in values])

    def write(self, place: Path) -> None:
        """Write the inputs as files into an empty folder."""
        described = {
            "kind": self.kind,
            "medium": self.medium,
            "choices": list(self.choices),
            "learn": len(self.learn.ids),
            "predict": len(self.predict.ids),
            "seed": self.seed,
            "models": {name: str(Path(one).resolve()) for name, one in self.models.items()},
        }
        (place / TASK).write_text(json.dumps(described, indent=1))
        np.save(place / "weak.npy", self.weak)
        np.save(place / "clusters.npy", self.clusters)
        for name in ("learn", "predict"):
            self._write_items(place, name, getattr(self, name))

    def _write_items(self, place: Path, name: str, items: Items) -> None:
        if items.features is not None:
            np.save(place / f"{name}_features.npy", items.features)
        if self.medium != "texts":
            np.save(place / f"{name}_inputs.npy", items.inputs)
        with (place / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            for row, one in enumerate(items.ids):
                fields: dict[str, object] = {"id": one}
                if self.medium == "texts" and self.kind == "classification":
                    fields["text"] = str(items.inputs[row])
                elif self.medium == "texts":
                    fields["choices"] = [str(o) for o in items.inputs[row] if o is not None]
                file.write(json.dumps(fields) + "\n")
