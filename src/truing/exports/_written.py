"""Exporter: trains a model of one kind of student again, and writes its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from truing.exports._base import Base
from truing.exports._loader import Loader

Watch = Callable[[str, int, int], None]
"""Called with progress: description, finished units, all units."""


@dataclass(frozen=True)
class Written:
    """A written folder, as its card describes it.

    Attributes:
        form: name of the form: `sequence classifier`, `backbone and head`, ...
        library: `transformers`, `peft` or `safetensors`, for the Hub.
        about: sentences on the files and their use.
        loader: code that loads the folder.
        base: checkpoint from which the model starts; None without a language model.
        config: JSON values that describe the model: layer, pool, ...
        call: calls the loaded function `beliefs` on an item, given by its index; (k,) beliefs.
    """

    form: str
    library: str
    about: tuple[str, ...]
    loader: Loader
    base: Base | None
    call: Callable[[Callable[..., Any], int], np.ndarray]
    config: Mapping[str, Any] = field(default_factory=dict)


class Exporter(Protocol):
    """Trains a model again and writes its folder. Each kind of student has a class.

    It is made with the chosen model, and refuses before the training what it cannot export.
    """

    @property
    def duration(self) -> str:
        """Duration of the training in the study, in words; empty if it takes seconds."""

    def train(self, watch: Watch) -> np.ndarray:
        """Train again; returns the beliefs (N, k), NaN for items that are not asked."""

    def write(self, folder: Path) -> Written:
        """Write the files of the trained model into an empty folder."""
