"""Run researchers under referees and write the run folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from truing.errors import DataError, UserError
from truing.lab._objects import write_objects
from truing.lab._research import ResearchRun, read_research
from truing.lab._research_report import report_ledger, research_environment
from truing.lab._research_result import ResearchResult
from truing.oversight import Requests
from truing.report import keep_report
from truing.research import ResearchReport
from truing.research import run_research as spend_budgets
from truing.research.researchers.agent import Team, requests_of_agents
from truing.runs import (
    ENVIRONMENT,
    LEDGER,
    RESEARCH,
    ClaimedFolder,
    Live,
    as_json,
    claim_folder,
    find_run,
)
from truing.studies import Engine, Store, store_objects


def run_research(
    run: ResearchRun,
    *,
    out: Path | str | None = None,
    name: str = "",
    overwrite: bool = False,
    engine: Engine | None = None,
    store: Store | None = None,
    watch: Callable[..., None] | None = None,
    requests: Requests | None = None,
    seconds: float | None = None,
) -> ResearchResult:
    """Run researchers and write the run folder. Steps that are already recorded are not repeated.

    Args:
        run: the problem and the researchers.
        out: the run folder; by default a folder under `runs/` in the working directory.
        name: readable name of the run.
        overwrite: replace another run in the run folder.
        engine: execution engine of the trainings; by default this process.
        store: store of computed steps; by default `TRUING_STORE` or the user's cache folder.
        watch: callback for progress.
        requests: caps on the dollars and tokens of all models of the run, their prices, and the
            settings of the agents' requests.
        seconds: time limit of each agent, in seconds; None for no limit.

    Returns:
        The report of each researcher, made from its ledger, and the run folder.

    Raises:
        UserError: a task or researcher is unknown, or the folder contains another research run.
        CapError: the fixed models of an oversight contest reached the cap; the same call with a
            higher cap continues the run.
    """
    text = _stored_text(Path(out), run) if out else run.text
    # Private, because the folder contains true scores.
    claimed = claim_folder(
        RESEARCH, text, run.parts, out=out, name=name, overwrite=overwrite, private=True
    )
    path = claimed.path
    store_objects(run.objects, store or Store())  # where workers on every machine find them
    with claimed as folder, Live(path, watch) as live:
        write_objects(folder, run.objects)
        team = Team(run.agents, requests or requests_of_agents(), seconds) if run.agents else None
        done = spend_budgets(
            run.config,
            run.researchers,
            path,
            live,
            store=store,
            engine=engine,
            team=team,
            requests=requests,
        )
        reports = {one.researcher: report_ledger(one.folder / LEDGER) for one in done}
        fresh = _write_results(folder, run, reports)
    keep_report(path, fresh or folder.renamed)
    return ResearchResult(reports, path, run.simulated)


def _write_results(
    folder: ClaimedFolder, run: ResearchRun, reports: Mapping[str, ResearchReport]
) -> bool:
    """Write the reports and the environment. Returns False if the same reports are stored."""
    results = {name: one.to_json() for name, one in reports.items()}
    if _stored_results(folder.path) == results:
        return False
    folder.write_json(ENVIRONMENT, research_environment(run.config, run.simulated))
    folder.write(RESEARCH.results, as_json(results))
    return True


def _stored_text(folder: Path, run: ResearchRun) -> str:
    """The stored text of this configuration, with the field names of the version that wrote it."""
    try:
        stored = read_research(folder)
        if stored == run:
            return (folder / RESEARCH.configuration).read_text()
    except UserError:
        pass
    return run.text


def _stored_results(folder: Path) -> dict[str, Any]:
    """The stored reports, with the field names of this version; empty if they cannot be read."""
    try:
        stored = find_run(folder).results
        return {name: ResearchReport.from_json(one).to_json() for name, one in stored.items()}
    except DataError:
        return {}
