"""What every report ends with: configuration, environment, data and their licences."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from truing.report.page._page import Section, Table
from truing.runs import LOSSES, Environment, FoundRun, TaskData

MACHINE = {
    "truing": "truing",
    "python": "Python",
    "platform": "platform",
    "processor": "processor",
    "cores": "cores",
}


def around(run: FoundRun) -> Iterator[Section]:
    """The sections that tell how to get the same again."""
    if run.configuration:
        yield _configuration(run)
    if run.environment.tasks:
        yield Section("data", "Data and licences", tables=(_data(run.environment.tasks),))
    if run.environment != Environment():
        yield _environment(run.environment)


def listed(names: Iterable[Any], most: int = 12) -> str:
    """`a, b and c`; of many, the first."""
    words = [str(one) for one in names]
    if len(words) > most:
        words = [*words[:most], f"{len(words) - most} others"]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 seed`, `2 seeds`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _configuration(run: FoundRun) -> Section:
    return Section(
        "configuration",
        "Configuration",
        (f"The whole of {run.kind.configuration}, from which the run can be made again.",),
        code=json.dumps(run.configuration, indent=2, ensure_ascii=False),
    )


def _data(tasks: Mapping[str, TaskData]) -> Table:
    rows = tuple(
        (
            name,
            *map(_said, (data.items, data.licence, data.origin)),
            _said(data.fingerprint and data.fingerprint[:16]),
            _seen(data.truth_seen),
        )
        for name, data in tasks.items()
    )
    return Table(
        "What was learned from, and under which licence",
        ("task", "#items", "licence", "origin", "fingerprint", "truth seen in this run"),
        rows,
        "Truth is held by a vault that counts who looks at it; what was in the store already "
        "was not looked at again. Of a fingerprint the first 16 digits stand here.",
    )


def _seen(counts: Mapping[str, Mapping[str, int]] | None) -> str:
    if counts is None:
        return "not told"
    purposes = [
        f"{purpose}: {_said(one.get('items'))} items in {_said(one.get('times'))} accesses"
        for purpose, one in counts.items()
    ]
    return "; ".join(purposes) or "none"


def _environment(environment: Environment) -> Section:
    machine = environment.machine
    rows = [(label, _said(machine[name])) for name, label in MACHINE.items() if name in machine]
    rows += [(f"work: {name}", _said(value)) for name, value in environment.work.items()]
    folded = (_trainings(environment.trainings), _packages(environment.packages))
    return Section(
        "environment",
        "Environment",
        tables=(Table("What it ran on", ("what", "value"), tuple(rows)),),
        folded=tuple(table for table in folded if table.rows),
    )


def _trainings(noted: Sequence[Mapping[str, Any]]) -> Table:
    """What was noted of each fine-tuning; their losses have a file of their own."""
    names = tuple(dict.fromkeys(name for one in noted for name in one))
    rows = tuple(tuple(_said(one.get(name)) for name in names) for one in noted)
    return Table(f"Fine-tunings, whose losses are in {LOSSES}", names, rows)


def _packages(packages: Mapping[str, str]) -> Table:
    return Table("All installed packages", ("package", "version"), tuple(packages.items()))


def _said(value: Any) -> str:
    if value is None or value == "":
        return "not told"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
