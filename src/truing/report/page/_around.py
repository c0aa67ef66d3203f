"""Last sections of each report: configuration, data with licenses, and environment."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

from truing.report.page._glossary import Glossary
from truing.report.page._page import Page, Section, Table
from truing.runs import LOSSES, Environment, FoundRun, TaskData

MINUTES = "%Y-%m-%d %H:%M UTC"
MACHINE = {
    "truing": "truing",
    "python": "Python",
    "platform": "platform",
    "processor": "processor",
    "cores": "cores",
}


def around(run: FoundRun) -> Iterator[Section]:
    """Sections with everything that is needed to reproduce the run."""
    if run.configuration:
        yield _configuration(run)
    if run.environment.tasks:
        table = _data(run.environment.tasks)
        yield Section("data", "Data and licenses", tables=(table,), collapsed=True)
    if run.environment != Environment():
        yield _environment(run.environment)


def date_of(run: FoundRun) -> str:
    """Start of the run, in UTC: `2026-01-31 14:05 UTC`; empty if it is not known."""
    started = run.about.started
    return f"{started.astimezone(UTC):{MINUTES}}" if started else ""


def with_glossary(page: Page, glossary: Glossary) -> Page:
    """The page with explanations of the terms and names that it uses, also as its last section."""
    used = glossary.used(page.text)
    definitions = {**used.names, **used.terms}
    section = Section("glossary", "Glossary", definitions=definitions, collapsed=True)
    return replace(page, glossary=used, sections=(*page.sections, section))


def _configuration(run: FoundRun) -> Section:
    return Section(
        "configuration",
        "Configuration",
        (f"Complete content of {run.kind.configuration}, which reproduces the run.",),
        code=json.dumps(run.configuration, indent=2, ensure_ascii=False),
        collapsed=True,
    )


def _data(tasks: Mapping[str, TaskData]) -> Table:
    rows = tuple(
        (
            name,
            *map(_shown, (data.items, data.license, data.origin)),
            _shown(data.fingerprint and data.fingerprint[:16]),
            _truth_text(data.truth_seen),
        )
        for name, data in tasks.items()
    )
    return Table(
        "Data of the run and their licenses",
        ("task", "#items", "license", "origin", "fingerprint", "ground truth read in this run"),
        rows,
        "The ground truth is in a vault that counts accesses by purpose. Results that were in the "
        "store already needed no access. Fingerprints are cut to 16 digits.",
    )


def _truth_text(counts: Mapping[str, Mapping[str, int]] | None) -> str:
    if counts is None:
        return "not stated"
    purposes = [
        f"{purpose}: {_shown(one.get('items'))} items in {_shown(one.get('times'))} accesses"
        for purpose, one in counts.items()
    ]
    return "; ".join(purposes) or "none"


def _environment(environment: Environment) -> Section:
    machine = environment.machine
    rows = [(label, _shown(machine[name])) for name, label in MACHINE.items() if name in machine]
    rows += [(f"work: {name}", _shown(value)) for name, value in environment.work.items()]
    machine_table = Table("Versions, machine and work", ("name", "value"), tuple(rows))
    tables = (machine_table, _trainings(environment.trainings), _packages(environment.packages))
    filled = tuple(table for table in tables if table.rows)
    return Section("environment", "Environment", tables=filled, collapsed=True)


def _trainings(noted: Sequence[Mapping[str, Any]]) -> Table:
    """Table of the notes on each fine-tuning; losses are in a separate file."""
    names = tuple(dict.fromkeys(name for one in noted for name in one))
    rows = tuple(tuple(_shown(one.get(name)) for name in names) for one in noted)
    return Table(f"Fine-tunings (losses are in {LOSSES})", names, rows)


def _packages(packages: Mapping[str, str]) -> Table:
    return Table("All installed packages", ("package", "version"), tuple(packages.items()))


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "not stated"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
