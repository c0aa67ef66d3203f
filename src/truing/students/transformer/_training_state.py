"""Training state: all that a training needs to go on where it was, as named arrays.

What a step draws is seeded by its number and the schedule is a function of it, so that neither has
a state of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

Arrays = dict[str, np.ndarray]


class Keep(Protocol):
    """Where the state of one training is kept while it is under way."""

    def load(self) -> Arrays | None:
        """What was saved last, or None where the training begins."""
        ...

    def due(self) -> bool:
        """Whether it is time to save again."""
        ...

    def save(self, arrays: Arrays) -> None:
        """Put this in the place of what was saved, as a whole or not at all."""
        ...


def gather(models: Sequence[Any], optimisers: Sequence[Any]) -> Arrays:
    """Trained parameters and the optimisers' moments of each model."""
    found: Arrays = {}
    for number, (model, optimiser) in enumerate(zip(models, optimisers, strict=True)):
        moments = optimiser.state_dict()["state"]
        for at, parameter in enumerate(trained(model)):
            found[f"{number} {at} parameter"] = parameter.detach().cpu().numpy()
            for name, tensor in moments.get(at, {}).items():
                found[f"{number} {at} {name}"] = tensor.detach().cpu().numpy()
    return found


def restore(models: Sequence[Any], optimisers: Sequence[Any], arrays: Mapping[str, Any]) -> None:
    """Put models and optimisers where `gather` found them."""
    import torch

    for number, (model, optimiser) in enumerate(zip(models, optimisers, strict=True)):
        moments: dict[int, dict[str, Any]] = {}
        for name, array in arrays.items():
            owner, _, rest = name.partition(" ")
            at, _, what = rest.partition(" ")
            if what and owner == str(number) and what != "parameter":
                moments.setdefault(int(at), {})[what] = torch.from_numpy(array.copy())
        with torch.no_grad():
            for at, parameter in enumerate(trained(model)):
                parameter.copy_(torch.from_numpy(arrays[f"{number} {at} parameter"].copy()))
        groups = optimiser.state_dict()["param_groups"]
        optimiser.load_state_dict({"state": moments, "param_groups": groups})


def trained(model: Any) -> list[Any]:
    """The parameters of a model that are trained, in their order."""
    return [one for one in model.modules.parameters() if one.requires_grad]
