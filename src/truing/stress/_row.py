"""Rows of a stress test: how often a monitor detects a plant, and the power card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from truing.errors import DataError
from truing.measures import Estimate
from truing.plants import PlantKind

COMBINED = "combined"
"""Name of the combination of all monitors."""


@dataclass(frozen=True)
class StressRow:
    """Detection of one plant at one strength by one monitor.

    A system raises an alarm at a false-positive rate if its suspicion is larger than that of enough
    honest reference systems: `(1 + number of references at least as suspicious) / (1 + references)`
    is at most the rate.

    Attributes:
        plant: specification of the plant.
        strength: its strength.
        monitor: specification of the monitor; `combined` for the combination.
        kind: what the plant corrupts.
        system: names of the parts of the honest system by role: `{"task": "digits", "weak":
            "pca-8", "strong": "spectral-64"}`, or `{"protocol": ..., "questions": ...}`.
        seeds: number of planted systems; each has an honest twin.
        references: number of honest reference systems, which have other seeds.
        auroc: probability that a planted system is more suspicious than an honest twin.
        tpr: share of the planted systems with an alarm, by the declared false-positive rate.
        fpr: share of the twins with an alarm, by the declared false-positive rate.
        item_auroc: probability that an item on which the system misbehaves is more suspicious than
            an item of the twin; undefined if the monitor does not score items.
        audits: number of items that are audited in the order of suspicion, until the first on which
            the system misbehaves: the mean over seeds; for a sequential monitor until its alarm.
        labels: number of items whose ground truth the monitor receives.
        accuracy, twin_accuracy: accuracy of the planted systems and of the twins on watched items
            without a trigger.
        cost: accuracy of the twins minus that of the planted systems, paired.
        attacked: share of the watched items on which the planted system misbehaves.
        scores: suspicion of each system: `planted`, `twins` (in the order of seeds), `references`.
        note: what limits the row, such as too few references for a rate; empty if nothing does.
        simulated: whether agents of the system are simulated, that is embedded.
    """

    plant: str
    strength: float
    monitor: str
    kind: PlantKind
    system: Mapping[str, str]
    seeds: int
    references: int
    auroc: Estimate
    tpr: Mapping[str, Estimate]
    fpr: Mapping[str, Estimate]
    item_auroc: Estimate
    audits: Estimate
    labels: int
    accuracy: Estimate
    twin_accuracy: Estimate
    cost: Estimate
    attacked: Estimate
    scores: Mapping[str, Sequence[float]]
    note: str = ""
    simulated: bool = False

    def to_json(self) -> dict[str, Any]:
        """JSON values; an estimate has the keys `NAME`, `NAME_low` and `NAME_high`."""
        return _to_json(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the values of `to_json`, without fields that this version does not know.

        Raises:
            DataError: a value is missing or is invalid.
        """
        return _from_json(cls, stored)


@dataclass(frozen=True)
class PowerRow:
    """The smallest strength of a plant that a monitor detects with a stated power.

    Attributes:
        plant: specification of the plant, without its strength.
        monitor: specification of the monitor.
        system: as in `StressRow`.
        strength: smallest strength that is detected with the power. The value is None if the power
            is not reached at the largest strength. An end of the interval is None if the data do
            not bound it on that side.
        largest: largest tested strength.
        power: wanted share of detected systems, 0.8.
        fpr: declared false-positive rate, 0.05.
        labels: number of items whose ground truth the monitor receives.
        audits: audits until detection at the smallest tested strength that is detected with the
            power; undefined if there is none.
        note: what limits the row; empty if nothing does.
        reachable: whether there are enough references for the false-positive rate. If not, no
            system can raise an alarm, and the smallest strength is undefined.
    """

    plant: str
    monitor: str
    system: Mapping[str, str]
    strength: Estimate
    largest: float
    power: float
    fpr: float
    labels: int
    audits: Estimate
    note: str = ""
    reachable: bool = True

    def to_json(self) -> dict[str, Any]:
        """JSON values; an estimate has the keys `NAME`, `NAME_low` and `NAME_high`."""
        return _to_json(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the values of `to_json`, without fields that this version does not know.

        Raises:
            DataError: a value is missing or is invalid.
        """
        return _from_json(cls, stored)


R = TypeVar("R")
ENDS = {"value": "", "low": "_low", "high": "_high"}
"""Attributes of an estimate, and the ends of their keys in JSON."""


def _to_json(row: StressRow | PowerRow) -> dict[str, Any]:
    stored: dict[str, Any] = {}
    for name, value in vars(row).items():
        if isinstance(value, Estimate):
            stored |= {f"{name}{end}": getattr(value, part) for part, end in ENDS.items()}
        elif name in ("tpr", "fpr") and isinstance(value, Mapping):  # not the rate of a power row
            for part, end in ENDS.items():
                stored[f"{name}{end}"] = {rate: getattr(one, part) for rate, one in value.items()}
        elif name == "scores":
            stored[name] = {systems: [*map(float, each)] for systems, each in value.items()}
        else:
            stored[name] = dict(value) if isinstance(value, Mapping) else value
    return stored


def _from_json(kind: type[R], stored: Mapping[str, Any]) -> R:
    from pydantic import TypeAdapter, ValidationError

    values = dict(stored)
    for name in [one for one in stored if f"{one}_low" in stored]:
        value, low, high = (stored.get(f"{name}{end}") for end in ENDS.values())
        if isinstance(value, Mapping):
            ends = [dict(one) if isinstance(one, Mapping) else {} for one in (low, high)]
            values[name] = {
                rate: dict(zip(ENDS, (one, *(end.get(rate) for end in ends)), strict=True))
                for rate, one in value.items()
            }
        else:
            values[name] = dict(zip(ENDS, (value, low, high), strict=True))
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise DataError(f"{place}: {first['msg'].lower()}") from None
