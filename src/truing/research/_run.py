"""Run researchers in this process, one after another, each with a separate referee."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from truing.errors import BudgetError, CapError, ClosedError, UserError
from truing.oversight import Requests
from truing.oversight.spending import SharedBudget
from truing.research._config import ResearchConfig
from truing.research._contest_budget import bind_paid, fixed_models, run_budget
from truing.research._evaluation import FinalVerdict
from truing.research._problem_config import OversightContest
from truing.research._referee import Referee
from truing.research._submission import MethodCard, Submission
from truing.research.ledger._receipt import Receipt
from truing.research.ledger._secret import SECRET_BYTES, make_secret
from truing.research.problems import Problem, make_problem
from truing.research.researchers import RESEARCHERS, Pruner, Researcher, Trial
from truing.research.researchers.agent import AGENT, Team
from truing.run_files import SECRET, SIGNING_KEY, SPENDING
from truing.studies import Engine, Store

Watcher = Callable[..., None]
"""Called with the progress: researcher, number of scored submissions, number to score, a note."""

MOST_PROPOSALS = 20  # proposals per submission, because repeated proposals are not charged
MOST_REFUSED = 500  # refused proposals per submission, such as those that need too many model calls


@dataclass(frozen=True)
class Research:
    """A finished research run of one researcher.

    Attributes:
        researcher: name of the researcher.
        folder: folder of its referee.
        verdicts: verdicts on its finalists, see `Referee.close`.
    """

    researcher: str
    folder: Path
    verdicts: tuple[FinalVerdict, ...]


def run_research(
    config: ResearchConfig,
    researchers: Sequence[str],
    folder: Path,
    watch: Watcher | None = None,
    *,
    store: Store | None = None,
    engine: Engine | None = None,
    team: Team | None = None,
    requests: Requests | None = None,
) -> list[Research]:
    """Let researchers spend their budgets, then close their runs.

    Each researcher has a separate referee and ladder, so that the control does not change the
    scores that the search sees. Several ladders release more than one ladder, but these researchers
    submit compositions only, so they cannot use the additional releases to learn labels. All
    referees share the secret and therefore the seeds: a method has the same score for every
    researcher. A stopped run continues where its ledgers end.

    Args:
        config: configuration of the run.
        researchers: specifications, such as `search`; duplicates run once. `agent` stands for the
            agents of `team`, which share a referee and a budget.
        folder: run folder, which gets a subfolder for each researcher.
        watch: called with the progress.
        store, engine: see `truing.research.problems.make_problem`.
        team: agents that work as one of the researchers.
        requests: caps on the calls of agents and of the fixed models of an oversight contest, and
            the prices of all models. Both spend from one budget.

    Raises:
        UserError: a researcher or model is unknown, or the folder contains another research run.
        CapError: the fixed models reached the cap, so the run cannot be closed yet.
    """
    labels = dict.fromkeys(
        one if one == AGENT else RESEARCHERS.build(one).label for one in researchers
    )
    progress = _Progress(watch)
    agents: dict[str, list[str]] = {AGENT: [team.agents.model]} if team else {}
    budget = run_budget(folder / SPENDING, config.problem, agents, requests)
    bound = _bind(folder, config, agents)  # stay in memory until the run ends
    done, problem = [], _prepare(config, folder, store, engine, budget, progress)
    with budget.open():
        for label in labels:
            if label == AGENT:
                referee = _open(_divided(config, team), label, folder, problem)
                _let_work(referee, team, budget, progress)
            else:
                referee = _open(config, label, folder, problem)
                spend_budget(referee, label, RESEARCHERS.build(label).value, progress)
            _check_cap(config, budget)
            done.append(Research(label, referee.folder, referee.close()))
            referee.ledger.close()
    del bound
    return done


def _bind(
    folder: Path, config: ResearchConfig, agents: Mapping[str, Sequence[str]]
) -> list[object]:
    """The models of a new run, so that a model that cannot be used creates no folder.

    Raises:
        UserError: a model's name, setting or key is missing or wrong.
    """
    if (folder / SECRET).is_file():
        return []
    return bind_paid({**agents, **fixed_models(config.problem)})


class _Progress:
    """Passes on the progress of researchers, and of the plays of an oversight contest in between.

    Args:
        watch: called with the progress; None to pass on nothing.
    """

    def __init__(self, watch: Watcher | None):
        self.watch = watch
        self.latest: tuple[str, int, int] = ("starting", 0, 1)

    def __call__(self, label: str, done: int, most: int, *note: str) -> None:
        """The progress of a researcher."""
        self.latest = label, done, most
        if self.watch:
            self.watch(label, done, most, *note)

    def plays(self, what: str, done: int, most: int) -> None:
        """The progress of plays, as a note."""
        if self.watch:
            self.watch(*self.latest, f"{what}: {done} of {most} questions")


def _check_cap(config: ResearchConfig, budget: SharedBudget) -> None:
    """Raise CapError before a contest is closed whose last plays could not be paid for."""
    if isinstance(config.problem, OversightContest) and budget.stopped:
        raise CapError(
            f"stopped: {budget.stopped}; the run is not closed, because its finalists need more "
            "plays; to continue, run the same command with a higher cap"
        )


def _divided(config: ResearchConfig, team: Team | None) -> ResearchConfig:
    """The configuration of the agents' referee: together they have the budget of one researcher."""
    agents = _known(team).agents
    most = min(config.budget.each, config.budget.all)
    budget = config.budget.model_copy(update={"each": agents.share(most), "all": most})
    return config.model_copy(update={"budget": budget})


