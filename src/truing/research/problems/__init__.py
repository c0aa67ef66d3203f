"""Problems that researchers can work on under a referee, with one file for each."""

from truing.research._config import ChooseProtocol, ResearchConfig
from truing.research._evaluation import TIERS, Evaluation, Gain, Tier
from truing.research.problems._choose_protocol import ChooseProtocolProblem
from truing.research.problems._problem import Problem
from truing.research.problems._weak_to_strong import WeakToStrongProblem
from truing.studies import Engine, Store

__all__ = [
    "TIERS",
    "ChooseProtocolProblem",
    "Evaluation",
    "Gain",
    "Problem",
    "Tier",
    "WeakToStrongProblem",
    "make_problem",
]


def make_problem(
    config: ResearchConfig, secret: bytes, store: Store | None = None, engine: Engine | None = None
) -> Problem:
    """The problem that a configuration names.

    Args:
        config: configuration of the research run.
        secret: secret of the research run.
        store: cache of earlier results; by default `TRUING_STORE` or the user's cache folder.
        engine: trains the students; by default in this process.

    Raises:
        UserError: the data of the problem cannot be used.
        IsolationError: files may be submitted, but this machine cannot sandbox them.
    """
    if isinstance(config.problem, ChooseProtocol):
        return ChooseProtocolProblem(config.problem)
    from truing.research.isolation import FolderSandbox, Isolation

    isolation = Isolation(config.isolation) if config.files else None
    folders, runner = config.folders, None
    if folders is not None:
        runner = FolderSandbox(config.isolation, folders.limits, folders.python)
    return WeakToStrongProblem(
        config.problem,
        isolation,
        store or Store(),
        config.predictions,
        secret=secret,
        engine=engine,
        runner=runner,
        models=None if folders is None else folders.models,
    )
