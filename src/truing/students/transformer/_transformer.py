"""Transformer: a checkpoint, and how it is fine-tuned. Named `hf/NAME[,ARGUMENT=VALUE ...]`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from truing.errors import UserError
from truing.registry import Built
from truing.specification import join_specification, split_specification
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
        template = ["template=true"] if self.settings.template else []
        max_length = f"max_length={self.settings.max_length}"
        return FEATURES.build(
            join_specification([f"hf/{name}@layer-{last}", "pool=mean", max_length, *template])
        )

    @property
    def label(self) -> str:
        """The shortest specification of the same; what tables show."""
        return join_specification([f"hf/{self.checkpoint.name}"]) + self.settings.label


def parse_transformer(specification: str) -> Transformer:
    """A transformer from `hf/NAME[,ARGUMENT=VALUE ...]`: a hub id or a local folder.

    Raises:
        UserError: no such checkpoint, an argument that there is not, or no PyTorch.
    """
    name, *pairs = split_specification(specification)
    given = {}
    for pair in pairs:
        argument, equals, value = (part.strip() for part in pair.partition("="))
        if not equals:
            raise UserError(f"{specification!r}: {pair!r} must read argument=value")
        given[argument] = value
    settings = parse_settings(specification, given)
    need_extra(name)
    return Transformer(find_checkpoint(name.removeprefix("hf/")), settings)
