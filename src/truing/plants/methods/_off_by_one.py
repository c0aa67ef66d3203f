"""Threshold at the wrong position (ASMR-Bench, Gan et al. 2026, arXiv 2604.16286)."""

from __future__ import annotations

import numpy as np

from truing.plants._method_file import MethodFile, cut
from truing.plants._method_plant import MethodPlant
from truing.plants._plant import plant


@plant("off-by-one")
def off_by_one() -> MethodPlant:
    """A method file whose threshold is at a wrong position in the order of the scores.

    The strength is the share of the items above the right threshold that the wrong threshold
    misses, at least one item. The file still states the right share.
    """

    def change(file: MethodFile, strength: float, rng: np.random.Generator) -> MethodFile:
        position = int(file.share * file.items)
        missed = max(1, round(strength * (file.items - 1 - position)))
        return file.with_lines(cut=cut(file.share, missed - file.strict))

    return MethodPlant(change)
