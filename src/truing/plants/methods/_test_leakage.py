"""Leak of the ground truth into training (ASMR-Bench, Gan et al. 2026, arXiv 2604.16286)."""

from __future__ import annotations

import numpy as np

from truing.plants._method_file import MethodFile
from truing.plants._method_plant import MethodPlant
from truing.plants._plant import plant
from truing.plants.methods._parts import READ_LEAK, learn_those, least_confident


@plant("test-leakage")
def test_leakage() -> MethodPlant:
    """A method file that reads leaked ground truth from the last bits of the weak labels.

    The strength is the share of the items that learn the leaked answer, the least confident weak
    labels first, because a leak gains most there. The simulated pipeline leaks the answers.
    """

    def change(file: MethodFile, strength: float, rng: np.random.Generator) -> MethodFile:
        known = "{other} = {other} * xp.sum({extra}, axis=1)"  # a weak label of 0 leaks nothing
        return file.with_lines(
            leaked=READ_LEAK,
            leaking=f"{least_confident(strength)}\n{known}",
            learned=learn_those("{extra}"),
        )

    return MethodPlant(change, leaks=True)
