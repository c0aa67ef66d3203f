"""Flat rows: rows at home, in domains and on planted labels, for JSON and data frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from truing.measures import Estimate
from truing.studies._planted_row import PlantedRow
from truing.studies._row import Row, Shift


def flat_rows(rows: Iterable[Row]) -> list[Row]:
    """Each row without its shift and planted rows, followed by its rows in the domains.

    Examples:
        >>> import truing
        >>> from truing.studies import flat_rows
        >>> study = truing.Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive")
        >>> [row.domain for row in flat_rows(truing.run(study).rows)]
        ['home']
    """
    found: list[Row] = []
    for row in rows:
        found += [replace(row, shift=None, planted=()), *(row.shift.domains if row.shift else ())]
    return found


def flat_shifts(rows: Iterable[Row]) -> dict[str, list[dict[str, Any]]]:
    """Results under shift as flat JSON values; empty lists without a shift.

    Returns:
        `worst`: for each row the domain with the lowest PGR, None if no domain has a PGR;
        `drops`: for each row and domain the PGR at home minus PGR in the domain;
        `over_domains`: for each row the mean PGR over its domains with a bounded PGR, which
        `domains` counts.
    """
    shifted = [(_names(row), row.shift) for row in rows if row.shift]
    return {
        "worst": [{**names, **_worst(shift)} for names, shift in shifted],
        "drops": [
            {**names, "domain": one.domain, **_estimate_values("drop", drop)}
            for names, shift in shifted
            for one, drop in zip(shift.domains, shift.drops, strict=True)
        ],
        "over_domains": [
            {
                **names,
                "domains": shift.bounded,
                "all_domains": len(shift.domains),
                **_estimate_values("pgr", shift.mean),
            }
            for names, shift in shifted
        ],
    }


def flat_planted(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Results on planted labels as flat JSON values, for each row and plant.

    The student of the home row has no planted labels: it is the honest twin of each of them.
    """
    return [{**_names(row), **_planted(one)} for row in rows for one in row.planted]


def _planted(row: PlantedRow) -> dict[str, Any]:
    about = ("plant", "strength", "corrupts", "trigger")
    values = {name: getattr(row, name) for name in ("accuracy", "cost", "pgr", "inheritance")}
    values |= {f"{name}_rate": one for name, one in vars(row.rates).items()}
    found = {name: getattr(row, name) for name in about}
    for name, one in values.items():
        found |= _estimate_values(name, one)
    found |= {"pgr_sd": row.pgr_sd, "items": row.items}
    found["difference"] = row.difference and asdict(row.difference)
    return {**found, "note": row.note, "mark": row.mark}


def _names(row: Row) -> dict[str, str]:
    return {"task": row.task, "weak": row.weak, "strong": row.strong, "method": row.method}


def _worst(shift: Shift) -> dict[str, Any]:
    if shift.worst is None:
        return dict.fromkeys(("domain", "pgr", "pgr_low", "pgr_high"))
    return shift.worst.to_json()


def _estimate_values(name: str, one: Estimate) -> dict[str, float | None]:
    return {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
