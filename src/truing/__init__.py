"""truing: the open laboratory for superalignment.

Weak-to-strong generalization, scalable oversight and automated alignment research. The exported
names run studies: `run(Study(...))` returns a `Result`, and `load(folder)` reads a result again.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truing.lab import Result, load, run
    from truing.studies import LocalEngine, Row, Store, Study

_HOMES = {
    "LocalEngine": "studies",
    "Result": "lab",
    "Row": "studies",
    "Store": "studies",
    "Study": "studies",
    "load": "lab",
    "run": "lab",
}

__all__ = ["LocalEngine", "Result", "Row", "Store", "Study", "load", "run"]


def __getattr__(name: str) -> Any:
    """Import an exported name on first use, so that `import truing` itself is fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'truing' has no attribute {name!r}")
    return getattr(import_module(f"truing.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
