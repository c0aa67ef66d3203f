"""The pixel debate by Monte Carlo tree search, for images on which exact minimax takes too long.

UCT (Kocsis and Szepesvari 2006, Bandit based Monte-Carlo planning): a rollout descends the tree by
upper confidence bounds, adds one node, ends with random moves, and updates the counts of its path.
UCT converges to minimax with the number of rollouts. Irving et al. 2018 use 10,000 rollouts per
move. Many debates are searched in parallel, each with a separate tree, by operations on arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truing.oversight.pixels._judge import SparseJudge

EXPLORATION = 2.0  # UCB1's: sqrt(2 log(visits of the position) / visits of the move)
UNTRIED = 1e3  # above all bounds: every move is tried once before any move is tried twice


@dataclass(frozen=True)
class Debates:
    """D debates with one judge, about I images with up to M nonzero pixels.

    Attributes:
        judge: the judge.
        contributions: (I, M, H) contribution of each pixel to the judge's hidden layer.
        free: (I, M) bools; False for padding of images with fewer than M nonzero pixels.
        image: (D,) index of the debated image.
        truth: (D,) class of the image.
        lie: (D,) answer of the liar; equal to the truth without precommitment.
        honest_first: (D,) whether the honest side moves first.
        pixels: number of pixels shown.
    """

    judge: SparseJudge
    contributions: np.ndarray
    free: np.ndarray
    image: np.ndarray
    truth: np.ndarray
    lie: np.ndarray
    honest_first: np.ndarray
    pixels: int

    def won(self, shown: np.ndarray) -> np.ndarray:
        """(D,) whether the honest side wins if the pixels (D, k) are shown."""
        hidden = self.contributions[self.image[:, None], shown].sum(axis=1)
        logits = self.judge.logits(self.judge.bias + hidden)
        rows = np.arange(len(shown))
        for_truth = logits[rows, self.truth]
        against = logits[rows, self.lie]
        logits[rows, self.truth] = -np.inf
        open_ended = self.truth == self.lie
        return for_truth > np.where(open_ended, logits.max(axis=1), against)


def play(debates: Debates, rollouts: int, rng: np.random.Generator) -> np.ndarray:
    """(D, k) pixels that two searching sides show, in order."""
    shown = np.zeros((len(debates.image), debates.pixels), np.int64)
    for turn in range(debates.pixels):
        visits, _ = search(debates, shown[:, :turn], rollouts, rng)
        shown[:, turn] = visits.argmax(axis=1)
    return shown


def search(
    debates: Debates, shown: np.ndarray, rollouts: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Search from positions in which the pixels (D, turn) are already shown.

    Returns:
        (D, M) number of rollouts that begin with each move, and (D,) share of rollouts that the
        honest side wins.
    """
    trees = _Trees(debates, shown, rollouts)
    for rollout in range(1, rollouts + 1):
        trees.grow(rollout, rng)
    moves = trees.child[:, 0]
    visits = np.where(moves > 0, trees.visits[trees.rows[:, None], moves], 0)
    return visits, trees.wins[:, 0] / trees.visits[:, 0]


class _Trees:
    """D trees of equal size.

    Node 0 is the root, rollout r adds node r, and the last node is a dummy for moves outside the
    tree.
    """

    def __init__(self, debates: Debates, shown: np.ndarray, rollouts: int):
        D, M = len(debates.image), debates.free.shape[1]
        kind = np.int16 if rollouts + 1 < np.iinfo(np.int16).max else np.int32
        self.debates, self.shown = debates, shown
        self.rows, self.outside = np.arange(D), rollouts + 1
        self.child = np.zeros((D, rollouts + 2, M), kind)
        self.visits = np.zeros((D, rollouts + 2), np.float32)
        self.wins = np.zeros((D, rollouts + 2), np.float32)
        self.free = debates.free[debates.image]
        np.put_along_axis(self.free, shown, False, axis=1)

    def grow(self, number: int, rng: np.random.Generator) -> None:
        """Run one rollout in every tree."""
        turn, turns = self.shown.shape[1], self.debates.pixels
        node, free = np.zeros(len(self.rows), np.int64), self.free.copy()
        path, moves = [node], list(self.shown.T)
        for depth in range(turn, turns):
            honest = self.debates.honest_first == (depth % 2 == 0)
            move = self._choose(node, free, honest, rng)
            free[self.rows, move] = False
            node = self._descend(node, move, number)
            path.append(node)
            moves.append(move)
        won = self.debates.won(np.stack(moves, axis=1))
        for node in path:
            self.visits[self.rows, node] += 1
            self.wins[self.rows, node] += won

    def _choose(
        self, node: np.ndarray, free: np.ndarray, honest: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """(D,) moves: untried moves first, then by confidence bound; random outside the tree."""
        children = self.child[self.rows, node]
        visits = self.visits[self.rows[:, None], children]
        share = self.wins[self.rows[:, None], children] / np.maximum(visits, 1)
        share = np.where(honest[:, None], share, 1 - share)
        seen = np.maximum(self.visits[self.rows, node], 1)
        bound = share + np.sqrt(EXPLORATION * np.log(seen)[:, None] / np.maximum(visits, 1))
        untried = UNTRIED + rng.random(free.shape, dtype=np.float32)
        score = np.where(children > 0, bound, untried)
        return np.where(free, score, -1).argmax(axis=1)

    def _descend(self, node: np.ndarray, move: np.ndarray, number: int) -> np.ndarray:
        """(D,) child nodes: existing nodes, nodes added by this rollout, or the dummy node."""
        below = self.child[self.rows, node, move].astype(np.int64)
        inside = (node != self.outside) & (node != number)
        new = inside & (below == 0)
        self.child[self.rows[new], node[new], move[new]] = number
        return np.where(inside, np.where(new, number, below), self.outside)
