"""Controls: two methods with a known result, as references for the other methods."""

from __future__ import annotations

import numpy as np

from truing.methods._method import Evidence, Method, follow, method


@method("oracle")
def oracle() -> Method:
    """Upper control: learn the ground truth, as the ceiling does. Its PGR is 1."""
    return Method(targets=follow, static=True, labels="truth", control="upper")


@method("shuffled")
def shuffled() -> Method:
    """Lower control: weak labels assigned to the wrong items. Its PGR is not above 0."""

    def prepare(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
        order = evidence.rng.permutation(len(evidence.weak))
        return evidence.weak[order], np.ones(len(order))

    return Method(targets=follow, static=True, prepare=prepare, control="lower")
