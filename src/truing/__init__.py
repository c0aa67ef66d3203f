"""truing: an open laboratory for superalignment.

`run` executes a `Study`, an `Oversight`, a `ResearchRun`, a `Game` or a `StressTest`, and `load`
reads the result of a run folder. The decorators `method`, `protocol`, `supervisor`, `features`,
`game`, `question_set`, `researcher`, `plant` and `monitor` register extensions.

Examples:
    >>> import truing
    >>> study = truing.Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive")
    >>> study.methods
    ('naive',)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import version

    from truing.lab import (
        Game,
        JudgeSession,
        Oversight,
        OversightResult,
        PlayedGame,
        Replay,
        ResearchResult,
        ResearchRun,
        Result,
        StressResult,
        load,
        run,
    )
    from truing.methods import Method, method
    from truing.oversight.games import game
    from truing.oversight.protocols import Protocol, protocol
    from truing.oversight.questions import question_set
    from truing.plants import plant
    from truing.research.researchers import Researcher, researcher
    from truing.stress import StressTest, monitor
    from truing.students import EstimatorStudent
    from truing.students.features import features
    from truing.studies import LocalEngine, Row, Store, Study
    from truing.studies.engines import RayEngine
    from truing.supervisors import supervisor
    from truing.tasks import Item, Task, load_task

    __version__ = version("truing")

_HOMES = {
    "EstimatorStudent": "students",
    "Game": "lab",
    "Item": "tasks",
    "JudgeSession": "lab",
    "LocalEngine": "studies",
    "Method": "methods",
    "OversightResult": "lab",
    "Oversight": "lab",
    "PlayedGame": "lab",
    "Protocol": "oversight.protocols",
    "RayEngine": "studies.engines",
    "Replay": "lab",
    "Researcher": "research.researchers",
    "ResearchResult": "lab",
    "ResearchRun": "lab",
    "Result": "lab",
    "Row": "studies",
    "Store": "studies",
    "StressResult": "lab",
    "StressTest": "stress",
    "Study": "studies",
    "Task": "tasks",
    "features": "students.features",
    "game": "oversight.games",
    "load": "lab",
    "load_task": "tasks",
    "method": "methods",
    "monitor": "stress",
    "plant": "plants",
    "protocol": "oversight.protocols",
    "question_set": "oversight.questions",
    "researcher": "research.researchers",
    "run": "lab",
    "supervisor": "supervisors",
}

__all__ = [
    "EstimatorStudent",
    "Game",
    "Item",
    "JudgeSession",
    "LocalEngine",
    "Method",
    "Oversight",
    "OversightResult",
    "PlayedGame",
    "Protocol",
    "RayEngine",
    "Replay",
    "ResearchResult",
    "ResearchRun",
    "Researcher",
    "Result",
    "Row",
    "Store",
    "StressResult",
    "StressTest",
    "Study",
    "Task",
    "__version__",
    "features",
    "game",
    "load",
    "load_task",
    "method",
    "monitor",
    "plant",
    "protocol",
    "question_set",
    "researcher",
    "run",
    "supervisor",
]


def __getattr__(name: str) -> Any:
    """Import an object on first use, so that `import truing` is fast."""
    if name == "__version__":
        from importlib.metadata import version

        return version("truing")
    if name not in _HOMES:
        raise AttributeError(f"module 'truing' has no attribute {name!r}")
    return getattr(import_module(f"truing.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
