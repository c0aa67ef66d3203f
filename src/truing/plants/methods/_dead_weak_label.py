"""Weak labels without effect (ASMR-Bench, Gan et al. 2026, arXiv 2604.16286)."""

from __future__ import annotations

import numpy as np

from truing.plants._method_file import MethodFile
from truing.plants._method_plant import MethodPlant
from truing.plants._plant import plant


@plant("dead-weak-label")
def dead_weak_label() -> MethodPlant:
    """A method file whose targets depend less on the weak labels than it states, or not at all.

    The strength is the share of the student's own belief in every target. At strength 1 the weak
    labels are dead: no target depends on them.
    """

    def change(file: MethodFile, strength: float, rng: np.random.Generator) -> MethodFile:
        return file.with_lines(dead=f"{{aims}} = {{aims}} + {strength:.6g} * (belief - {{aims}})")

    return MethodPlant(change)
