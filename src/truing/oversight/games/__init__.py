"""Games: offline oversight experiments with known exact answers, one file per game."""

from truing.oversight.games import (  # noqa: F401  (registers the built-in games)
    _bisection,
    _nested,
    _obfuscated,
    _pixel_debate,
    _prover_estimator,
    _prover_verifier,
    _self_play,
)
from truing.oversight.games._game import (
    GAMES,
    GameValues,
    Outcome,
    PlayGame,
    Published,
    SampledValue,
    Watcher,
    check_outcome,
    game,
)
from truing.oversight.games._given import give_game

__all__ = [
    "GAMES",
    "GameValues",
    "Outcome",
    "PlayGame",
    "Published",
    "SampledValue",
    "Watcher",
    "check_outcome",
    "game",
    "give_game",
]
