"""Cost of planting: accuracy of planted systems and of their honest twins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from truing.measures import measure_cost
from truing.stress.work._outcomes import Outcomes
from truing.studies import Job, Payload, Step, Store
from truing.studies.work import add_work, code_version

KIND = "cost of planting"


class CostPayload(Payload):
    """No inputs. A worker that receives the class imports this module, which registers the work."""


def cost_step(planted: Step, twins: Step) -> Step:
    """Plan the comparison of the accuracy of planted systems with that of their twins.

    Args:
        planted: outcome of the planted systems.
        twins: outcome of the twins.
    """
    config = {"code": code_version(cost_step, run_cost)}
    return Step(KIND, config, {"planted": (planted,), "twins": (twins,)}, CostPayload())


def run_cost(jobs: Sequence[Job[CostPayload]], store: Store) -> None:
    """Write the `PlantingCost` as JSON."""
    for job in jobs:
        planted, twins = (
            Outcomes.read(store, job.parents[role][0]) for role in ("planted", "twins")
        )
        counted = [~np.isnan(one) for one in planted.correct]
        found = measure_cost(
            [np.nan_to_num(one) for one in planted.correct],
            [np.nan_to_num(one) for one in twins.correct],
            planted.attacked,
            counted=counted,
            clusters=planted.cluster,
            rng=np.random.default_rng(0),  # equal accuracies have equal intervals
        )
        store.write_json(job.key, asdict(found))


add_work(KIND, run_cost)
