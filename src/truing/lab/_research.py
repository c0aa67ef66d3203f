"""Run researchers under referees and write the run folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from truing.calls import checked
from truing.errors import DataError, UserError, unwritable
from truing.given import GivenObject, find_in_folder, found_by
from truing.lab._objects import write_objects
from truing.lab._research_result import ResearchResult
from truing.oversight import Requests
from truing.report import keep_report, write_report
from truing.research import (
    Budget,
    ChooseProtocol,
    Ledger,
    OversightContest,
    ResearchConfig,
    ResearchReport,
    WeakToStrong,
    make_report,
    read_config,
)
from truing.research import run_research as spend_budgets
from truing.research.bundle import is_simulated
from truing.research.ledger._private import close_to_others, writing_privately
from truing.research.ledger._upgrade import upgrade
from truing.research.researchers import RESEARCHERS, Researcher, give_researchers
from truing.research.researchers.agent import AGENT, Agents, Team, requests_of_agents
from truing.runs import (
    ENVIRONMENT,
    LEDGER,
    RESEARCH,
    Live,
    as_json,
    claim_folder,
    data_of,
    find_run,
    has_ledger,
    this_environment,
)
from truing.studies import Engine, Store, objects_of, store_objects, write_whole
from truing.tasks import give_tasks, load_task

Researchers = str | Researcher | Callable[..., Researcher] | Sequence[Any]
Problem = WeakToStrong | ChooseProtocol | OversightContest | str | Any


@dataclass(frozen=True, init=False)
class ResearchRun:
    """Researchers that search for methods or protocols under referees.

    Args:
        researchers: a researcher or several: names with arguments, `Researcher` objects, functions
            that return a `Researcher`, or `Agents`. Duplicates run once. The last researcher is the
            control.
        config: the problem, the budget, and how scores are released.
        problem: the problem of the configuration, or a task (a name, a data frame, ...) for the
            problem `WeakToStrong` without other tasks.
        trials: number of methods that each researcher may submit, in place of the configuration's
            `budget`.

    Attributes:
        researchers: shortest specifications of the researchers, without duplicates; `agent` stands
            for the agents.
        agents: the language-model agents among the researchers; None without them.

    Raises:
        UserError: a researcher is unknown.

    Examples:
        >>> import truing
        >>> from truing.research import Budget, ResearchConfig, WeakToStrong
        >>> config = ResearchConfig(problem=WeakToStrong(seeds=3), budget=Budget(each=20))
        >>> truing.ResearchRun(researchers=["search", "random"], config=config).researchers
        ('search', 'random')
        >>> problem = WeakToStrong(other_tasks=(), weak="pca-4", strong="pca-16", seeds=2)
        >>> asked = truing.ResearchRun(researchers="random", problem=problem, trials=2)
        >>> truing.run(asked).best().researcher
        'random'
    """

    researchers: tuple[str, ...]
    config: ResearchConfig
    agents: Agents | None

    @checked
    def __init__(
        self,
        *,
        researchers: Researchers,
        config: ResearchConfig | None = None,
        problem: Problem | None = None,
        trials: int | None = None,
    ) -> None:
        agents, others = _split(researchers)
        built = [one if one == AGENT else RESEARCHERS.build(one).label for one in others]
        if config is not None and not isinstance(config, ResearchConfig):
            raise UserError(f"config must be a ResearchConfig, got {config!r}")
        config = config or ResearchConfig()
        if problem is not None:
            config = ResearchConfig(**{**dict(config), "problem": _as_problem(problem)})
        if trials is not None:
            budget = Budget(each=_count(trials), all=max(trials, config.budget.all))
            config = ResearchConfig(**{**dict(config), "budget": budget})
        self.__dict__.update(researchers=tuple(dict.fromkeys(built)), config=config, agents=agents)

    @property
    def objects(self) -> list[GivenObject]:
        """The given objects among the researchers, the tasks, the supervisor and the student."""
        problem = self.config.problem
        names = [one for one in self.researchers if one != AGENT]
        names += [self.agents.model] if self.agents else []
        if isinstance(problem, WeakToStrong):
            names += [*problem.climb, *problem.other_tasks, problem.weak, problem.strong]
            names += self.config.gate.battery if self.config.gate else ()
            names += problem.layers.values()
        elif isinstance(problem, OversightContest):
            names += [*problem.questions, *problem.other_questions, problem.baseline]
            names += [problem.judge, problem.debater]
        return objects_of(names)

    @property
    def simulated(self) -> bool:
        """Whether a program takes the place of a model, or questions were generated."""
        return is_simulated(self.config) or bool(self.agents and self.agents.simulated)

    @property
    def text(self) -> str:
        """The configuration as JSON."""
        stated = {"config": self.config.model_dump(mode="json"), "researchers": self.researchers}
        return as_json(stated | ({"agents": self.agents.to_json()} if self.agents else {}))

    @property
    def parts(self) -> dict[str, tuple[str, ...]]:
        """Names for the name of the run folder: the climb tasks or problem, and the researchers."""
        problem = self.config.problem
        tasks = getattr(problem, "climb", (problem.kind,))
        return {"tasks": tasks, "researchers": self.researchers}


def _split(given: Researchers) -> tuple[Agents | None, list[str]]:
    """The agents among the researchers, and the names of all researchers.

    Raises:
        UserError: the agents have no model, or there are agents of several models.
    """
    several = list(given) if isinstance(given, list | tuple) else [given]
    agents = list(dict.fromkeys(one for one in several if isinstance(one, Agents)))
    if len(agents) > 1:
        raise UserError("a research run has one group of agents; give all directions to it")
    if not agents and AGENT in several:
        raise UserError(
            "the researcher agent has no model; name a model: --model PROVIDER/MODEL (in Python: "
            "researchers=Agents(MODEL))"
        )
    names: list[str] = []
    for one in several:
        is_agent = isinstance(one, Agents) or one == AGENT
        names += [AGENT] if is_agent else give_researchers(one)
    return (agents[0] if agents else None), names or give_researchers(several)


def _count(trials: object) -> int:
    if isinstance(trials, bool) or not isinstance(trials, int) or trials < 1:
        raise UserError(f"trials must be an integer, 1 or more, got {trials!r}")
    return trials


def _as_problem(problem: Problem) -> WeakToStrong | ChooseProtocol | OversightContest:
    """A problem as it is, or the problem of a task."""
    if isinstance(problem, WeakToStrong | ChooseProtocol | OversightContest):
        return problem
    return WeakToStrong(climb=tuple(give_tasks(problem)), other_tasks=())


def read_research(folder: Path) -> ResearchRun:
    """Read the configuration of a research run from its folder.

    Raises:
        UserError: the folder contains no research run.
    """
    try:
        stated = json.loads((folder / RESEARCH.configuration).read_text())
        config = read_config(upgrade(stated["config"]))
        with found_by(find_in_folder(folder)):
            agents = Agents.from_json(stated["agents"]) if "agents" in stated else None
            names = [agents if agents and one == AGENT else one for one in stated["researchers"]]
            return ResearchRun(researchers=names, config=config)
    except FileNotFoundError:
        raise UserError(f"{folder} contains no research run; start one: truing research") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder / RESEARCH.configuration} cannot be read: {error}") from None


def read_referee(folder: Path) -> ResearchReport:
    """The report of a served research run, open or closed, made from its ledger.

    Raises:
        UserError: the folder contains no research run.
    """
    if not has_ledger(folder):
        raise UserError(
            f"{folder} contains no research run; start one: truing referee serve --config FILE"
        )
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
        ENVIRONMENT: _environment(report.config, is_simulated(report.config)),
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


def _environment(config: ResearchConfig, simulated: bool) -> dict[str, Any]:
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
    claimed = claim_folder(
        RESEARCH,
        text,
        run.parts,
        out=out,
        name=name,
        overwrite=overwrite,
        private=True,  # it contains true scores
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
        results = {name: one.to_json() for name, one in reports.items()}
        fresh = _stored_results(path) != results
        if fresh:
            folder.write_json(ENVIRONMENT, _environment(run.config, run.simulated))
            folder.write(RESEARCH.results, as_json(results))
    keep_report(path, fresh or folder.renamed)
    return ResearchResult(reports, path, run.simulated)


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


def report_ledger(path: Path) -> ResearchReport:
    """Make the report of a researcher from its ledger."""
    with Ledger(path, create=False) as ledger:
        return make_report(ledger)
