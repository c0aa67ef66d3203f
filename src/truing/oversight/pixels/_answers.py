"""The pixel debate about an image without a known class: both debaters only want to win.

In an open debate the first side states an answer, the second side states another answer, and they
show pixels in turns, beginning with the first side. The judge sees the k pixels once and chooses
between the two answers. Both sides see the image, know the judge and play by minimax, including
their choice of answers. In an open consultancy one side states an answer and shows all k pixels
alone. No function here reads the ground truth.
"""

from __future__ import annotations

from math import comb

import numpy as np

from truing.errors import DataError
from truing.oversight.pixels._judge import SparseJudge, draw_views
from truing.oversight.pixels._minimax import Lattice, judge_all, make_lattice, minimax

MOST_SETS = 6_000_000  # maximum number of judged sets of pixels per image


def look(
    judge: SparseJudge, images: np.ndarray, pixels: int, views: int, rng: np.random.Generator
) -> np.ndarray:
    """(N, K) mean log belief of an unassisted judge over random views of flat images (N, P)."""
    drawn = [
        _log_beliefs(judge.judge(images, draw_views(images, pixels, rng)), axis=1)
        for _ in range(views)
    ]
    return np.mean(drawn, axis=0)


def debate(judge: SparseJudge, images: np.ndarray, pixels: int, every_pair: bool) -> np.ndarray:
    """(N, K) results of debates about flat images (N, P), without the ground truth.

    Args:
        every_pair: whether to count the debates that each answer wins when all pairs of answers are
            debated in both orders, K (K - 1) debates per image. Otherwise the probability of each
            verdict in one open debate, in which sides choose at random between equally good
            answers.
    """
    lattice = _lattice(images, pixels)
    found = []
    for image in images:
        beats = _beats(judge, image, lattice)
        found.append(wins(beats) if every_pair else verdicts(beats))
    return np.array(found)


def consult(judge: SparseJudge, images: np.ndarray, pixels: int) -> np.ndarray:
    """(N, K) log-odds of each answer when a consultant shows the k pixels that favor it most.

    The open consultant states the answer with the largest value in the row.
    """
    _check_size(images, pixels)
    found = []
    for image in images:
        nonzero = np.flatnonzero(image)
        logits = judge_all(judge, judge.contributions(image, nonzero), pixels)
        best = _log_beliefs(logits, axis=0).max(axis=1).astype(np.float64)
        found.append(best - np.log(-np.expm1(np.minimum(best, -1e-7))))
    return np.array(found)


def verdicts(beats: np.ndarray) -> np.ndarray:
    """(K,) probability of each verdict of an open debate.

    Args:
        beats: (K, K) bools; whether the first side wins with answer a against b. The diagonal is
            ignored, because the two answers differ.
    """
    beats = beats | np.eye(len(beats), dtype=bool)
    safe = beats.all(axis=1)  # answers that win against every other answer
    if safe.any():
        return safe / safe.sum()
    refutes = ~beats  # the first side always loses: it states any answer
    return (refutes / refutes.sum(axis=1, keepdims=True)).mean(axis=0)


def wins(beats: np.ndarray) -> np.ndarray:
    """(K,) number of debates won by each answer, 0 to 2 (K - 1), moving first and second."""
    others = ~np.eye(len(beats), dtype=bool)
    return (beats & others).sum(axis=1) + (~beats & others).sum(axis=0)


def _beats(judge: SparseJudge, image: np.ndarray, lattice: Lattice) -> np.ndarray:
    """(K, K) whether the first side wins with a against b; the second side wins ties."""
    nonzero = np.flatnonzero(image)
    logits = judge_all(judge, judge.contributions(image, nonzero), lattice.pixels)
    won = (logits[:, None] > logits).reshape(len(logits) ** 2, -1)
    return minimax(lattice, won, len(nonzero), first=True).reshape(len(logits), -1)


def _log_beliefs(logits: np.ndarray, axis: int) -> np.ndarray:
    shifted = logits - logits.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def _lattice(images: np.ndarray, pixels: int) -> Lattice:
    return make_lattice(_check_size(images, pixels), pixels)


def _check_size(images: np.ndarray, pixels: int) -> int:
    """Maximum number of nonzero pixels of an image, if all their sets can be judged."""
    most = int((images > 0).sum(axis=1).max())
    if comb(most, pixels) > MOST_SETS:
        raise DataError(
            f"an image has {most} nonzero pixels and {comb(most, pixels):,} sets of {pixels} "
            f"pixels; at most {MOST_SETS:,} sets can be judged; show fewer pixels"
        )
    return most
