"""Attacks on a leaderboard: how to learn labels from nothing but the scores that are told.

Each takes `query(predictions) -> told score`, the number of items (labels are 0 or 1), how many
queries it may make and a generator; its last query is what it hands in, and returns. The attack
"lower, then climb" also knows some of the labels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from scipy.stats import norm

Query = Callable[[np.ndarray], float]
Attack = Callable[[Query, int, int, np.random.Generator], np.ndarray]
CHANCE = 0.5


def boosting(query: Query, items: int, queries: int, rng: np.random.Generator) -> np.ndarray:
    """Random submissions, each kept or negated by what was told (Blum & Hardt 2015, section 4)."""
    sent, told = _send_random(query, items, queries - 1, rng)
    return _hand_in(query, np.sign(_evidence(told)) @ sent)


def weighted_majority(
    query: Query, items: int, queries: int, rng: np.random.Generator
) -> np.ndarray:
    """As boosting, each submission with the weight of what was told of it."""
    sent, told = _send_random(query, items, queries - 1, rng)
    return _hand_in(query, _evidence(told) @ sent)


def least_squares(query: Query, items: int, queries: int, rng: np.random.Generator) -> np.ndarray:
    """Random submissions, and the labels solved from what was told of them."""
    sent, told = _send_random(query, items, queries - 1, rng)
    return _hand_in(query, _solve(sent, told))


def single_flips(query: Query, items: int, queries: int, rng: np.random.Generator) -> np.ndarray:
    """One answer of the incumbent is flipped at a time, and stays flipped where the score rises."""
    return block_flips(query, items, queries, rng, size=1)


def block_flips(
    query: Query, items: int, queries: int, rng: np.random.Generator, size: int
) -> np.ndarray:
    """As single flips, with random blocks, disjoint until every item was in one."""
    blocks = _endless_blocks(items, size, rng)
    return _climb(query, items, queries, rng, lambda _: next(blocks))


def adaptive_flips(query: Query, items: int, queries: int, rng: np.random.Generator) -> np.ndarray:
    """Climbs by random blocks of 200 to 2: larger after a success, smaller after failures."""
    size = 200.0

    def draw(succeeded: bool) -> np.ndarray:
        nonlocal size
        size = min(200.0, 1.5 * size) if succeeded else max(2.0, 0.9 * size)
        return rng.choice(items, round(size), replace=False)

    return _climb(query, items, queries, rng, draw)


def lucky_then_flips(
    query: Query, items: int, queries: int, rng: np.random.Generator
) -> np.ndarray:
    """The luckiest of random submissions, then climbs from it by flips of 200."""
    sent, told = _send_random(query, items, queries // 2, rng)
    start = sent[np.argmax(told)]
    blocks = _endless_blocks(items, 200, rng)
    return _climb(query, items, queries - queries // 2, rng, lambda _: next(blocks), start)


def lower_then_climb(
    boards: Sequence[Query],
    labels: np.ndarray,
    known: np.ndarray,
    step: float,
    queries: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Learns unknown labels by means of known ones; the answers (n,) that it submits last.

    The first submission answers every known item wrong, so that the ladder starts as low as it
    can. For each step above the best released score, the attack guesses a block of the unknown
    items at random and answers just so many known items right that only a lucky guess reaches the
    step. A release shows which guess was lucky, and the attack keeps it.

    Args:
        boards: one for each ladder; colluding researchers pool what several ladders release.
        labels: (n,) of 0 and 1, of which the attack reads the known ones.
        known: (n,) whether it knows an item's label.
        step: of the ladders, in accuracy.
        queries: of all boards together.
    """
    certain, unknown = (rng.permutation(np.flatnonzero(one)) for one in (known, ~known))
    answers = rng.integers(2, size=len(labels))
    told = [board(_with_right(answers, labels, certain, 0)) for board in boards]
    reach = (len(certain) + len(unknown) / 2) / len(labels)
    steps = [(i, n) for i, low in enumerate(told) for n in range(1, int((reach - low) / step) + 1)]
    expected, left = len(unknown) / 2, queries - len(boards) - 1  # expected right answers
    blocks = np.array_split(unknown, max(len(steps), 1))
    for at, ((i, n), block) in enumerate(zip(steps, blocks, strict=False)):
        deviation, wanted = math.sqrt(len(block)) / 2, (told[i] + n * step) * len(labels)
        share = left // (len(steps) - at)
        for remaining in range(share, 0, -1):
            luck = norm.isf(min(0.97, 1 / remaining))  # so that about one more query succeeds
            right = math.ceil(wanted - expected - luck * deviation)
            tried = answers.copy()
            tried[block] = rng.integers(2, size=len(block))
            left -= 1
            if boards[i](_with_right(tried, labels, certain, right)) > wanted / len(labels) - 1e-6:
                answers, expected = tried, expected + deviation * norm.pdf(luck) / norm.sf(luck)
                break
    found = _with_right(answers, labels, certain, len(certain))
    boards[-1](found)
    return found


