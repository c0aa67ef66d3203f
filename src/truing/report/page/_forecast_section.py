"""Section on forecasts: how well researchers predict the gains of the methods that they submit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from truing.given import shown
from truing.measures import Estimate, ProbabilityScores
from truing.report._texts import estimate_text, signed_text
from truing.report.page._forecast_charts import draw_effects, draw_probabilities
from truing.report.page._page import Section, Table
from truing.research import ForecastReport, ForecastScores
from truing.research.gate import FEWEST_METHODS

EVERYONE = "all researchers"
ABOUT = (
    "Each method card states an expected effect, and may state the probability that the gain on "
    "the climb tier is above 0. Both are frozen before the method is scored, and compared with the "
    "measured gain after the run is closed. The measured gain has noise, so a method without any "
    "effect gains in about half of the runs: even a perfect forecaster of true effects has a Brier "
    "score above 0. Forecasts of fewer than "
    f"{FEWEST_METHODS} methods are not scored."
)
PROBABILITY_HEADS = ("researcher", "#forecasts", "#share that gain", "#Brier score", "#skill")
PROBABILITY_NOTE = (
    "Brier score: mean squared distance between probability and event; 0 is best, and 0.25 is the "
    "score of the constant forecast 0.5. Skill: 1 - Brier score / that of the share that gain as a "
    "constant forecast. A failed method does not gain. 95% intervals, clustered by method."
)
PARTS_HEADS = ("researcher", "#reliability", "#resolution", "#uncertainty")
PARTS_NOTE = (
    "Brier score = reliability - resolution + uncertainty (Murphy 1973), up to the spread of the "
    "probabilities within a group, and corrected for small groups. Reliability: 0 is calibrated. "
    "Resolution: how much the share that gain differs between groups; higher is better. Only with "
    "20 or more forecasts."
)
EFFECT_HEADS = (
    "researcher",
    "#methods",
    "#expected - measured",
    "#RMSE",
    "#rank correlation",
    "#slope",
    "#skill",
)
EFFECT_NOTE = (
    "RMSE: root mean squared error. Slope: of the measured on the expected gain, 1 is calibrated. "
    "Skill: 1 - mean squared error / that of the mean measured gain as a constant forecast. "
    "Without failed methods. 95% intervals, clustered by method."
)


def forecast_section(reports: Mapping[str, ForecastReport]) -> Section:
    """The section on the forecasts of one or several ledgers."""
    named = [row for one in reports.values() for row in _scores_by_researcher(one)]
    gains = tuple(_probability(name, one.probability) for name, one in named if one.probability)
    parts = tuple(
        _decomposition_cells(name, one.probability)
        for name, one in named
        if one.probability and one.probability.reliability.value is not None
    )
    verdicts = tuple(_probability(name, one.verdict) for name, one in named if one.verdict)
    effects = tuple(_effect(name, one) for name, one in named if one.effect)
    tables = (
        Table("Probabilities of a gain", PROBABILITY_HEADS, gains, PROBABILITY_NOTE),
        Table("Decomposition of the Brier score", PARTS_HEADS, parts, PARTS_NOTE),
        Table(
            "Probabilities against the sealed verdicts of finalists",
            ("researcher", "#finalists", "#share better", *PROBABILITY_HEADS[3:]),
            verdicts,
            "The probability of a gain, scored as a forecast of the verdict better on the sealed "
            "items.",
        ),
        Table("Expected effects", EFFECT_HEADS, effects, EFFECT_NOTE),
    )
    drawings = (draw_probabilities(reports), draw_effects(reports))
    return Section(
        "forecasts",
        "Forecasts",
        (ABOUT,),
        tuple(one for one in drawings if one.subplots),
        tables=tuple(one for one in tables if one.rows),
        unfolded=True,
    )


def _scores_by_researcher(report: ForecastReport) -> Iterator[tuple[str, ForecastScores]]:
    """Yield the scores of each researcher, and of all if there are several."""
    names = list(report.researchers)
    for name in names:
        yield shown(name, names), report.researchers[name]
    if len(names) > 1:
        yield EVERYONE, report.overall


def _probability(name: str, found: ProbabilityScores | None) -> tuple[str, ...]:
    assert found is not None, "only researchers with probabilities have a row"
    values = (found.base_rate, found.brier, found.skill)
    return (name, str(found.n), *(_text(one, 2) for one in values))


def _decomposition_cells(name: str, found: ProbabilityScores) -> tuple[str, ...]:
    return (name, *map(_text, (found.reliability, found.resolution, found.uncertainty)))


def _effect(name: str, scores: ForecastScores) -> tuple[str, ...]:
    found = scores.effect
    assert found is not None, "only researchers with scored methods have a row"
    error = signed_text(found.mean_error)
    others = (found.rank_correlation, found.slope, found.skill)
    return (name, str(found.n), error, _text(found.rmse), *(_text(one, 2) for one in others))


def _text(one: Estimate, digits: int = 3) -> str:
    return "" if one.value is None else estimate_text(one, digits)
