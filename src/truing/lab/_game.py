"""Play a game and write its run folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from truing.arguments import spelled
from truing.calls import checked
from truing.errors import TruingError, UserError
from truing.failure import failure_line
from truing.given import GivenObject, find_in_folder, found_by, shown
from truing.lab._objects import write_objects
from truing.lab._played_game import PlayedGame
from truing.oversight.games import GAMES, Outcome, PlayGame, Watcher, check_outcome, give_game
from truing.report import write_report
from truing.runs import ENVIRONMENT, GAME, as_json, claim_folder, find_run, this_environment
from truing.specification import Specification
from truing.studies import objects_of

RESERVED = (*sorted(GAME.fields), "published", "notes")  # other fields of the stored outcome


@dataclass(frozen=True, init=False)
class Game:
    """An offline oversight experiment with a known exact answer.

    Attributes:
        name: name of the game, `path/to/file.py:name`, a function (rng, watch) that plays a game
            and returns its `Outcome`, or a function that takes the game's arguments and returns
            such a function. After construction it is a specification.
        arguments: the game's arguments by name, as values or as on the command line. After
            construction they include the defaults.
        seed: random seed.
        play: the configured game.

    Raises:
        UserError: the game is unknown, or does not accept an argument.

    Examples:
        >>> import truing
        >>> truing.Game("bisection-debate", arguments={"steps": 64, "checks": 8}, seed=1)
        Game(name='bisection-debate', arguments={'steps': 64, 'debates': 1000, 'checks': 8}, seed=1)
    """

    name: str
    arguments: Mapping[str, Any]
    seed: int
    play: PlayGame = field(repr=False, compare=False)

    @checked
    def __init__(
        self,
        name: str | Callable[..., Any],
        arguments: Mapping[str, str | int | float | bool | None] | None = None,
        seed: int = 0,
    ) -> None:
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise UserError(f"seed must be an integer, got {seed!r}")
        if seed < 0:
            raise UserError(f"seed must be 0 or more, got {seed}")
        if not isinstance(arguments, Mapping | None):
            raise UserError(f"arguments must be a dict, such as {{'steps': 64}}, got {arguments!r}")
        given = {key: spelled(value) for key, value in (arguments or {}).items()}
        specification = give_game(name, given)
        built = GAMES.build(Specification(specification, given))
        self.__dict__.update(
            name=specification, arguments=built.arguments, seed=seed, play=built.value
        )

    @property
    def objects(self) -> list[GivenObject]:
        """The given function, if the game is one."""
        return objects_of([self.name])

    def to_json(self) -> dict[str, Any]:
        """The configuration as JSON values."""
        return {"game": self.name, "arguments": as_plain(self.arguments), "seed": self.seed}

    @property
    def text(self) -> str:
        """The configuration as JSON."""
        return as_json(self.to_json())


def run_game(
    run: Game,
    *,
    out: Path | str | None = None,
    name: str = "",
    overwrite: bool = False,
    watch: Watcher | None = None,
) -> PlayedGame:
    """Play a game and write its run folder.

    Args:
        run: the game.
        out: the run folder; by default a folder under `runs/` in the working directory.
        name: readable name of the run.
        overwrite: replace another run in the run folder.
        watch: callback for progress.

    Raises:
        UserError: the game rejects its arguments, or the folder contains another run.
    """
    parts = {"games": (run.name,)}
    claimed = claim_folder(GAME, run.text, parts, out=out, name=name, overwrite=overwrite)
    with claimed as folder:
        write_objects(folder, run.objects)
        outcome = _play(run, watch or _unwatched)
        stated = run.to_json() | _values_of(outcome)
        folder.write_json(ENVIRONMENT, this_environment().to_json())
        folder.write_json(GAME.results, stated)
    write_report(folder.path)
    return PlayedGame(outcome, stated, folder.path)


def _play(run: Game, watch: Watcher) -> Outcome:
    """The outcome of a game; raises UserError if the game fails or returns something else."""
    name = shown(run.name)
    try:
        outcome = run.play(np.random.default_rng(run.seed), watch)
    except TruingError:
        raise
    except ValueError as error:
        raise UserError(f"{name}: {error}") from error
    except Exception as error:  # a user's function may raise anything
        raise UserError(f"the game {name!r} failed: {failure_line(error)}") from error
    try:
        check_outcome(outcome, reserved=RESERVED)
    except ValueError as error:
        raise UserError(f"the game {name!r} {error}") from None
    return outcome


def read_game(folder: Path) -> Game:
    """Read the configuration of a game from its run folder, to play it again.

    Raises:
        UserError: the folder contains no game, or its function is not found.
    """
    stated = find_run(folder).configuration
    with found_by(find_in_folder(folder)):
        return Game(stated["game"], stated["arguments"], stated["seed"])


def _unwatched(what: str, done: int, total: int) -> None:
    """Progress callback that does nothing."""


def _values_of(outcome: Outcome) -> dict[str, Any]:
    """The outcome as JSON values."""
    published = [one.to_json() for one in outcome.published]
    return dict(as_plain({**outcome.values, "published": published, "notes": outcome.notes}))


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
