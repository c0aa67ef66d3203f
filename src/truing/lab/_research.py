"""Research run: the problem, the researchers, and the configuration that is stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing.calls import checked
from truing.errors import UserError
from truing.given import GivenObject, find_in_folder, found_by
from truing.research import (
    Budget,
    ChooseProtocol,
    OversightContest,
    ResearchConfig,
    WeakToStrong,
    read_config,
)
from truing.research.bundle import is_simulated
from truing.research.ledger import upgrade
from truing.research.researchers import RESEARCHERS, Researcher, give_researchers
from truing.research.researchers.agent import AGENT, Agents
from truing.runs import RESEARCH, as_json, has_ledger
from truing.studies import objects_of
from truing.tasks import give_tasks

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


def _served(folder: Path) -> UserError:
    """The error for the folder of a served referee, to which others submit methods."""
    return UserError(
        f"{folder} is the folder of a served referee, whose researchers submit methods; an open "
        f"run continues with truing referee serve --folder {folder} and ends with truing referee "
        f"close --folder {folder}"
    )


def read_research(folder: Path) -> ResearchRun:
    """Read the configuration of a research run from its folder.

    Raises:
        UserError: the folder contains no research run, or one that a referee served.
    """
    try:
        stated = json.loads((folder / RESEARCH.configuration).read_text())
        if "served" not in stated:
            return _as_run(folder, stated)
    except FileNotFoundError:
        if not has_ledger(folder):
            raise UserError(
                f"{folder} contains no research run; start one: truing research"
            ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder / RESEARCH.configuration} cannot be read: {error}") from None
    raise _served(folder)


def _as_run(folder: Path, stated: Mapping[str, Any]) -> ResearchRun:
    config = read_config(upgrade(stated["config"]))
    with found_by(find_in_folder(folder)):
        agents = Agents.from_json(stated["agents"]) if "agents" in stated else None
        names = [agents if agents and one == AGENT else one for one in stated["researchers"]]
        return ResearchRun(researchers=names, config=config)
