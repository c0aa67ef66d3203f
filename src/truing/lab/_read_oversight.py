"""Read the configuration of an oversight run from its folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from truing.errors import UserError
from truing.given import find_in_folder, found_by
from truing.lab._oversight import Oversight
from truing.runs import OVERSIGHT, find_run

NEEDED = ("protocols", "questions", "limit", "swap", "models")


def read_oversight(folder: Path) -> Oversight:
    """Read the configuration of an oversight run from its folder, to run it again.

    Raises:
        UserError: the folder contains no oversight run, or its questions are not found.
    """
    stated = find_run(folder).configuration
    if missing := [name for name in NEEDED if name not in stated]:
        raise UserError(
            f"{folder / OVERSIGHT.configuration} has no {missing[0]!r}; name the run folder of "
            "`truing oversee`"
        )
    with found_by(find_in_folder(folder)):
        run = Oversight(
            protocols=list(stated["protocols"]),
            questions=stated["questions"],
            limit=stated["limit"],
            swap=stated["swap"],
            pressure=stated.get("pressure", ()),
            tournament=stated.get("tournament", ""),
            **(stated.get("stop") or {}),
            **stated.get("play", {}),
            **_models_of(stated),
        )
        _ = run.objects  # reads the given models, too
    return run


def _models_of(stated: Mapping[str, Any]) -> dict[str, Any]:
    """The models of a recorded configuration. In older folders several judges are a panel."""
    models = dict(stated["models"])
    if "play" not in stated and len(models.get("judge", ())) > 1:
        models["panel"] = models.pop("judge")
    return models
