"""Combine: suspicions of all monitors in one, by a model that is fitted on the other plants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures import PlantSuspicion, combine_monitors
from truing.studies import Job, Payload, Step, Store
from truing.studies.work import add_work, code_version

COMBINE, PICK = "combine monitors", "combined suspicion"
TWINS, REFERENCES = "twins", "references"

Suspected = Mapping[str, Sequence[Step]]
"""Suspicions of one plant's systems by each monitor: `planted 0`, ... by strength, `twins` and
`references`."""


@dataclass(frozen=True, kw_only=True)
class CombinePayload(Payload):
    """Monitors and plants that are combined.

    Attributes:
        plants: names of the plants.
        families: their families; a family is left out together.
        strengths: number of strengths of each plant.
        two_sided: for each monitor, whether a low suspicion is as suspicious as a high one.
    """

    plants: tuple[str, ...]
    families: tuple[str, ...]
    strengths: int
    two_sided: tuple[bool, ...]


@dataclass(frozen=True)
class PickPayload(Payload):
    """Array of a combination: `planted 0`, ... by strength, `twins` or `references` of a plant."""

    name: str


def planted_role(number: int) -> str:
    """Role of the planted systems at a strength, by its number."""
    return f"planted {number}"


def combine_step(
    plants: Mapping[str, Suspected], families: Sequence[str], two_sided: Sequence[bool]
) -> Step:
    """Plan the combination of monitors for all plants of a stress test.

    Args:
        plants: suspicions by plant.
        families: family of each plant.
        two_sided: for each monitor, whether a low suspicion is as suspicious as a high one.
    """
    strengths = len(next(iter(plants.values()))) - 2
    config = {
        "families": list(families),
        "two_sided": list(two_sided),
        "code": code_version(combine_step, run_combine),
    }
    parents = {
        f"{role} of {number}": tuple(steps)
        for number, suspected in enumerate(plants.values())
        for role, steps in suspected.items()
    }
    payload = CombinePayload(
        plants=tuple(plants),
        families=tuple(families),
        strengths=strengths,
        two_sided=tuple(two_sided),
    )
    return Step(COMBINE, config, parents, payload)


def run_combine(jobs: Sequence[Job[CombinePayload]], store: Store) -> None:
    """Write the combined suspicions of the systems of each plant, see `combine_monitors`."""
    for job in jobs:
        asked = job.payload

        def suspicions(role: str, number: int, job: Job[CombinePayload] = job) -> np.ndarray:
            """(S, M) suspicions of each monitor."""
            keys = job.parents[f"{role} of {number}"]
            return np.stack([store.read(key)["system"] for key in keys], axis=1)

        plants = {
            str(number): PlantSuspicion(
                planted=np.stack(
                    [suspicions(planted_role(at), number) for at in range(asked.strengths)]
                ),
                twins=suspicions(TWINS, number),
                references=suspicions(REFERENCES, number),
                family=family,
            )
            for number, family in enumerate(asked.families)
        }
        arrays = {}
        for number, found in combine_monitors(plants, two_sided=asked.two_sided).items():
            for at, planted in enumerate(found.planted):
                arrays[f"{planted_role(at)} of {number}"] = planted
            arrays[f"{TWINS} of {number}"] = found.twins
            arrays[f"{REFERENCES} of {number}"] = found.references
        store.write(job.key, arrays)


def pick_step(combined: Step, role: str, number: int) -> Step:
    """Plan the combined suspicions of some systems of a plant.

    Args:
        combined: the combination.
        role: the systems.
        number: number of the plant.
    """
    name = f"{role} of {number}"
    config = {"name": name, "code": code_version(pick_step, run_pick)}
    return Step(PICK, config, {"combined": (combined,)}, PickPayload(name), group=combined.key)


def run_pick(jobs: Sequence[Job[PickPayload]], store: Store) -> None:
    """Write `system` and `used`, as a monitor's step does."""
    for job in jobs:
        system = store.read(job.parents["combined"][0])[job.payload.name]
        store.write(job.key, {"system": system, "used": np.zeros(len(system), np.int64)})


add_work(COMBINE, run_combine)
add_work(PICK, run_pick)
