"""`read_run`: the configuration of a run from its folder, to run it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from truing.errors import UserError
from truing.lab._game import Game, read_game
from truing.lab._oversight import Oversight
from truing.lab._read_oversight import read_oversight
from truing.lab._replay import Replay, read_replay
from truing.lab._research import ResearchRun, read_research
from truing.lab._stress import read_stress
from truing.runs import GAME, OVERSIGHT, RESEARCH, STRESS, STUDY, find_run, read_study
from truing.stress import StressTest
from truing.studies import Study


def read_run(folder: Path | str) -> Study | Oversight | Replay | ResearchRun | Game | StressTest:
    """Read what a run folder was made from: an object that `truing.run` runs again.

    Given objects, such as functions and data frames, are read from the folder too.

    Args:
        folder: the run folder.

    Raises:
        UserError: the folder contains no run, or an object of it is missing.

    Examples:
        >>> import truing
        >>> from truing.lab import read_run
        >>> game = truing.Game("prover-verifier")
        >>> read_run(truing.run(game).folder) == game
        True
    """
    found = find_run(folder)
    if found.kind.name not in READERS:
        kinds = ", ".join(READERS)
        raise UserError(f"{folder} contains a run of kind {found.kind.name}; allowed: {kinds}")
    if "replay" in found.configuration:
        return read_replay(found.folder)
    return READERS[found.kind.name](found.folder)


READERS: dict[str, Callable[[Path], Any]] = {
    STUDY.name: read_study,
    OVERSIGHT.name: read_oversight,
    RESEARCH.name: read_research,
    GAME.name: read_game,
    STRESS.name: read_stress,
}
