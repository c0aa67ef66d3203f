"""Certificates of compared studies: the PGR of each row at home and under shift in each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from truing.report._certificate import Certificate
from truing.report.compare._recalled import NAMES, RecalledRun
from truing.runs import as_object, as_objects

MISSING = "not in this run"


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


def domains_of(row: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Results of a row in each domain, by the domain's name; empty without a shift."""
    stated = as_objects(as_object(row.get("shift")).get("domains"))
    return {str(one.get("domain")): one for one in stated}


def _names(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[part]) for part in NAMES)
