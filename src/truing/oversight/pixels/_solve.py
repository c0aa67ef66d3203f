"""Solutions of the pixel debate for many images: by exact minimax if possible, else by search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from truing.oversight.pixels._judge import SparseJudge, draw_views, train_judge
from truing.oversight.pixels._minimax import judge_outcomes, make_lattice, minimax, outcomes
from truing.oversight.pixels._search import Debates, play
from truing.tasks import Source

VIEWS = 2000  # random views per image with too many sets of pixels to judge all
TREE_BYTES = 2**28  # memory of search trees that grow in parallel

Solution = tuple[int, int, np.ndarray, np.ndarray]
"""Index of a judge, index of an image, and for each lie the share of random views whose verdict is
the truth (K,) and whether the honest side wins, moving first and second (2, K)."""


@dataclass(frozen=True)
class DebatedImages:
    """Debated items of a source as flat images, with the ground truth for the honest side."""

    source: Source
    images: np.ndarray
    items: np.ndarray
    truth: np.ndarray
    pixels: int

    @property
    def classes(self) -> int:
        return len(self.source.task.choices)

    @property
    def nonzero(self) -> np.ndarray:
        """(N,) number of nonzero pixels of each debated image."""
        return (self.images[self.items] > 0).sum(axis=1)

    def train(self, number: int, rng: np.random.Generator) -> SparseJudge:
        """A judge trained on the ground truth of one supervise split."""
        items = self.source.task.splits(number).supervise
        truth = self.source.vault.reveal(items, "supervise")
        return train_judge(self.images[items], truth, self.classes, self.pixels, rng)


def solve_exactly(
    debated: DebatedImages, judges: Sequence[SparseJudge], places: np.ndarray
) -> Iterator[Solution]:
    """Solutions for each judge and image, from all sets of pixels and by minimax."""
    if not len(places):
        return
    lattice = make_lattice(int(debated.nonzero[places].max()), debated.pixels)
    for number, judge in enumerate(judges):
        for place in places:
            image = debated.images[debated.items[place]]
            nonzero = np.flatnonzero(image)
            added = judge.contributions(image, nonzero)
            won = judge_outcomes(judge, added, debated.pixels, debated.truth[place])
            sides = [minimax(lattice, won, len(nonzero), first) for first in (True, False)]
            yield number, place, won.mean(axis=1), np.stack(sides)


def solve_by_search(
    debated: DebatedImages,
    judges: Sequence[SparseJudge],
    searched: np.ndarray,
    rollouts: int,
    rng: np.random.Generator,
) -> Iterator[Solution]:
    """Solutions from random views and tree search, for as many images at once as memory fits."""
    if not len(searched):
        return
    most = int(debated.nonzero[searched].max())
    tree = (rollouts + 2) * most * 4
    abreast = max(1, TREE_BYTES // (tree * 2 * debated.classes))
    for number, judge in enumerate(judges):
        for start in range(0, len(searched), abreast):
            places = searched[start : start + abreast]
            shares = [_share_at_random(debated, judge, place, rng) for place in places]
            debates = _lay_out(debated, judge, places, most)
            won = debates.won(play(debates, rollouts, rng))
            for i, place in enumerate(places):
                yield number, place, shares[i], won.reshape(2, len(places), -1)[:, i]


def _share_at_random(
    debated: DebatedImages, judge: SparseJudge, place: int, rng: np.random.Generator
) -> np.ndarray:
    shown = np.tile(debated.images[debated.items[place]], (VIEWS, 1))
    logits = judge.judge(shown, draw_views(shown, debated.pixels, rng))
    return outcomes(logits.T, debated.truth[place]).mean(axis=1)


def _lay_out(debated: DebatedImages, judge: SparseJudge, places: np.ndarray, most: int) -> Debates:
    """All debates about some images, ordered by first mover, image and lie."""
    images, K = debated.images[debated.items[places]], debated.classes
    contributions = np.zeros((len(places), most, judge.bias.size), np.float32)
    free = np.zeros((len(places), most), bool)
    for i, image in enumerate(images):
        nonzero = np.flatnonzero(image)
        contributions[i, : len(nonzero)] = judge.contributions(image, nonzero)
        free[i, : len(nonzero)] = True
    first, image, lie = (part.ravel() for part in np.indices((2, len(places), K)))
    truth = debated.truth[places][image]
    return Debates(judge, contributions, free, image, truth, lie, first == 0, debated.pixels)
