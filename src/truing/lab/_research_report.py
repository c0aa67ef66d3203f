"""Reports of researchers, made from the ledgers of referees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from truing.errors import UserError, unwritable
from truing.report import write_report
from truing.research import Ledger, ResearchConfig, ResearchReport, make_report
from truing.research.bundle import is_simulated
from truing.research.ledger import close_to_others, no_run, writing_privately
from truing.runs import (
    ENVIRONMENT,
    LEDGER,
    RESEARCH,
    as_json,
    data_of,
    has_ledger,
    this_environment,
)
from truing.studies import write_whole
from truing.tasks import load_task


def read_referee(folder: Path) -> ResearchReport:
    """The report of a served research run, open or closed, made from its ledger.

    Raises:
        UserError: the folder contains no research run.
    """
    if not has_ledger(folder):
        raise no_run(folder)
    return report_ledger(folder / LEDGER)


def report_referee(folder: Path) -> Path:
    """Write the report of a served research run, open or closed, from its ledger.

    Returns:
        Path of the page, which is in the referee's private folder.

    Raises:
        UserError: the folder contains no research run, or has no submissions.
        StorageError: the folder is not writable.
    """
    report = read_referee(folder)
    names = list(report.researchers)
    if not names:
        raise UserError(f"{folder} has no submissions, so there is no report")
    called = " and ".join(names) if len(names) < 3 else f"{len(names)} researchers"
    files = {
        RESEARCH.configuration: {
            "config": report.config.model_dump(mode="json"),
            "researchers": names,
            "served": True,
        },
        ENVIRONMENT: research_environment(report.config, is_simulated(report.config)),
        RESEARCH.results: {called: report.to_json()},
    }
    with writing_privately():
        try:
            for name, content in files.items():
                write_whole(folder / name, as_json(content).encode())
        except OSError as error:
            advice = "make the folder writable, or copy it to a writable place"
            raise unwritable(str(folder), error, advice) from None
        page = write_report(folder)
    close_to_others(folder)
    return page


def research_environment(config: ResearchConfig, simulated: bool) -> dict[str, Any]:
    """The environment of a research run: machine and tasks."""
    names = [
        name for tier in ("climb", "other_tasks") for name in getattr(config.problem, tier, ())
    ]
    names += config.gate.battery if config.gate else ()
    environment = replace(
        this_environment(),
        tasks={name: data_of(load_task(name)) for name in names},
        simulated=simulated,
    )
    return environment.to_json()


def report_ledger(path: Path) -> ResearchReport:
    """Make the report of a researcher from its ledger."""
    with Ledger(path, create=False) as ledger:
        return make_report(ledger)
