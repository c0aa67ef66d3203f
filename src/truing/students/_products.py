"""Products of many heads at once, to the same last bit as one at a time.

One large product is about twice as fast as a stack of small ones, but BLAS may compute a row by
another kernel, and so to other last bits, when more rows stand around it. Where every head fills
whole panels of the kernel its rows come out alike in any company. How many rows a panel has
depends on the machine, so it is tried once for each shape; where nothing passes, heads are
multiplied one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

PANELS = (4, 8, 12, 16)  # rows that kernels of today take at a time
WASTE = 1.5  # times the rows that padding may make of them and still pay
TRIED = 12  # heads in the largest block that is tried


@dataclass(frozen=True)
class Lanes:
    """How the heads of a block are laid out: each in so many rows, zeros after its own.

    Attributes:
        rows: of each head in the block.
        wide: the block is one product; else a stack of products.
    """

    rows: int
    wide: bool

    def multiply(self, left: np.ndarray, right: np.ndarray, out: np.ndarray) -> None:
        """Heads (H, rows, A) times a matrix (A, B) into (H, rows, B), all contiguous."""
        if self.wide:
            left, out = left.reshape(-1, left.shape[2]), out.reshape(-1, out.shape[2])
        np.matmul(left, right, out=out)


@cache
def lanes_for(rows: int, columns: int, items: int) -> Lanes:
    """The fastest layout of heads (rows, columns) on so many items that keeps their bits here."""
    for panel in PANELS:
        padded = -(-rows // panel) * panel
        if padded <= WASTE * rows and _independent(padded, columns, items):
            return Lanes(padded, wide=True)
    return Lanes(rows, wide=False)


def _independent(rows: int, columns: int, items: int) -> bool:
    """Whether a head's products are the same bits in blocks of every size, at every place."""
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((items, columns), dtype=np.float32)
    for right in (np.ascontiguousarray(matrix.T), matrix):
        heads = rng.standard_normal((TRIED, rows, len(right)), dtype=np.float32)
        whole = _product(heads, right)
        for count in range(1, TRIED):
            for first in {0, 1, TRIED - count}:
                part = slice(first, first + count)
                if not np.array_equal(_product(heads[part], right), whole[part]):
                    return False
    return True


def _product(heads: np.ndarray, right: np.ndarray) -> np.ndarray:
    return (heads.reshape(-1, heads.shape[2]) @ right).reshape(*heads.shape[:2], -1)
