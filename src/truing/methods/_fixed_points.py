"""Two methods whose result is known beforehand, to hold the others against."""

import numpy as np

from truing.methods._method import Method, follow, method


@method("oracle")
def oracle() -> Method:
    """A fixed point: learn the truth, as the ceiling does. Its PGR is 1."""
    return Method(targets=follow, static=True, labels="truth", fixed_point=True)


@method("shuffled")
def shuffled() -> Method:
    """A fixed point: weak labels dealt out to the wrong items. Its PGR is not above 0."""

    def prepare(evidence):
        order = evidence.rng.permutation(len(evidence.weak))
        return evidence.weak[order], np.ones(len(order))

    return Method(targets=follow, static=True, prepare=prepare, fixed_point=True)
