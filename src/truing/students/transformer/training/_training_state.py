"""State of a training: trained parameters and moments of the optimizers, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from truing.students.transformer.training._optimizers import moment_arrays, read_moments

Arrays = dict[str, np.ndarray]


def gather(models: Sequence[Any], optimizers: Sequence[Any]) -> Arrays:
    """Trained parameters and optimizer moments of each model."""
    found: Arrays = {}
    for number, (model, optimizer) in enumerate(zip(models, optimizers, strict=True)):
        moments = optimizer.state_dict()["state"]
        for at, parameter in enumerate(trained(model)):
            found[f"{number} {at} parameter"] = parameter.detach().cpu().numpy()
            for name, tensor in moments.get(at, {}).items():
                found |= moment_arrays(f"{number} {at} {name}", tensor)
    return found


def restore(models: Sequence[Any], optimizers: Sequence[Any], arrays: Mapping[str, Any]) -> None:
    """Restore the parameters and moments that `gather` returned."""
    import torch

    for number, (model, optimizer) in enumerate(zip(models, optimizers, strict=True)):
        stored: dict[int, Arrays] = {}
        for name, array in arrays.items():
            owner, _, rest = name.partition(" ")
            position, _, moment = rest.partition(" ")
            if moment and owner == str(number) and moment != "parameter":
                stored.setdefault(int(position), {})[moment] = array
        moments = {at: read_moments(each) for at, each in stored.items()}
        with torch.no_grad():
            for at, parameter in enumerate(trained(model)):
                parameter.copy_(torch.from_numpy(arrays[f"{number} {at} parameter"].copy()))
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": moments, "param_groups": groups})


def trained(model: Any) -> list[Any]:
    """Trained parameters of a model, in their order."""
    return [each for each in model.modules.parameters() if each.requires_grad]
