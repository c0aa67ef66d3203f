"""Certificates of compared studies: the PGR of each row at home and under shift in each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from truing.report._certificate import Certificate
from truing.report.compare._recalled import NAMES, RecalledRun, domains_of

MISSING = "not in this run"
MEANING = (
    "Under shift: PGR of each row at home, on the test items of the task itself, and in the worst "
    "of the declared domains. PGR in a domain uses the home ceiling, scored there, unless the "
    "local ceiling is named. The interval of the worst covers the lowest true PGR of all domains."
)


@dataclass(frozen=True)
class Certified:
    """PGR of a row at home and under shift, in each run.

    Attributes:
        names: task, weak, strong and method of the row.
        runs: the certificate in each run, without domains if the run has no shift; None if the run
            has no such row.
    """

    names: dict[str, str]
    runs: tuple[Certificate | None, ...]

    @property
    def name(self) -> str:
        """Displayed name of the row."""
        task, weak, strong, method = (self.names[part] for part in NAMES)
        return f"{task}: {weak} supervises {strong}, {method}"

    @property
    def texts(self) -> list[str]:
        """The certificate in each run as text."""
        return [MISSING if one is None else str(one) for one in self.runs]

    def to_json(self) -> dict[str, Any]:
        """JSON values; null for a run without such a row."""
        return {"names": self.names, "runs": [one and one.to_json() for one in self.runs]}


def certified(runs: Sequence[RecalledRun]) -> tuple[Certified, ...]:
    """Certificates of all rows; none if no run has a shift."""
    if not any(domains_of(row) for run in runs for row in run.rows):
        return ()
    sides = [{_names(row): row for row in run.rows} for run in runs]
    found = dict.fromkeys(names for side in sides for names in side)
    return tuple(
        Certified(
            dict(zip(NAMES, names, strict=True)),
            tuple(Certificate.read(side[names]) if names in side else None for side in sides),
        )
        for names in found
    )


def _names(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[part]) for part in NAMES)


def shift_notes(found: Sequence[Certified]) -> list[str]:
    """What certificates are, which runs have no shift, and which domains a run lacks."""
    if not found:
        return []
    runs = [_domains(found, number) for number in range(len(found[0].runs))]
    notes = [MEANING]
    notes += [
        f"Run {number} has no shift: its results are compared at home only."
        for number, domains in enumerate(runs)
        if not domains
    ]
    for number, domains in enumerate(runs[1:], 1):
        if runs[0] and domains:
            notes += _lacking(number, [name for name in runs[0] if name not in domains])
            notes += _lacking(0, [name for name in domains if name not in runs[0]])
    return list(dict.fromkeys(notes))


def _domains(found: Sequence[Certified], number: int) -> list[str]:
    certificates = [one.runs[number] for one in found]
    return list(dict.fromkeys(name for one in certificates if one for name in one.domains))


def _lacking(number: int, names: Sequence[str]) -> list[str]:
    return [f"Domains that run {number} lacks: {', '.join(names)}."] if names else []
