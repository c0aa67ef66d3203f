"""Recalled run: a finished run that is to be compared with others, and what sets it apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing.errors import UserError
from truing.runs import OVERSIGHT, STUDY, Environment, RunKind, find_run

ROLES = ("weak", "transfer", "ceiling")
NAMES = ("task", "weak", "strong", "method")
FIGURES = tuple(f"{role}_{figure}" for role in ROLES for figure in ("accuracy", "low", "high"))
NEEDED: dict[str, dict[str, type | tuple[type, ...]]] = {
    STUDY.name: dict.fromkeys(NAMES, str) | dict.fromkeys(FIGURES, (int, float)),
    OVERSIGHT.name: {"question": (str, int), "protocol": str, "truth": int},
}
"""Kinds of run that can be compared, and what each of their rows must have."""

MACHINE = ("truing", "python", "platform", "cores")  # parts that may explain a difference


@dataclass(frozen=True)
class RecalledRun:
    """A finished run.

    Attributes:
        folder: where it lies.
        kind: study or oversight.
        config: what was run, as the folder states it; of oversight with `on_mute`.
        environment: what it ran on; empty where the folder does not say.
        rows: its results.
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
        field: its name; parts inside parts after a dot.
        values: JSON values, one for each run; None where a run has none.
    """

    field: str
    values: tuple[Any, ...]


def recall(folder: Path | str) -> RecalledRun:
    """Read a run folder.

    Raises:
        UserError: no run of a kind that can be compared is there, it is not finished, or a file of
            it cannot be read.
    """
    found = find_run(folder)
    if found.kind.name not in NEEDED:
        raise UserError(
            f"{folder} holds a run of {found.kind.name}; truing compare takes studies and runs of "
            "oversight, and truing report shows any run"
        )
    config, rows = found.configuration, [row for _, row in found.lines]
    if found.warnings:
        raise UserError(f"{folder} cannot be compared: {found.warnings[0]}")
    for number, row in enumerate(rows, 1):
        for name, kind in NEEDED[found.kind.name].items():
            if not isinstance(row, dict) or not isinstance(row.get(name), kind):
                place = f"row {number} of {found.kind.results}"
                raise UserError(f"{folder} cannot be compared: {place} has no {name}")
    if found.kind is OVERSIGHT:
        config = {**config, "on_mute": found.environment.on_mute}
    return RecalledRun(found.folder, found.kind, config, found.environment, rows)


def differing(runs: Sequence[RecalledRun]) -> tuple[FieldDifference, ...]:
    """Every field of the configurations in which runs differ, then of machine and data."""
    configured = [dict(_flat(run.config)) for run in runs]
    surrounding = [dict(_flat(_surroundings(run.environment))) for run in runs]
    return (*_differing(configured), *_differing(surrounding))


def _differing(sides: Sequence[Mapping[str, Any]]) -> Iterator[FieldDifference]:
    for field in dict.fromkeys(name for side in sides for name in side):
        values = tuple(side.get(field) for side in sides)
        if any(value != values[0] for value in values):
            yield FieldDifference(field, values)


def _surroundings(environment: Environment) -> dict[str, Any]:
    """What may explain a difference: versions, the machine, and what the data were."""
    data = {
        name: {"items": one.items, "fingerprint": one.fingerprint}
        for name, one in environment.tasks.items()
    }
    machine = {name: environment.machine[name] for name in MACHINE if name in environment.machine}
    return {**machine, "packages": environment.packages, "data": data}


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves by their place; lists are leaves."""
    if not isinstance(value, Mapping):
        yield prefix, value
        return
    for name, one in value.items():
        yield from _flat(one, f"{prefix}.{name}" if prefix else str(name))
