"""Gate: a method that loses capability on a fixed battery does not pass; and scored forecasts."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truing.research.gate._config import Gate
    from truing.research.gate._forecasts import (
        FEWEST_METHODS,
        Forecast,
        ForecastReport,
        ForecastScores,
        score_forecasts,
    )
    from truing.research.gate._report import ReportedGate, count_outcomes
    from truing.research.gate._result import GateOutcome, GateResult, judge

_HOMES = {
    "_config": ("Gate",),
    "_forecasts": (
        "FEWEST_METHODS",
        "Forecast",
        "ForecastReport",
        "ForecastScores",
        "score_forecasts",
    ),
    "_report": ("ReportedGate", "count_outcomes"),
    "_result": ("GateOutcome", "GateResult", "judge"),
}

__all__ = [
    "FEWEST_METHODS",
    "Forecast",
    "ForecastReport",
    "ForecastScores",
    "Gate",
    "GateOutcome",
    "GateResult",
    "ReportedGate",
    "count_outcomes",
    "judge",
    "score_forecasts",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, because the ledger's records import this package."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"truing.research.gate.{home}"), name)
    raise AttributeError(f"module 'truing.research.gate' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
