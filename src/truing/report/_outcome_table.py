"""Table of a game's outcome for the terminal, and its values as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from truing.oversight.games import GameValues, Outcome, SampledValue
from truing.report._fit import Column, FittingTable

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True)
class OutcomeRow:
    """A value of a game, beside the published value.

    Attributes:
        measure: path of the value in the outcome, `honest_wins.with_precommitment.both`.
        value: the value; None if only a paper has it.
        low, high: 95% interval of a sampled value; None for an exact value.
        published: value of the first paper that states it; None if there is none.
    """

    measure: str
    value: float | str | None
    low: float | None = None
    high: float | None = None
    published: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The row as JSON values."""
        return asdict(self)


def outcome_rows(outcome: Outcome) -> tuple[OutcomeRow, ...]:
    """The values of an outcome in order; published values without a value of ours are last."""
    papers = {one.name: one.value for one in reversed(outcome.published)}
    rows = []
    for path, value in _flat(outcome.values):
        if not isinstance(value, Mapping):
            name = ".".join(path)
            paper = papers.pop(name, None)
            if isinstance(value, SampledValue):
                rows.append(OutcomeRow(name, value.value, value.low, value.high, paper))
            else:
                rows.append(OutcomeRow(name, value, published=paper))
    missing = [one.name for one in outcome.published if one.name in papers]
    return (*rows, *(OutcomeRow(name, None, published=papers[name]) for name in missing))


def outcome_table(outcome: Outcome) -> RenderableType:
    """Values of a game beside the published values, the sources and the notes."""
    from rich.console import Group
    from rich.text import Text

    sources = list(dict.fromkeys(one.source for one in outcome.published))
    papers: dict[str, list[str]] = {}
    for one in outcome.published:
        cited = f"{_spelled(one.value)} ({sources.index(one.source) + 1})"
        papers.setdefault(one.name, []).append(cited)
    columns = [
        Column("measure", left=True, fold=True),
        Column("ours [95%]", left=True),
        Column("published", left=True),
    ]
    rows: list[tuple[str, str, str]] = []
    for path, value in _flat(outcome.values):
        paper = papers.pop(".".join(path), [])
        ours = "" if isinstance(value, Mapping) else _spelled(value)
        rows.append(("  " * (len(path) - 1) + path[-1], ours, ", ".join(paper)))
    for missing, paper in papers.items():  # published values without a value of ours
        rows.append((missing, "", ", ".join(paper)))
    listed = [Text(f"({number}) {source}") for number, source in enumerate(sources, 1)]
    return Group(
        FittingTable(columns, rows), *listed, *(Text(f"\n{note}") for note in outcome.notes)
    )


def _flat(values: GameValues, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in values.items():
        path = (*above, str(name))
        yield path, value
        if isinstance(value, Mapping):
            yield from _flat(value, path)


def _spelled(value: Any) -> str:
    if isinstance(value, SampledValue):
        return f"{_spelled(value.value)} [{_spelled(value.low)}, {_spelled(value.high)}]"
    if value is None:  # a stored value that was not finite
        return "undefined"
    if isinstance(value, bool | np.bool_ | int | str):
        return str(value)
    return f"{value:.4g}"
