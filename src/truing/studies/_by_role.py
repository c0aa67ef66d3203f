"""Values of a row's supervisor, student and ceiling by seed, such as strengths of a penalty."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence

ROLE_NAMES = {"weak": "supervisor", "transfer": "student", "ceiling": "ceiling"}
"""Roles of a row with their names in texts."""

BySeed = dict[str, list[float] | None]
"""Values of each seed by role; None for a role without such a value."""


def medians(by_seed: BySeed) -> dict[str, float | None]:
    """Median over seeds by role: the lower one of two, so that it is the value of a seed."""
    found = {role: by_seed.get(role) for role in ROLE_NAMES}
    return {role: statistics.median_low(each) if each else None for role, each in found.items()}


def with_range(seeds: Sequence[float] | None, unit: str = "") -> str:
    """Median with the range over seeds, `100 (30 to 300)`; empty without values.

    Args:
        seeds: value of each seed.
        unit: text after each value.

    Examples:
        >>> from truing.studies._by_role import with_range
        >>> with_range([30.0, 100.0, 300.0]), with_range([1.0, 1.0])
        ('100 (30 to 300)', '1')
    """
    if not seeds:
        return ""
    low, middle, high = (
        f"{one:g}{unit}" for one in (min(seeds), statistics.median_low(seeds), max(seeds))
    )
    return middle if low == high else f"{middle} ({low} to {high})"


def edge_notes(
    setting: str, role: str, seeds: Sequence[float], edges: Mapping[str, float]
) -> Iterator[str]:
    """A note for each edge of the values of a setting that was chosen, `l2=auto` for example.

    Args:
        setting: the setting with its value, `l2=auto`.
        role: name of the role.
        seeds: chosen value of each seed.
        edges: words for the first and the last value, with these values.
    """
    for word, edge in edges.items():
        if count := seeds.count(edge):
            yield (
                f"{setting} chose its {word} value, {edge:g}, for the {role} of {count} of "
                f"{len(seeds)} seeds, so a number beyond it may be better"
            )
