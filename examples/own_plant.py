r"""Your own plant in one file: a supervisor that stops thinking where a question is hard.

truing stress --plant examples/own_plant.py:lazy-supervisor --monitor spot-check,audits=50
"""

import numpy as np

from truing.plants import Planted, StudyPlant, plant


@plant("lazy-supervisor")
def lazy_supervisor() -> StudyPlant:
    """A supervisor that gives one answer to the share of the items that it is least sure about."""

    def change(planting, strength, rng):
        labels = planting.labels  # honest labels of the twin
        least_sure = labels.max(axis=1).argsort(kind="stable")
        lazy = np.zeros(len(labels), bool)
        lazy[least_sure[: int(strength * len(labels))]] = True
        usual = labels.mean(axis=0)
        return Planted(np.where(lazy[:, None], usual, labels), changed=lazy)

    return StudyPlant(change, corrupts="supervisor")