def _let_work(referee: Referee, team: Team | None, budget: SharedBudget, watch: Watcher) -> None:
    from truing.research.researchers.agent._team import run_team  # imports Inspect

    run_team(referee, _known(team), budget, watch)


def _known(team: Team | None) -> Team:
    if team is None:
        raise UserError(
            "the researcher agent needs a model; name it: --model PROVIDER/MODEL (in Python: "
            "researchers=Agents(MODEL))"
        )
    return team


def _prepare(
    config: ResearchConfig,
    folder: Path,
    store: Store | None,
    engine: Engine | None,
    budget: SharedBudget,
    progress: _Progress,
) -> Problem:
    """The problem with the folder's secret. A wrong configuration creates no folder."""

    def make(secret: bytes) -> Problem:
        return make_problem(config, secret, store, engine, budget=budget, watch=progress.plays)

    path = folder / SECRET
    secret = path.read_bytes() if path.is_file() else secrets.token_bytes(SECRET_BYTES)
    problem = make(secret)
    folder.mkdir(parents=True, exist_ok=True)
    kept = make_secret(path, secret)
    return problem if kept == secret else make(kept)  # another process was first


def _open(config: ResearchConfig, label: str, folder: Path, problem: Problem) -> Referee:
    """A researcher's referee in a run folder, with the shared secret and signing key."""
    own = folder / label.replace("/", "-")
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in (SECRET, SIGNING_KEY):
        make_secret(own / name, make_secret(folder / name))
    return Referee(own, config, problem)


def spend_budget(
    referee: Referee, label: str, one: Researcher, watch: Watcher | None = None
) -> None:
    """Propose and submit until the budget is spent; resubmissions are not charged."""
    if referee.closed:
        return
    config = referee.config
    rng = np.random.default_rng([config.seed, *label.encode()])
    proposer = one.begin(referee.problem.space, rng)
    pruner = Pruner(referee.problem.look, np.random.default_rng([config.seed, *b"looks"]))
    known = list(config.warm) if one.learns else []
    most = min(config.budget.each, config.budget.all)
    tried: set[int] = set()
    accepted, refused = most * MOST_PROPOSALS, most * MOST_REFUSED
    while len(tried) < most and accepted and refused:
        proposed = known.pop(0) if known else proposer.propose()
        specification = proposed if isinstance(proposed, str) else pruner.choose(proposed)
        receipt = _try(referee, label, one, specification)
        for learner in (proposer, pruner):
            learner.learn(_trial(specification, receipt))
        if receipt is None:
            refused -= 1
        else:
            accepted -= 1
            tried.add(receipt.number)
        if watch:
            watch(label, len(tried), most)


def _trial(specification: str, receipt: Receipt | None) -> Trial:
    """The result of a proposal; a proposal that is not a method of the problem has failed."""
    if receipt is None or receipt.status == "failed":
        return Trial(specification, None, False)
    return Trial(specification, receipt.released, receipt.improved)


def _try(referee: Referee, label: str, one: Researcher, specification: str) -> Receipt | None:
    """Submit and score a composition; None if it is not a method of the problem."""
    card = MethodCard(
        claim=f"{specification} gains more than what was tried before."[:2000],
        mechanism=one.mechanism,
        expected_effect=referee.step,
    )
    submission = Submission(kind="composition", content=specification, card=card)
    try:
        receipt = referee.submit(label, submission)
    except (BudgetError, ClosedError):
        raise
    except UserError:
        return None
    return referee.score(receipt.number)
