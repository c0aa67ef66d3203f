"""What every report ends with: configuration, environment, data and their licences."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from truing.report.page._page import Section, Table
from truing.runs import FoundRun

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
    if run.environment:
        data = _data(run.environment)
        if data:
            yield Section("data", "Data and licences", tables=(data,))
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


def _data(environment: Mapping[str, Any]) -> Table | None:
    tasks = environment.get("tasks")
    if not isinstance(tasks, dict) or not tasks:
        return None
    rows = []
    for name, held in tasks.items():
        held = held if isinstance(held, dict) else {}
        known = [_said(held.get(key)) for key in ("items", "licence", "origin")]
        whole = held.get("fingerprint")
        known.append(whole[:16] if isinstance(whole, str) and whole else _said(whole))
        rows.append((name, *known, _seen(held.get("truth seen now"))))
    return Table(
        "What was learned from, and under which licence",
        ("task", "#items", "licence", "origin", "fingerprint", "truth seen in this run"),
        tuple(rows),
        "Truth is held by a vault that counts who looks at it; what was in the store already "
        "was not looked at again. Of a fingerprint the first 16 digits stand here.",
    )


def _seen(summary: Any) -> str:
    if not isinstance(summary, dict):
        return "not told"
    purposes = [
        f"{purpose}: {_said(held.get('items'))} items in {_said(held.get('times'))} accesses"
        for purpose, held in summary.items()
        if isinstance(held, dict)
    ]
    return "; ".join(purposes) or "none"


def _environment(environment: Mapping[str, Any]) -> Section:
    rows = [
        (label, _said(environment[key])) for key, label in MACHINE.items() if key in environment
    ]
    work = environment.get("work")
    if isinstance(work, dict):
        rows += [(f"work: {name}", _said(value)) for name, value in work.items()]
    folded = (_trainings(environment.get("fine-tunings")), _packages(environment.get("packages")))
    return Section(
        "environment",
        "Environment",
        tables=(Table("What it ran on", ("what", "value"), tuple(rows)),),
        folded=tuple(table for table in folded if table.rows),
    )


def _trainings(held: Any) -> Table:
    """What was noted of each fine-tuning; losses.csv has its losses."""
    noted = [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    names = tuple(dict.fromkeys(name for one in noted for name in one))
    rows = tuple(tuple(_said(one.get(name)) for name in names) for one in noted)
    return Table("Fine-tunings, whose losses are in losses.csv", names, rows)


def _packages(held: Any) -> Table:
    pairs = held.items() if isinstance(held, dict) else ()
    rows = tuple((str(name), str(one)) for name, one in pairs)
    return Table("All installed packages", ("package", "version"), rows)


def _said(value: Any) -> str:
    if value is None or value == "":
        return "not told"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
