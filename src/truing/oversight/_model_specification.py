"""Model specification: a model's name with its settings, `openai/gpt-4o-mini,temperature=0.2`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from truing.arguments import AtLeastOne, OneOf, Within, read_value
from truing.errors import UnknownNameError, UserError
from truing.given import is_object
from truing.specification import Specification

EMBEDDED = "truing/"  # prefix of embedded agents, which are simulations
MODEL_FILE = ".json"  # file of a given object: an Inspect model's name, settings and arguments
LOCAL = "hf/"  # prefix of models of transformers that run on this machine

Penalty = Annotated[float, Within("[-2, 2]")]
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")

SAMPLING: dict[str, Any] = {
    "temperature": Annotated[float, Within("[0, 2]")],
    "top_p": Annotated[float, Within("(0, 1]")],
    "top_k": AtLeastOne,
    "max_tokens": AtLeastOne,
    "seed": Annotated[int, Within("[0, 2147483647]")],
}
"""Annotations of the settings that all models take; Inspect's names."""

REMOTE: dict[str, Any] = {
    **SAMPLING,
    "frequency_penalty": Penalty,
    "presence_penalty": Penalty,
    "reasoning_effort": Annotated[str, OneOf(EFFORTS)],
    "reasoning_tokens": Annotated[int, Within("[0, inf)")],
}
"""Annotations of the settings of models behind an API."""

PLACEMENT: dict[str, Any] = {
    "dtype": Annotated[str, OneOf(("auto", "float32", "bfloat16", "float16"))],
    "device": str,
    "threads": AtLeastOne,
    "batch_size": AtLeastOne,
    "revision": str,
}
"""Annotations of the arguments of local models: how they are loaded and computed."""


@dataclass(frozen=True)
class ModelSpecification:
    """A model and its settings.

    Attributes:
        name: name of the model as Inspect takes it, without settings.
        sampling: settings of replies by Inspect's name, such as `temperature` and `max_tokens`.
        placement: arguments of a local model: `dtype`, `device`, `threads`, `batch_size`,
            `revision`.

    Examples:
        >>> from truing.oversight import ModelSpecification
        >>> asked = ModelSpecification.parse("openai/gpt-4o-mini,max_tokens=600,temperature=0.20")
        >>> asked.sampling
        {'temperature': 0.2, 'max_tokens': 600}
        >>> print(asked)
        openai/gpt-4o-mini,temperature=0.2,max_tokens=600
    """

    name: str
    sampling: Mapping[str, Any] = field(default_factory=dict)
    placement: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> ModelSpecification:
        """Read the specification of a model.

        Embedded agents keep their arguments in their name, in the form that Inspect's command line
        can take: `truing/judge:skill=0.7`. A given object has no settings here; its own object
        has them.

        Raises:
            UserError: a setting is unknown, or its value is not allowed.
        """
        if is_object(text):
            return cls(text)
        asked = Specification.parse(text)
        if text.startswith(EMBEDDED):
            return cls(asked.nested)
        if not text.startswith(LOCAL):
            return cls(asked.name, _read(asked, REMOTE))
        values = _read(asked, {**SAMPLING, **PLACEMENT})
        return cls(
            LOCAL + _local_name(asked.name.removeprefix(LOCAL)),
            {name: value for name, value in values.items() if name in SAMPLING},
            {name: value for name, value in values.items() if name in PLACEMENT},
        )

    @property
    def embedded(self) -> bool:
        """Whether this is an embedded agent."""
        return self.name.startswith(EMBEDDED)

    @property
    def local(self) -> bool:
        """Whether this is a model of transformers that runs on this machine."""
        return self.name.startswith(LOCAL)

    def __str__(self) -> str:
        settings = {**self.sampling, **self.placement}
        if not settings:
            return self.name
        texts = {
            name: f"{value:g}" if isinstance(value, float) else str(value)
            for name, value in settings.items()
        }
        return str(Specification(self.name, texts))


def _read(asked: Specification, allowed: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the settings, in the order of `allowed`.

    Raises:
        UserError: a setting is unknown, or its value is not allowed.
    """
    for name in asked.arguments:
        if name not in allowed:
            raise UnknownNameError(f"setting of {asked.name}", name, tuple(allowed))
    try:
        return {
            name: read_value(name, annotation, asked.arguments[name])
            for name, annotation in allowed.items()
            if name in asked.arguments
        }
    except ValueError as error:
        raise UserError(f"model {str(asked)!r}: {error}") from None


def _local_name(name: str) -> str:
    """Name of a local model; the path of a folder or file without `.`, `..` and `~`.

    Inspect caches no replies of a model whose name contains such parts.
    """
    path = Path(name).expanduser()
    if not path.exists():
        return name
    if path.is_absolute():
        return str(path)
    relative = os.path.relpath(path)
    return os.path.abspath(path) if relative.startswith(os.curdir) else relative
