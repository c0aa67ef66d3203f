"""Transformer: a checkpoint and its fine-tuning settings, `hf/NAME[,ARGUMENT=VALUE ...]`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from truing.registry import Built
from truing.specification import Specification
from truing.students.features._features import FEATURES, FeatureMap
from truing.students.transformer.checkpoints import (
    Checkpoint,
    ModelSize,
    find_checkpoint,
    model_shape,
    model_size,
    need_extra,
    pick_device,
    pick_dtype,
)
from truing.students.transformer.training._adapted import auto_class
from truing.students.transformer.training._longest_pass import longest_pass
from truing.students.transformer.training._optimizers import check_optimizer
from truing.students.transformer.training._settings import Settings, parse_settings
from truing.students.transformer.training._training_memory import (
    TrainingMemory,
    estimate_training_memory,
)
from truing.tasks import Task


@dataclass(frozen=True)
class Transformer:
    """A student that is fine-tuned.

    Attributes:
        checkpoint: the pretrained model.
        settings: settings of the fine-tuning.
    """

    checkpoint: Checkpoint
    settings: Settings

    @property
    def gpus(self) -> int:
        """Number of GPUs that a training needs: 0 on a machine without a GPU."""
        return self.settings.gpus if pick_device() == "cuda" else 0

    @cached_property
    def size(self) -> ModelSize | None:
        """Size of the model."""
        return model_size(Path(self.checkpoint.path))

    def training_memory(self, task: Task, models: int = 1) -> TrainingMemory:
        """Estimated memory of a training on a task, on this machine's device.

        Args:
            task: the task with the texts.
            models: number of models that are trained at once.
        """
        tokens, sequences = longest_pass(self.checkpoint, self.settings, task)
        device = pick_device()
        return estimate_training_memory(
            model_shape(self.checkpoint, auto_class(self.settings)),
            self.settings,
            tokens=tokens,
            sequences=sequences,
            device=device,
            half=pick_dtype(device) != pick_dtype("cpu"),
            models=models,
        )

    @cached_property
    def activations(self) -> Built[FeatureMap]:
        """Activations of the untrained checkpoint: the mean over the tokens of its last layer."""
        name, last = self.checkpoint.name, self.checkpoint.layers
        given = {"pool": "mean", "max_length": str(self.settings.max_length)}
        if self.settings.template:
            given["template"] = "true"
        if self.settings.revision:
            given["revision"] = self.settings.revision
        return FEATURES.build(Specification(f"hf/{name}@layer-{last}", given))

    @property
    def label(self) -> str:
        """Shortest equivalent specification, shown in tables."""
        return str(Specification(f"hf/{self.checkpoint.name}")) + self.settings.label


def parse_transformer(specification: str | Specification) -> Transformer:
    """Parse a transformer: `hf/NAME[,ARGUMENT=VALUE ...]`, where NAME is a hub id or local folder.

    Raises:
        UserError: an unknown checkpoint, an unknown argument, a value that is not allowed, or
            PyTorch or the optimizer's package is not installed.
    """
    asked = Specification.parse(specification)
    settings = parse_settings(asked)
    need_extra(asked.name)
    check_optimizer(settings)
    return Transformer(find_checkpoint(asked.name.removeprefix("hf/"), settings.revision), settings)
