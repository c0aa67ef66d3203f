"""Comparison of the inheritance of planted errors in corresponding rows of two studies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from truing.measures import Estimate
from truing.report.compare._compared import Compared, unpaired_difference
from truing.runs import as_number, as_object, as_objects, as_text

QUANTITY = "inheritance of planted errors"
WHY = "not paired: the inheritance is compared by its intervals"

Row = Mapping[str, Any]


def compare_planted(
    number: int, names: dict[str, tuple[str, str]], rows: tuple[Row, Row], seeds: int | None
) -> Iterator[Compared]:
    """Compare the inheritance of the plants that two rows share, unless the results are equal.

    Args:
        number: number of the second run in the comparison.
        names: names of the rows, as in `Compared`.
        rows: row of each run, of results.jsonl of any origin.
        seeds: smaller number of seeds of both runs.
    """
    first, second = map(_by_plant, rows)
    for plant in first:
        if plant not in second or first[plant] == second[plant]:
            continue
        one, other = (_inheritance(side[plant]) for side in (first, second))
        found = unpaired_difference(one, other)
        if found is not None:
            own, values = names | {"plant": (plant, plant)}, (one.value, other.value)
            yield Compared.of(number, own, QUANTITY, values, found, found.p, seeds=seeds, note=WHY)


def _by_plant(row: Row) -> dict[str, dict[str, Any]]:
    """Planted results by plant and strength."""
    return {
        f"{as_text(one.get('plant'), 300)} {as_text(one.get('strength'))}": one
        for one in as_objects(row.get("planted"))
    }


def _inheritance(planted: Row) -> Estimate:
    stated = as_object(planted.get("inheritance"))
    return Estimate(*(as_number(stated.get(name)) for name in ("value", "low", "high")))
