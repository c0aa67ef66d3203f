"""Tournaments: games between agents under oversight protocols, and their schedule."""

from truing.oversight.tournaments._game import Game, games_of, has_games
from truing.oversight.tournaments._pairs import swiss_pairs
from truing.oversight.tournaments._rating import rate_games
from truing.oversight.tournaments._schedule import Round, Schedule
from truing.oversight.tournaments._tournament import Tournament, read_tournament

__all__ = [
    "Game",
    "Round",
    "Schedule",
    "Tournament",
    "games_of",
    "has_games",
    "rate_games",
    "read_tournament",
    "swiss_pairs",
]
