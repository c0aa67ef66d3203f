"""Problems: what may be researched under a referee, one file each."""

from truing.research._config import ChooseProtocol, ResearchConfig
from truing.research._evaluation import Evaluation, Gain, Tier
from truing.research.problems._choose_protocol import ChooseProtocolProblem
from truing.research.problems._problem import Problem
from truing.research.problems._weak_to_strong import WeakToStrongProblem

__all__ = [
    "ChooseProtocolProblem",
    "Evaluation",
    "Gain",
    "Problem",
    "Tier",
    "WeakToStrongProblem",
    "make_problem",
]


def make_problem(config: ResearchConfig, secret: bytes) -> Problem:
    """The problem that a configuration names.

    Args:
        secret: of the research run.

    Raises:
        UserError: its data cannot be used.
        IsolationError: files may be submitted, and this machine cannot shut them in.
    """
    if isinstance(config.problem, ChooseProtocol):
        return ChooseProtocolProblem(config.problem)
    from truing.research.isolation import Isolation
    from truing.studies import Store

    isolation = Isolation(config.isolation) if config.files else None
    return WeakToStrongProblem(
        config.problem, isolation, Store(), config.predictions, secret=secret
    )
