"""Problems that researchers can work on under a referee, with one file for each."""

from collections.abc import Callable

from truing.errors import UserError
from truing.oversight.spending import SharedBudget
from truing.research._config import Folders, ResearchConfig
from truing.research._evaluation import TIERS, Evaluation, Gain, Tier
from truing.research._problem_config import ChooseProtocol, OversightContest
from truing.research.folders import FolderRunner
from truing.research.problems._choose_protocol import ChooseProtocolProblem
from truing.research.problems._contest_costs import ContestCost, estimate_contest
from truing.research.problems._contest_plays import PlayWatcher
from truing.research.problems._contest_remarks import contest_remarks
from truing.research.problems._oversight import OversightProblem
from truing.research.problems._pipeline_space import pipeline_space
from truing.research.problems._problem import Problem
from truing.research.problems._weak_to_strong import WeakToStrongProblem
from truing.studies import Engine, Store
from truing.tasks import Source, load_task

__all__ = [
    "TIERS",
    "ChooseProtocolProblem",
    "ContestCost",
    "Evaluation",
    "Gain",
    "OversightProblem",
    "PlayWatcher",
    "Problem",
    "Tier",
    "WeakToStrongProblem",
    "contest_remarks",
    "estimate_contest",
    "make_problem",
    "make_runner",
    "pipeline_space",
]


def make_problem(
    config: ResearchConfig,
    secret: bytes,
    store: Store | None = None,
    engine: Engine | None = None,
    *,
    load: Callable[[str], Source] = load_task,
    cluster: bool = False,
    budget: SharedBudget | None = None,
    watch: PlayWatcher | None = None,
) -> Problem:
    """The problem that a configuration names.

    Args:
        config: configuration of the research run.
        secret: secret of the research run.
        store: cache of earlier results; by default `TRUING_STORE` or the user's cache folder.
        engine: trains the students; by default in this process.
        load: loads a task by name.
        cluster: whether submitted folders run on the connected Ray cluster.
        budget: budget of the fixed models of an oversight contest; None for no budget.
        watch: called with the progress of the plays of an oversight contest.

    Raises:
        UserError: the data of the problem cannot be used.
        IsolationError: files may be submitted, but this machine cannot sandbox them.
    """
    if cluster and config.folders is None:
        raise UserError(
            "a Ray cluster runs submitted folders, but the configuration accepts no folders; add "
            '"folders": {} to it, or omit --engine ray'
        )
    if isinstance(config.problem, ChooseProtocol):
        return ChooseProtocolProblem(config.problem)
    if isinstance(config.problem, OversightContest):
        return OversightProblem(config.problem, secret, store or Store(), budget, watch)
    from truing.research.isolation import PODMAN, Isolation

    # Files have no container: they run at the strongest level without one.
    level = None if config.isolation == PODMAN else config.isolation
    isolation = Isolation(level) if config.files else None
    folders = config.folders
    runner = None if folders is None else make_runner(config.isolation, folders, cluster)
    return WeakToStrongProblem(
        config.problem,
        isolation,
        store or Store(),
        config.predictions,
        secret=secret,
        engine=engine,
        runner=runner,
        models=None if folders is None else folders.models,
        load=load,
        battery=() if config.gate is None else config.gate.battery,
    )


def make_runner(isolation: str | None, folders: Folders, cluster: bool = False) -> FolderRunner:
    """What runs submitted folders: a sandbox, a container, or a Ray cluster.

    Args:
        isolation: name of the isolation level, or `podman`.
        folders: limits, environment and container of the folders.
        cluster: whether folders run on the connected Ray cluster.

    Raises:
        IsolationError: this machine cannot isolate folders in this way.
        UserError: no level has this name, or a cluster has no containers.
    """
    from truing.research.isolation import PODMAN, FolderContainer, FolderSandbox, RayRunner

    if isolation != PODMAN:
        given = isolation, folders.limits, folders.python
        return RayRunner(*given) if cluster else FolderSandbox(*given)
    if cluster:
        raise UserError(
            "isolation 'podman' is possible on one machine only; omit --engine ray, or use the "
            "isolation 'sealed'"
        )
    return FolderContainer(folders.limits, folders.python, folders.image, folders.runtime)