def _with_right(answers: np.ndarray, labels: np.ndarray, items: np.ndarray, right: int):
    """The answers with so many of these items right, the first ones, and the others wrong."""
    made = answers.copy()
    made[items] = np.where(np.arange(len(items)) < right, labels[items], 1 - labels[items])
    return made


def in_turn(doors: Sequence[Query]) -> Query:
    """Colluders who pool what they are told: each query goes through the next one's door."""
    asked = 0

    def query(predictions: np.ndarray) -> float:
        nonlocal asked
        asked += 1
        return doors[(asked - 1) % len(doors)](predictions)

    return query


BLOCKS = (2, 5, 20, 50, 100, 200)
ATTACKS: dict[str, Attack] = {
    "boosting": boosting,
    "weighted majority": weighted_majority,
    "least squares": least_squares,
    "single flips": single_flips,
    **{f"flips of {size}": partial(block_flips, size=size) for size in BLOCKS},
    "adaptive flips": adaptive_flips,
    "lucky, then flips": lucky_then_flips,
}


def _send_random(
    query: Query, items: int, queries: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Random submissions as signs (queries, items), and what was told of each (queries,)."""
    sent = rng.choice([-1.0, 1.0], size=(queries, items))
    return sent, np.array([query(_answers(row)) for row in sent])


def _evidence(told: np.ndarray) -> np.ndarray:
    """How far each score speaks for its submission: above chance, or, where scores never fall
    (a Ladder), by how much more than on average it raised the best."""
    rises = np.diff(told, prepend=told[0])
    return rises - rises.mean() if (rises >= 0).all() else told - CHANCE


def _climb(query, items, queries, rng, draw, start=None) -> np.ndarray:
    """Flips blocks of the incumbent and keeps what raises the score; where the labels solved from
    all that was told do better still, hands these in."""
    incumbent = rng.choice([-1.0, 1.0], size=items) if start is None else start
    sent, told = [incumbent], [query(_answers(incumbent))]
    best, succeeded = told[0], False
    for _ in range(queries - 2):
        block, tried = draw(succeeded), incumbent.copy()
        tried[block] *= -1
        sent.append(tried)
        told.append(query(_answers(tried)))
        succeeded = told[-1] > best
        if succeeded:
            incumbent, best = tried, told[-1]
    solved = _answers(_solve(np.array(sent), np.array(told)))
    return solved if query(solved) > best else _answers(incumbent)


def _solve(sent: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Exact scores are linear equations, 2n (score - 1/2) = sent @ signs; their shortest solution.

    Args:
        sent: (queries, items) of -1 and 1.
        told: (queries,).
    """
    gram = sent @ sent.T + 1e-6 * sent.shape[1] * np.eye(len(sent))
    return np.linalg.solve(gram, _evidence(told)) @ sent


def _endless_blocks(items: int, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    while True:
        order = rng.permutation(items)
        yield from (order[i : i + size] for i in range(0, items, size))


def _hand_in(query: Query, scores: np.ndarray) -> np.ndarray:
    query(_answers(scores))
    return _answers(scores)


def _answers(scores: np.ndarray) -> np.ndarray:
    return (scores > 0).astype(int)
