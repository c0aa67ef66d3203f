"""Export of a linear head on fixed features: its weights, and how its features are computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.exports._base import Base
from truing.exports._chosen import Chosen
from truing.exports._loader import Reading, numbers_loader, states_loader
from truing.exports._texts import call_on_texts, save_tokenizer
from truing.exports._written import Watch, Written
from truing.given import shown
from truing.methods import Trained
from truing.students.features import FEATURES
from truing.students.transformer import find_checkpoint
from truing.studies import make_job
from truing.studies.work import ExtractPayload, read_features, train_head_again

ON_ACTIVATIONS = (
    "`head.safetensors` contains a linear layer (`weight`, `bias`) on the activations of a layer "
    "of the checkpoint, which is loaded from its own place. Standardization is part of the weights."
)
ON_FEATURES = (
    "`head.safetensors` contains a linear layer (`weight`, `bias`) on the features {features}, one "
    "row for each item{choices}. Standardization is part of the weights. The features are not part "
    "of this folder. truing computes them for the items of a task: `FEATURES.build({features!r})"
    ".value(task)` with `from truing.students.features import FEATURES`. Features that are fitted "
    "to the items of a task (pca, lsa, spectral, nystroem) have other columns on other items, so "
    "the head is then of use for this task only."
)
ENSEMBLE = "The beliefs are the mean of {members} heads, which are stored in one array."


class HeadExport:
    """A head: weights on activations of a frozen language model, or on other features."""

    def __init__(self, chosen: Chosen):
        self.chosen = chosen
        (features,) = chosen.step.parents["features"]
        assert isinstance(features.payload, ExtractPayload)
        self.features = features
        self.built = FEATURES.build(features.payload.features)
        self.head: Trained | None = None
        self.base: Base | None = None
        if self.built.factory == "hf":
            given = self.built.arguments
            checkpoint = find_checkpoint(given["checkpoint"], given["revision"])
            if checkpoint.adapter is not None:
                raise UserError(
                    f"hf/{checkpoint.name} is an adapter, and a head on its activations cannot be "
                    "loaded without truing; merge the adapter into its base, and run the study on "
                    "the merged model"
                )
            self.base = Base(checkpoint)

    @property
    def duration(self) -> str:
        """Empty, because a head takes seconds."""
        return ""

    def train(self, watch: Watch) -> np.ndarray:
        """Train again; returns the beliefs (N, k)."""
        job: Any = make_job(self.chosen.step)
        self.head = train_head_again(job, self.chosen.store)
        return self.head.beliefs

    def write(self, folder: Path) -> Written:
        """Write the weights, and for activations the tokenizer."""
        from safetensors.numpy import save_file

        assert self.head is not None, "the head is trained before it is written"
        weight, bias = self.head.weight, self.head.bias
        members = len(weight)
        if self.base is not None and members == 1:
            weight, bias = weight[0], bias[0]
        arrays = {"weight": weight, "bias": bias}
        save_file(
            {name: np.ascontiguousarray(one, np.float32) for name, one in arrays.items()},
            folder / "head.safetensors",
        )
        more = (ENSEMBLE.format(members=members),) if members > 1 else ()
        config = {"l2": self.head.l2, "members": members}
        if self.base is None:
            return self._on_features(config, more)
        return self._on_activations(folder, self.base, config, more)

    def _on_activations(
        self, folder: Path, base: Base, config: dict[str, Any], more: tuple[str, ...]
    ) -> Written:
        given = self.built.arguments
        limit = min(given["max_length"], base.checkpoint.context)
        task, template = self.chosen.source.task, given["template"]
        tokenizer = save_tokenizer(base.checkpoint, limit, folder)
        reading = Reading("base", base, task.kind == "classification", template)
        names = ("layer", "pool", "max_length", "template", "storage")
        return Written(
            "head on activations",
            "safetensors",
            (ON_ACTIVATIONS, *more),
            states_loader(
                reading, given["layer"], given["pool"], config["members"], given["storage"]
            ),
            base,
            call_on_texts(task, tokenizer, template),
            {**config, **{name: given[name] for name in names}, "max_length": limit},
        )

    def _on_features(self, config: dict[str, Any], more: tuple[str, ...]) -> Written:
        task = self.chosen.source.task
        has_classes = task.kind == "classification"
        rows = read_features(self.chosen.store, self.features.key)
        name = shown(self.built.label)

        def call(beliefs: Callable[..., Any], item: int) -> np.ndarray:
            if has_classes:
                return beliefs(rows[item][None])[0]
            return beliefs(rows[item][: task.choice_counts[item]])

        choices = "" if has_classes else " and choice"
        return Written(
            "head on features",
            "safetensors",
            (ON_FEATURES.format(features=name, choices=choices), *more),
            numbers_loader(has_classes),
            None,
            call,
            {**config, "features": name},
        )
