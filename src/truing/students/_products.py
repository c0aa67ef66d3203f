"""Matrix products of many heads at once, bit-identical to products of single heads.

One large product is about twice as fast as a stack of small products. But BLAS may choose another
kernel for a row when the matrix has more rows, which changes the last bits. If every head fills
whole blocks of the kernel, its rows do not depend on the other rows. The number of rows per block
depends on the machine, so it is determined once per shape by trial. If no block size passes, heads
are multiplied one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

BLOCKS = (4, 8, 12, 16)  # rows per block of current BLAS kernels
WASTE = 1.5  # largest ratio of padded to unpadded rows; beyond it, padding is slower
TRIED = 12  # heads in the largest block of the trial


@dataclass(frozen=True)
class Lanes:
    """Layout of the heads of a block: each head is padded with rows of zeros.

    Attributes:
        rows: rows per head in the block, padding included.
        wide: the block is computed as one product; otherwise as a stack of products.
    """

    rows: int
    wide: bool

    def multiply(self, left: np.ndarray, right: np.ndarray, out: np.ndarray) -> None:
        """Multiply heads (H, rows, A) by a matrix (A, B) into out (H, rows, B), all contiguous."""
        if self.wide:
            left, out = left.reshape(-1, left.shape[2]), out.reshape(-1, out.shape[2])
        np.matmul(left, right, out=out)


@cache
def lanes_for(rows: int, columns: int, items: int) -> Lanes:
    """Fastest layout for heads (rows, columns) that is bit-identical to single products here."""
    for block in BLOCKS:
        padded = -(-rows // block) * block
        if padded <= WASTE * rows and _independent(padded, columns, items):
            return Lanes(padded, wide=True)
    return Lanes(rows, wide=False)


def _independent(rows: int, columns: int, items: int) -> bool:
    """Whether a head's products are bit-identical in blocks of any size and at any position."""
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
