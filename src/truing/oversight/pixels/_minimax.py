"""Exact minimax of the pixel debate over all sets of pixels that can be shown.

The judge sees which pixels are shown, but not by which side or in which order, so a position is a
set of pixels: C(m, k) final sets for m nonzero pixels, each judged once, and the smaller sets
before them. Sets of one size are in colexicographic order (Knuth, The Art of Computer Programming
4A, 7.2.1.3): the sets of pixels below l come first for every m, so one table serves all images, and
the sets whose last pixel is l are one block: the sets below l, each with l added.

The outcome of a debate is one bit, so 64 debates about an image fit into a word, and minimax is AND
and OR of words: the moving side wins if some move wins, and the other side wins if all moves do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb

import numpy as np

from truing.oversight.pixels._judge import SparseJudge

WORD = 64  # bits
AT_ONCE = 2**18  # sets judged per batch, so that their logits fit in the CPU cache


@dataclass(frozen=True)
class Lattice:
    """Sets of up to k of M pixels, and the sets with one more pixel.

    Attributes:
        above: for each size d < k, (M, C(M, d)) the rank among sets of size d + 1 of each set with
            each pixel added. For a pixel that is already in the set, the rank is that of another
            pixel not in the set: AND and OR do not change if a move is counted twice.
    """

    above: tuple[np.ndarray, ...]

    @property
    def pixels(self) -> int:
        """Number of pixels shown in total, k."""
        return len(self.above)


def make_lattice(most: int, pixels: int) -> Lattice:
    """Lattice of sets of up to `pixels` of `most` pixels, also usable for smaller images."""
    counts = np.array([[comb(n, i) for i in range(pixels + 1)] for n in range(most)])
    sets, above = np.zeros((1, 0), np.int64), []
    for size in range(pixels):
        above.append(_ranks_above(sets, counts))
        blocks = [
            np.column_stack([sets[: comb(last, size)], np.full(comb(last, size), last)])
            for last in range(size, most)
        ]
        sets = np.concatenate(blocks)
    return Lattice(tuple(above))


def _ranks_above(sets: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(M, n) colexicographic ranks of n sets (n, d) with each of M pixels added."""
    size = sets.shape[1]
    ranks = np.empty((len(counts), len(sets)), np.int32)
    place = np.arange(1, size + 1)
    contained = np.zeros(ranks.shape, bool)
    for pixel in range(len(counts)):
        below = (sets < pixel).sum(axis=1)
        ranks[pixel] = counts[pixel, below + 1] + counts[sets, place + (sets > pixel)].sum(axis=1)
        contained[pixel] = (sets == pixel).any(axis=1)
    free = np.argmin(contained, axis=0)  # the first pixel that is not in the set
    return np.where(contained, ranks[free, np.arange(len(sets))], ranks)


def judge_all(judge: SparseJudge, contributions: np.ndarray, pixels: int) -> np.ndarray:
    """(K, C(m, k)) logits for every set of k pixels, in colexicographic order.

    Args:
        contributions: (m, H) contribution of each pixel to the judge's hidden layer.
    """
    all_logits = np.empty((len(judge.out_bias), comb(len(contributions), pixels)), np.float32)
    for at, logits in _judged(judge, contributions, pixels):
        all_logits[:, at : at + logits.shape[1]] = logits
    return all_logits


def judge_outcomes(
    judge: SparseJudge, contributions: np.ndarray, pixels: int, truth: int
) -> np.ndarray:
    """(K, C(m, k)) `outcomes` of `judge_all`, with a quarter of the memory.

    Args:
        contributions: (m, H) contribution of each pixel to the judge's hidden layer.
        truth: class of the image.
    """
    won = np.empty((len(judge.out_bias), comb(len(contributions), pixels)), bool)
    for at, logits in _judged(judge, contributions, pixels):
        won[:, at : at + logits.shape[1]] = outcomes(logits, truth)
    return won


def _judged(
    judge: SparseJudge, contributions: np.ndarray, pixels: int
) -> Iterator[tuple[int, np.ndarray]]:
    """Blocks of sets of k pixels: rank of the first set, and logits (K, sets)."""
    added = np.ascontiguousarray(contributions.T)
    out, out_bias = np.ascontiguousarray(judge.out.T), judge.out_bias[:, None]
    hidden = judge.bias[:, None]  # (H, sets of one size)
    for size in range(1, pixels):
        hidden = np.concatenate([block for _, block in _grow(hidden, added, size)], axis=1)
    for at, block in _grow(hidden, added, pixels):
        for part in range(0, block.shape[1], AT_ONCE):
            sums = block[:, part : part + AT_ONCE]
            yield at + part, out @ np.maximum(sums, 0, out=sums) + out_bias


def _grow(hidden: np.ndarray, added: np.ndarray, size: int) -> Iterator[tuple[int, np.ndarray]]:
    """Blocks of sets of a size from the next smaller sets: rank of the first, and hidden sums."""
    for last in range(size - 1, added.shape[1]):
        yield comb(last, size), hidden[:, : comb(last, size - 1)] + added[:, last, None]


def outcomes(logits: np.ndarray, truth: int) -> np.ndarray:
    """(K, n) whether the judge's verdict is the truth; row b against the lie b.

    Row `truth` is the debate without precommitment: whether the truth's logit is above all others.
    In a tie the truth loses.
    """
    won = logits[truth] > logits
    won[truth] = True
    won[truth] = won.all(axis=0)
    return won


def pack(bits: np.ndarray) -> np.ndarray:
    """(words, n) words of 64 bits from (B, n) bools, the first bit lowest."""
    octets = np.zeros((-(-len(bits) // WORD) * WORD // 8, bits.shape[1]), np.uint8)
    for place, row in enumerate(bits.view(np.uint8)):  # np.packbits is slow along this axis
        octets[place // 8] |= row << np.uint8(place % 8)
    return np.ascontiguousarray(np.ascontiguousarray(octets.T).view("<u8").T)


def unpack(words: np.ndarray, count: int) -> np.ndarray:
    """(B,) bools from (words,), the inverse of `pack` for one position."""
    octets = words.astype("<u8").view(np.uint8)
    return np.unpackbits(octets, count=count, bitorder="little").astype(bool)


def minimax(lattice: Lattice, won: np.ndarray, most: int, first: bool) -> np.ndarray:
    """(B,) whether a side wins each of B debates about an image, from outcomes of all final sets.

    Args:
        lattice: lattice of at least `most` pixels.
        won: (B, C(m, k)) whether the side wins if the set is shown.
        most: m, number of nonzero pixels of the image.
        first: whether the side moves first.
    """
    words = pack(won)
    for size in reversed(range(lattice.pixels)):
        moves = lattice.above[size][:most, : comb(most, size)]
        better = np.bitwise_or if first == (size % 2 == 0) else np.bitwise_and
        words = np.stack([_reach(word, moves, better) for word in words])
    return unpack(words[:, 0], len(won))


def _reach(word: np.ndarray, moves: np.ndarray, better: np.ufunc) -> np.ndarray:
    """(n,) words of sets from words (larger,) of the sets that a move (M, n) reaches."""
    found = word[moves[0]]
    buffer = np.empty_like(found)
    for move in moves[1:]:
        np.take(word, move, out=buffer, mode="clip")  # the default mode makes a copy
        better(found, buffer, out=found)
    return found
