"""Pairs of a round of a Swiss tournament."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

Pair = tuple[str, str]


def swiss_pairs(ranked: Sequence[str], met: Sequence[Pair]) -> list[Pair]:
    """Pairs of the next round: neighbors in the ranking who have not met yet.

    From the top of the ranking, each player meets the best player below it whom it has not met,
    such that a complete set of pairs remains possible. With an odd number of players, one player
    has no game: among the players with the most games so far, the last in the ranking. If every
    set of pairs contains a pair that has met, such pairs are allowed.

    Args:
        ranked: players, best first.
        met: pairs of all earlier rounds.

    Examples:
        >>> from truing.oversight.tournaments import swiss_pairs
        >>> first = swiss_pairs(["a", "b", "c", "d"], [])
        >>> first
        [('a', 'b'), ('c', 'd')]
        >>> swiss_pairs(["a", "c", "b", "d"], first)
        [('a', 'c'), ('b', 'd')]
    """
    played = Counter(name for pair in met for name in pair)
    playing = list(ranked)
    if len(playing) % 2:
        most = max(played[name] for name in playing)
        resting = [name for name in playing if played[name] == most]
        playing.remove(resting[-1])
    before = {frozenset(pair) for pair in met}
    found = _complete(playing, before)
    return found if found is not None else _complete(playing, set()) or []


def _complete(players: list[str], before: Collection[frozenset[str]]) -> list[Pair] | None:
    """A complete set of new pairs, or None if there is none."""
    if not players:
        return []
    first, *others = players
    for place, other in enumerate(others):
        if frozenset((first, other)) not in before:
            rest = _complete(others[:place] + others[place + 1 :], before)
            if rest is not None:
                return [(first, other), *rest]
    return None
