"""Research: untrusted researchers propose methods, and a referee scores them and keeps a ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truing.lazy import lazy_names

if TYPE_CHECKING:
    from truing.research._answers import Finding, LeaderboardRow
    from truing.research._config import Budget, Folders, ResearchConfig, read_config
    from truing.research._contest_budget import bind_fixed_models
    from truing.research._evaluation import FinalVerdict
    from truing.research._problem_config import ChooseProtocol, OversightContest, WeakToStrong
    from truing.research._referee import Referee
    from truing.research._release import (
        Released,
        ReleaseRule,
        count_clusters,
        count_groups,
        count_items,
    )
    from truing.research._report import (
        BestSoFar,
        ReportedFinalist,
        ResearchReport,
        best_finalist,
        make_report,
    )
    from truing.research._run import Research, run_research, spend_budget
    from truing.research._submission import MethodCard, Submission, read_submission
    from truing.research._submission_usage import ResearcherUsage, SubmissionUsage
    from truing.research.gate._config import Gate
    from truing.research.gate._forecasts import Forecast, ForecastReport, ForecastScores
    from truing.research.gate._report import ReportedGate
    from truing.research.gate._result import GateResult
    from truing.research.ledger._entry import GENESIS, Entry
    from truing.research.ledger._ledger import Ledger, Verification
    from truing.research.ledger._receipt import Receipt

_HOMES = {
    "_answers": ("Finding", "LeaderboardRow"),
    "_config": ("Budget", "Folders", "ResearchConfig", "read_config"),
    "_contest_budget": ("bind_fixed_models",),
    "_evaluation": ("FinalVerdict",),
    "_problem_config": ("ChooseProtocol", "OversightContest", "WeakToStrong"),
    "gate._config": ("Gate",),
    "gate._forecasts": ("Forecast", "ForecastReport", "ForecastScores"),
    "gate._report": ("ReportedGate",),
    "gate._result": ("GateResult",),
    "ledger._entry": ("GENESIS", "Entry"),
    "ledger._ledger": ("Ledger", "Verification"),
    "ledger._receipt": ("Receipt",),
    "_referee": ("Referee",),
    "_release": ("ReleaseRule", "Released", "count_clusters", "count_groups", "count_items"),
    "_report": ("BestSoFar", "ReportedFinalist", "ResearchReport", "best_finalist", "make_report"),
    "_run": ("Research", "run_research", "spend_budget"),
    "_submission": ("MethodCard", "Submission", "read_submission"),
    "_submission_usage": ("ResearcherUsage", "SubmissionUsage"),
}

__all__ = [
    "GENESIS",
    "BestSoFar",
    "Budget",
    "ChooseProtocol",
    "Entry",
    "FinalVerdict",
    "Finding",
    "Folders",
    "Forecast",
    "ForecastReport",
    "ForecastScores",
    "Gate",
    "GateResult",
    "LeaderboardRow",
    "Ledger",
    "MethodCard",
    "OversightContest",
    "Receipt",
    "Referee",
    "ReleaseRule",
    "Released",
    "ReportedFinalist",
    "ReportedGate",
    "Research",
    "ResearchConfig",
    "ResearchReport",
    "ResearcherUsage",
    "Submission",
    "SubmissionUsage",
    "Verification",
    "WeakToStrong",
    "best_finalist",
    "bind_fixed_models",
    "count_clusters",
    "count_groups",
    "count_items",
    "make_report",
    "read_config",
    "read_submission",
    "run_research",
    "spend_budget",
]

# On first use, because sandboxed processes must import little.
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
