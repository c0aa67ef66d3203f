"""Transformer: a checkpoint, and how it is fine-tuned. Named `hf/NAME[,ARGUMENT=VALUE ...]`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from truing.registry import Built
from truing.specification import Specification
from truing.students.features._features import FEATURES, FeatureMap
from truing.students.transformer._checkpoint import Checkpoint, find_checkpoint
from truing.students.transformer._device import need_extra, pick_device
from truing.students.transformer._settings import Settings, parse_settings


@dataclass(frozen=True)
class Transformer:
    """A student that is fine-tuned.

    Attributes:
        checkpoint: where it begins.
        settings: how it is trained.
    """

    checkpoint: Checkpoint
    settings: Settings

    @property
    def gpus(self) -> int:
        """GPUs that a training of it asks for: none where there are none."""
        return self.settings.gpus if pick_device() == "cuda" else 0

    @cached_property
    def activations(self) -> Built[FeatureMap]:
        """What the untrained checkpoint makes of a text: the mean over its last layer."""
        name, last = self.checkpoint.name, self.checkpoint.layers
        given = {"pool": "mean", "max_length": str(self.settings.max_length)}
        if self.settings.template:
            given["template"] = "true"
        return FEATURES.build(Specification(f"hf/{name}@layer-{last}", given))

    @property
    def label(self) -> str:
        """The shortest specification of the same; what tables show."""
        return str(Specification(f"hf/{self.checkpoint.name}")) + self.settings.label


def parse_transformer(specification: str | Specification) -> Transformer:
    """A transformer from `hf/NAME[,ARGUMENT=VALUE ...]`: a hub id or a local folder.

    Raises:
        UserError: no such checkpoint, an argument that there is not, or no PyTorch.
    """
    asked = Specification.parse(specification)
    settings = parse_settings(asked)
    need_extra(asked.name)
    return Transformer(find_checkpoint(asked.name.removeprefix("hf/")), settings)
