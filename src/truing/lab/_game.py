"""Play a game and write its run folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.lab._results import PlayedGame
from truing.oversight.games import GAMES, Game, Outcome, Watcher
from truing.report import write_report
from truing.runs import ENVIRONMENT, GAME, ClaimedFolder, as_json, this_environment
from truing.specification import Specification


@dataclass(frozen=True)
class GameRun:
    """Configuration of a game.

    Attributes:
        name: name of the game.
        given: arguments by name, spelled as on the command line.
        seed: random seed.
        game: the game with its arguments.
        arguments: parsed arguments, defaults included.

    Raises:
        UserError: the game is unknown, or does not accept an argument.
    """

    name: str
    given: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    game: Game = field(init=False, repr=False)
    arguments: Mapping[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        built = GAMES.build(Specification(self.name, self.given))
        object.__setattr__(self, "game", built.value)
        object.__setattr__(self, "arguments", dict(built.arguments))

    @property
    def stated(self) -> dict[str, Any]:
        """The configuration as JSON values."""
        return {"game": self.name, "arguments": as_plain(self.arguments), "seed": self.seed}

    @property
    def readable_name(self) -> str:
        """Name of the run folder: the game, and a digest of the configuration."""
        short = re.sub(r"[^\w.-]+", "-", Path(self.name).name)
        return f"game-{short}-{hashlib.sha256(as_json(self.stated).encode()).hexdigest()[:8]}"


def run_game(
    run: GameRun, *, out: Path | str | None = None, watch: Watcher | None = None
) -> PlayedGame:
    """Play a game and write its run folder.

    Args:
        run: the game.
        out: the run folder; by default `runs/` and a readable name in the working directory.
        watch: callback for progress.

    Raises:
        UserError: the game rejects its arguments, or the folder contains another run.
    """
    path = Path(out) if out else Path("runs") / run.readable_name
    with ClaimedFolder(path, GAME, as_json(run.stated)) as folder:
        try:
            outcome = run.game.play(np.random.default_rng(run.seed), watch or _unwatched)
        except ValueError as error:
            raise UserError(f"{run.name}: {error}") from error
        stated = _state(run, outcome)
        folder.write_json(ENVIRONMENT, this_environment().to_json())
        folder.write_json(GAME.results, stated)
    write_report(path)
    return PlayedGame(outcome, stated, path)


def _unwatched(what: str, done: int, total: int) -> None:
    """Progress callback that does nothing."""


def _state(run: GameRun, outcome: Outcome) -> dict[str, Any]:
    """The outcome as JSON values."""
    stated = {"game": run.name, "arguments": dict(run.arguments), "seed": run.seed}
    stated |= outcome.figures
    stated["published"] = [asdict(one) for one in outcome.published]
    stated["notes"] = list(outcome.notes)
    return dict(as_plain(stated))


def as_plain(value: Any) -> Any:
    """Convert to JSON types: NumPy numbers to numbers, values that are not finite to None."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): as_plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(one) for one in value]
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list):
        return as_plain(value)
    return None if isinstance(value, float) and not isfinite(value) else value
