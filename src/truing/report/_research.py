"""Let researchers research and write the folder: what `truing research` does."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truing.errors import UserError, unwritable
from truing.report._claim import ClaimedFolder, describe_machine
from truing.report._folder import describe_source
from truing.report._live import Live
from truing.report._notebook import ResearchResult
from truing.report.page import keep_report, write_report
from truing.research import Ledger, ResearchConfig, make_report, read_config
from truing.research import run_research as spend_budgets
from truing.research._private import close_to_others, writing_privately
from truing.research.researchers import RESEARCHERS
from truing.studies import write_whole
from truing.supervisors import parse_supervisor
from truing.tasks import load_task

CLAIM = "research.json"
FILES = ("report.json", "environment.json")


@dataclass(frozen=True)
class ResearchRun:
    """What is to be run.

    Attributes:
        config: the problem, the budget, and how scores are released.
        researchers: specifications; equal ones run once. The last is the control of the others.
    """

    config: ResearchConfig
    researchers: Sequence[str]
    labels: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        built = dict.fromkeys(RESEARCHERS.build(one).label for one in self.researchers)
        object.__setattr__(self, "labels", tuple(built))

    @property
    def simulated(self) -> bool:
        """Whether the judge or the supervisor is a program that stands in for a model."""
        weak = getattr(self.config.problem, "weak", None)
        if weak is None:
            return True
        labeller = parse_supervisor(weak).labeller
        return labeller is not None and labeller.value.simulated

    @property
    def data(self) -> dict[str, Any]:
        """The origin and licence of the tasks of a problem that has some."""
        problem = self.config.problem
        names = [name for tier in ("climb", "transfer") for name in getattr(problem, tier, ())]
        return {name: describe_source(load_task(name)) for name in names}

    @property
    def text(self) -> str:
        """What is run, as JSON."""
        stated = {"config": self.config.model_dump(mode="json"), "researchers": self.labels}
        return json.dumps(stated, indent=2) + "\n"

    @property
    def readable_name(self) -> str:
        """What the folder is called: the problem, who researches, and a digest of the rest."""
        problem = self.config.problem
        tasks = [Path(one).name for one in getattr(problem, "climb", (problem.kind,))]
        words = re.sub(r"[^\w.+-]+", "-", "_".join(["+".join(tasks), *self.labels]))[:60]
        return f"research-{words}-{hashlib.sha256(self.text.encode()).hexdigest()[:8]}"


def read_research(folder: Path) -> ResearchRun:
    """The research that a folder was begun with.

    Raises:
        UserError: it holds none.
    """
    try:
        held = json.loads((folder / CLAIM).read_text())
        return ResearchRun(read_config(held["config"]), tuple(held["researchers"]))
    except FileNotFoundError:
        raise UserError(f"{folder} holds no research; begin one with truing research") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder / CLAIM} cannot be read: {error}") from None


def report_referee(folder: Path) -> Path:
    """Write the report of a research that is served, closed or not, from its ledger alone.

    Returns:
        The page, in the referee's own folder: the files beside it are its owner's to show.

    Raises:
        UserError: the folder holds no research, or nobody handed anything in.
        StorageError: it cannot be written to.
    """
    if not (folder / "ledger.sqlite").is_file():
        raise UserError(f"{folder} holds no research; begin one with truing referee serve")
    with Ledger(folder / "ledger.sqlite", create=False) as ledger:
        report, opened = make_report(ledger), ledger.entries("opened")[0]
    names = list(report.researchers)
    if not names:
        raise UserError(f"nobody has handed anything in to {folder}, so there is no report")
    run = ResearchRun(read_config(opened.body["config"]), ())
    called = " and ".join(names) if len(names) < 3 else f"{len(names)} researchers"
    parts = {
        CLAIM: {"config": opened.body["config"], "researchers": names},
        "environment.json": describe_machine() | {"tasks": run.data, "simulated": run.simulated},
        "report.json": {called: report.to_json()},
    }
    with writing_privately():
        try:
            for name, part in parts.items():
                write_whole(folder / name, (json.dumps(part, indent=2) + "\n").encode())
        except OSError as error:
            advice = "make it writable, or copy it to where you may write"
            raise unwritable(str(folder), error, advice) from None
        page = write_report(folder)
    close_to_others(folder)
    return page


def run_research(
    run: ResearchRun,
    *,
    out: Path | str | None = None,
    watch: Callable[[str, int, int], None] | None = None,
) -> ResearchResult:
    """Run a research, or as much of it as was not run before, and write the folder.

    Args:
        out: the folder; by default `runs/` and a readable name here.
        watch: told of progress.

    Returns:
        The report of each researcher, made from its ledger, and the folder.

    Raises:
        UserError: an unknown task or researcher, or a folder of another research.
    """
    path = Path(out) if out else Path("runs") / run.readable_name
    claimed = ClaimedFolder(path, CLAIM, run.text, FILES, private=True)  # true scores lie in it
    with claimed as folder, Live(path, watch) as live:
        done = spend_budgets(run.config, run.labels, path, live)
        reports = {}
        for one in done:
            with Ledger(one.folder / "ledger.sqlite", create=False) as ledger:
                reports[one.researcher] = make_report(ledger)
        told = json.dumps({name: one.to_json() for name, one in reports.items()}, indent=2) + "\n"
        fresh = not folder.holds("report.json", told)
        if fresh:
            described = describe_machine() | {"tasks": run.data, "simulated": run.simulated}
            folder.write("environment.json", json.dumps(described, indent=2) + "\n")
            folder.write("report.json", told)
    keep_report(path, fresh)
    return ResearchResult(reports, path)
