"""Exact minimax of the pixel debate: every set of pixels that can be shown, solved at once.

The judge sees which pixels are shown and not by whom or when, so a position is a set of pixels:
C(m, k) final ones for m nonzero pixels, each judged once, and the smaller sets before them. Sets of
one size stand in colexicographic order (Knuth, The Art of Computer Programming 4A, 7.2.1.3): the
sets below pixel l come first whatever m is, so that one table serves all images, and the sets whose
last pixel is l are one block, the sets below l each with l added.

A debate's outcome is one bit, so that 64 debates about an image fit into a word, and minimax is AND
and OR of words: a side that moves wins where some move wins, and the other where all do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb

import numpy as np

from truing.oversight.pixels._judge import SparseJudge

WORD = 64  # bits
AT_ONCE = 2**18  # sets that are judged at once, so that their logits stay in the cache


@dataclass(frozen=True)
class Lattice:
    """Sets of up to k of M pixels, each with the sets that one more pixel makes of it.

    Attributes:
        above: for each size d < k, (M, C(M, d)) the rank among sets of size d + 1 of each set with
            each pixel added. A pixel that a set holds already stands for another that it does not
            hold: AND and OR do not mind a move counted twice.
    """

    above: tuple[np.ndarray, ...]

    @property
    def pixels(self) -> int:
        """How many are shown in all, k."""
        return len(self.above)


def make_lattice(most: int, pixels: int) -> Lattice:
    """The lattice of sets of up to `pixels` of `most` pixels; it serves any smaller image too."""
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
    """(M, n) colexicographic rank of each of n sets (n, d) with each of M pixels added."""
    size = sets.shape[1]
    ranks = np.empty((len(counts), len(sets)), np.int32)
    place = np.arange(1, size + 1)
    held = np.zeros(ranks.shape, bool)
    for pixel in range(len(counts)):
        below = (sets < pixel).sum(axis=1)
        ranks[pixel] = counts[pixel, below + 1] + counts[sets, place + (sets > pixel)].sum(axis=1)
        held[pixel] = (sets == pixel).any(axis=1)
    free = np.argmin(held, axis=0)  # the first pixel that a set does not hold
    return np.where(held, ranks[free, np.arange(len(sets))], ranks)


def judge_all(judge: SparseJudge, contributions: np.ndarray, pixels: int) -> np.ndarray:
    """(K, C(m, k)) logits for every set of k pixels, in colexicographic order.

    Args:
        contributions: (m, H) what each pixel adds to the judge's hidden layer.
    """
    all_logits = np.empty((len(judge.out_bias), comb(len(contributions), pixels)), np.float32)
    for at, logits in _judged(judge, contributions, pixels):
        all_logits[:, at : at + logits.shape[1]] = logits
    return all_logits


def judge_outcomes(
    judge: SparseJudge, contributions: np.ndarray, pixels: int, truth: int
) -> np.ndarray:
    """(K, C(m, k)) as `outcomes` of `judge_all`, in a quarter of its memory.

    Args:
        contributions: (m, H) what each pixel adds to the judge's hidden layer.
        truth: class of the image.
    """
    won = np.empty((len(judge.out_bias), comb(len(contributions), pixels)), bool)
    for at, logits in _judged(judge, contributions, pixels):
        won[:, at : at + logits.shape[1]] = outcomes(logits, truth)
    return won


def _judged(
    judge: SparseJudge, contributions: np.ndarray, pixels: int
) -> Iterator[tuple[int, np.ndarray]]:
    """Blocks of sets of k pixels: rank of the first, logits (K, sets)."""
    added = np.ascontiguousarray(contributions.T)
    out, out_bias = np.ascontiguousarray(judge.out.T), judge.out_bias[:, None]
    hidden = judge.bias[:, None]  # (H, sets of one size)
    for size in range(1, pixels):
        hidden = np.concatenate([block for _, block in _grow(hidden, added, size)], axis=1)
    for at, block in _grow(hidden, added, pixels):
        for part in range(0, block.shape[1], AT_ONCE):
            held = block[:, part : part + AT_ONCE]
            yield at + part, out @ np.maximum(held, 0, out=held) + out_bias


def _grow(hidden: np.ndarray, added: np.ndarray, size: int) -> Iterator[tuple[int, np.ndarray]]:
    """Blocks of sets of a size, from the sets below it in size: rank of the first, hidden sums."""
    for last in range(size - 1, added.shape[1]):
        yield comb(last, size), hidden[:, : comb(last, size - 1)] + added[:, last, None]


def outcomes(logits: np.ndarray, truth: int) -> np.ndarray:
    """(K, n) whether the judge finds for the truth; row b against the lie b.

    Row `truth` is the debate without precommitment: the truth stands above every lie. A tie goes
    against the truth.
    """
    won = logits[truth] > logits
    won[truth] = True
    won[truth] = won.all(axis=0)
    return won


def pack(bits: np.ndarray) -> np.ndarray:
    """(words, n) of 64 bits from (B, n) bools, the first bit lowest."""
    octets = np.zeros((-(-len(bits) // WORD) * WORD // 8, bits.shape[1]), np.uint8)
    for place, row in enumerate(bits.view(np.uint8)):  # np.packbits is slow along this axis
        octets[place // 8] |= row << np.uint8(place % 8)
    return np.ascontiguousarray(np.ascontiguousarray(octets.T).view("<u8").T)


def unpack(words: np.ndarray, count: int) -> np.ndarray:
    """(B,) bools from (words,), the reverse of `pack` for one position."""
    octets = words.astype("<u8").view(np.uint8)
    return np.unpackbits(octets, count=count, bitorder="little").astype(bool)


def minimax(lattice: Lattice, won: np.ndarray, most: int, first: bool) -> np.ndarray:
    """(B,) who wins each of B debates about an image, from the outcomes of every final set.

    Args:
        won: (B, C(m, k)) whether the side in question wins if that set is shown.
        most: m, the image's nonzero pixels.
        first: the side in question moves first.
    """
    words = pack(won)
    for size in reversed(range(lattice.pixels)):
        moves = lattice.above[size][:most, : comb(most, size)]
        better = np.bitwise_or if first == (size % 2 == 0) else np.bitwise_and
        words = np.stack([_reach(word, moves, better) for word in words])
    return unpack(words[:, 0], len(won))


def _reach(word: np.ndarray, moves: np.ndarray, better: np.ufunc) -> np.ndarray:
    """(n,) words of sets from those (larger,) of the sets that one move (M, n) makes of them."""
    found = word[moves[0]]
    buffer = np.empty_like(found)
    for move in moves[1:]:
        np.take(word, move, out=buffer, mode="clip")  # without a mode it would copy once more
        better(found, buffer, out=found)
    return found
