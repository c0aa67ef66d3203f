"""Gate: a method that loses capability on a fixed battery does not pass; and scored forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truing.lazy import lazy_names

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

# On first use, because the ledger's records import this package.
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
