"""Recalled run: a finished run read for a comparison, and its differing fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing.errors import UserError
from truing.runs import (
    OVERSIGHT,
    STRESS,
    STUDY,
    Environment,
    RunKind,
    as_object,
    as_objects,
    find_run,
)

ROLES = ("weak", "transfer", "ceiling")
NAMES = ("task", "weak", "strong", "method")
VALUES = tuple(f"{role}_{part}" for role in ROLES for part in ("accuracy", "low", "high"))
Types = type | tuple[type, ...]
NEEDED: dict[str, dict[str, Types]] = {
    STUDY.name: {**dict.fromkeys(NAMES, str), **dict.fromkeys(VALUES, (int, float))},
    OVERSIGHT.name: {"question": (str, int), "protocol": str, "truth": int},
    STRESS.name: {"plant": str, "monitor": str, "strength": (int, float), "scores": dict},
}
"""Kinds of run that can be compared, and the required fields of their rows."""

MACHINE = ("truing", "python", "platform", "cores")  # fields that may explain a difference


@dataclass(frozen=True)
class RecalledRun:
    """A finished run.

    Attributes:
        folder: the run folder.
        kind: study, oversight or stress.
        config: the stored configuration; for oversight with `on_mute`.
        environment: machine, packages and data; empty if not stored.
        rows: the results.
    """

    folder: Path
    kind: RunKind
    config: Mapping[str, Any]
    environment: Environment
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class FieldDifference:
    """A field of the configuration, or of the machine, that differs.

    Attributes:
        field: name; nested fields are joined by dots.
        values: JSON value in each run; None if a run lacks the field. A group of fields, such as
            `protocols.debate`, is one field if a run lacks all of it.
    """

    field: str
    values: tuple[Any, ...]


def recall(folder: Path | str) -> RecalledRun:
    """Read a finished run from its folder.

    Raises:
        UserError: the folder contains no run of a kind that can be compared, the run is not
            finished, or a file cannot be read.
    """
    found = find_run(folder)
    if found.kind.name not in NEEDED:
        raise UserError(
            f"{folder} contains a run of kind {found.kind.name}; truing compare takes studies, "
            "oversight runs and stress tests, truing report shows any run"
        )
    config, rows = found.configuration, [row for _, row in found.lines]
    if found.warnings:
        raise UserError(f"{folder} cannot be compared: {found.warnings[0]}")
    for number, row in enumerate(rows, 1):
        for one in (row, *(domains_of(row).values() if isinstance(row, dict) else ())):
            for name, kind in NEEDED[found.kind.name].items():
                if not isinstance(one, dict) or not isinstance(one.get(name), kind):
                    place = f"row {number} of {found.kind.results}"
                    raise UserError(f"{folder} cannot be compared: {place} has no {name}")
    if found.kind is OVERSIGHT:
        config = {**config, "on_mute": found.environment.on_mute}
    return RecalledRun(found.folder, found.kind, config, found.environment, rows)


def domains_of(row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Results of a study's row in each domain, by the domain's name; empty without a shift."""
    stated = as_objects(as_object(row.get("shift")).get("domains"))
    return {str(one.get("domain")): one for one in stated}


def differing(runs: Sequence[RecalledRun]) -> tuple[FieldDifference, ...]:
    """Fields that differ between runs: first of the configurations, then of machine and data."""
    configured = [run.config for run in runs]
    surrounding = [_surroundings(run.environment) for run in runs]
    return (*_differing(configured), *_differing(surrounding))


def _differing(sides: Sequence[Mapping[str, Any]], within: str = "") -> Iterator[FieldDifference]:
    for name in dict.fromkeys(name for side in sides for name in side):
        values, field = tuple(side.get(name) for side in sides), f"{within}{name}"
        groups = [value for value in values if isinstance(value, Mapping)]
        if len(groups) == len(values):
            yield from _differing(groups, f"{field}.")
        elif any(value != values[0] for value in values):
            yield FieldDifference(field, values)


def _surroundings(environment: Environment) -> dict[str, Any]:
    """Fields that may explain a difference: versions, machine and data."""
    data = {
        name: {"items": one.items, "fingerprint": one.fingerprint}
        for name, one in environment.tasks.items()
    }
    machine = {name: environment.machine[name] for name in MACHINE if name in environment.machine}
    return {**machine, "packages": environment.packages, "data": data}
