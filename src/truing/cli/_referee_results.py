"""Lines of `truing referee close` and `report`: verdicts, capability gate and forecasts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truing.oversight.spending import Spending
    from truing.research import FinalVerdict, ForecastReport, ForecastScores, ResearchReport


def results_json(report: ResearchReport, spending: Spending | None = None) -> dict[str, Any]:
    """The gate, the forecasts, processor seconds of folders, and costs of models as JSON values."""
    from truing.research.bundle import is_simulated

    stated = report.to_json()
    names = ("gate", "forecasts", "usage", "researcher_usage")
    found = {name: stated[name] for name in names if name in stated}
    paid = {"spending": spending.to_json()} if spending else {}
    return {**found, **paid, "simulated": is_simulated(report.config)}


def result_lines(report: ResearchReport, spending: Spending | None = None) -> Iterator[str]:
    """Yield the gate's outcomes, the scores of forecasts, the costs of models, and a simulation."""
    from truing.report import RESEARCH_SIMULATED, spending_lines
    from truing.research.bundle import is_simulated
    from truing.research.gate import count_outcomes

    if report.gate:
        yield f"capability gate: {count_outcomes(report.gate)}"
    if report.forecasts is not None:
        yield from _forecast_lines(report.forecasts)
    if spending:
        yield from spending_lines(spending)
    if is_simulated(report.config):
        yield RESEARCH_SIMULATED


def verdict_lines(one: FinalVerdict) -> Iterator[str]:
    """Yield a finalist's name, its gains on sealed items, and its verdict."""
    from truing.report import p_text, signed_text

    yield f"submission {one.submission} ({one.family}) of {one.researcher}"
    for gain in one.gains["sealed"]:
        yield f"  sealed gain on {gain.task} {signed_text(gain)}"
    alone = ", climb tasks only" if one.climb_tasks_only else ""
    yield f"  {one.verdict} (p {p_text(one.p_holm)}, Holm-corrected){alone}"


def audit_lines(report: ResearchReport, submission: int) -> Iterator[str]:
    """Yield what the auditor says about a submission; nothing if it was not audited."""
    if flags := report.flags(submission):
        yield f"  flagged by the auditor: {', '.join(flags)} (truing referee audit)"
    elif any(one.submission == submission for one in report.audits):
        yield "  not flagged by the auditor"


def _forecast_lines(report: ForecastReport) -> Iterator[str]:
    """Yield the scores of each researcher's forecasts; one line for all with too few methods."""
    from truing.research.gate import FEWEST_METHODS

    few = []
    for name, scores in report.researchers.items():
        if scores.probability is None and scores.effect is None:
            few.append(name)
        else:
            yield from _scores(name, scores)
    if few:
        shown = few[0] if len(few) == 1 else f"{len(few)} researchers"
        yield f"forecasts of {shown}: not scored, fewer than {FEWEST_METHODS} methods"
    if len(report.researchers) > 1 and report.overall.cards >= FEWEST_METHODS:
        yield from _scores("all researchers", report.overall)


def _scores(name: str, scores: ForecastScores) -> Iterator[str]:
    """Yield one value with its interval in each line."""
    from truing.report import estimate_text, signed_text
    from truing.research.gate import FEWEST_METHODS

    found, effect = scores.probability, scores.effect
    yield f"forecasts of {name}: {scores.cards} cards"
    if found is None:
        yield f"  probabilities: not scored, fewer than {FEWEST_METHODS} methods"
    else:
        yield f"  Brier score {estimate_text(found.brier, 3)} ({found.n} probabilities)"
        if found.skill.value is not None:
            yield f"  skill {signed_text(found.skill, 2)}"
    if effect is None:
        yield f"  expected gains: not scored, fewer than {FEWEST_METHODS} methods"
    else:
        yield f"  expected - measured gain {signed_text(effect.mean_error)}"
        if effect.rank_correlation.value is not None:
            yield f"  rank correlation {signed_text(effect.rank_correlation, 2)}"
