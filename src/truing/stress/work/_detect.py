"""Detect: a row of a stress test, from the suspicions of a monitor and the outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from truing.measures import UNDEFINED, Estimate, mean_audits, measure_items, measure_systems
from truing.plants import PlantKind
from truing.stress._row import StressRow
from truing.stress.work._outcomes import Outcomes
from truing.studies import Job, Payload, Step, Store
from truing.studies.work import add_work, code_version

KIND = "detect"


@dataclass(frozen=True, kw_only=True)
class DetectPayload(Payload):
    """Names in a row, and what its numbers mean; see `StressRow`.

    Attributes:
        two_sided: an unusually low suspicion is as suspicious as a high one.
        audits: number of audited items that the monitor receives of each system.
        fprs: declared false-positive rates.
    """

    plant: str
    strength: float
    monitor: str
    kind: PlantKind
    system: Mapping[str, str]
    labels: int
    simulated: bool
    two_sided: bool
    audits: int
    fprs: tuple[float, ...]


@dataclass(frozen=True)
class Cell:
    """Steps of the systems of a row.

    Attributes:
        planted, twins, references: suspicions of the systems.
        planted_outcome, twins_outcome: their outcomes.
        cost: cost of planting.
    """

    planted: Step
    twins: Step
    references: Step
    planted_outcome: Step
    twins_outcome: Step
    cost: Step


def detect_step(payload: DetectPayload, cell: Cell) -> Step:
    """Plan a row.

    Args:
        payload: names and settings.
        cell: the steps of the systems.
    """
    config = {**asdict(payload), "code": code_version(detect_step, run_detect)}
    parents = {name: (step,) for name, step in vars(cell).items()}
    return Step(KIND, config, parents, payload)


def run_detect(jobs: Sequence[Job[DetectPayload]], store: Store) -> None:
    """Write a `StressRow` as JSON."""
    for job in jobs:
        read = {role: store.read(job.parents[role][0]) for role in SUSPICIONS}
        scores = {role: read[role]["system"] for role in SUSPICIONS}
        asked, planted = job.payload, Outcomes.read(store, job.parents["planted_outcome"][0])
        found = measure_systems(*scores.values(), two_sided=asked.two_sided, fprs=asked.fprs)
        item_auroc, audits, notes = UNDEFINED, UNDEFINED, [found.note, _same_note(scores)]
        if "items" in read["planted"]:
            twins = Outcomes.read(store, job.parents["twins_outcome"][0])
            items = measure_items(
                planted.split(read["planted"]["items"]),
                twins.split(read["twins"]["items"]),
                planted.attacked,
                clusters=planted.cluster,
            )
            item_auroc, audits = items.auroc, items.audits
            notes.append(items.note)
        elif asked.audits:
            audits = mean_audits(read["planted"]["used"], asked.audits)
        cost = store.read_json(job.parents["cost"][0])
        row = StressRow(
            plant=asked.plant,
            strength=asked.strength,
            monitor=asked.monitor,
            kind=asked.kind,
            system=asked.system,
            seeds=len(scores["planted"]),
            references=len(scores["references"]),
            auroc=found.auroc,
            tpr=found.tpr,
            fpr=found.fpr,
            item_auroc=item_auroc,
            audits=audits,
            labels=asked.labels,
            **{name: Estimate(**value) for name, value in cost.items()},
            scores={role: each.tolist() for role, each in scores.items()},
            note="; ".join(filter(None, notes)),
            simulated=asked.simulated,
        )
        store.write_json(job.key, row.to_json())


def _same_note(scores: Mapping[str, np.ndarray]) -> str:
    """Note on a monitor that gives all systems the same suspicion; empty if they differ."""
    if len(np.unique(np.concatenate(list(scores.values())))) > 1:
        return ""
    return "the monitor gives all systems the same suspicion, so it cannot detect this plant"


SUSPICIONS = ("planted", "twins", "references")

add_work(KIND, run_detect)
