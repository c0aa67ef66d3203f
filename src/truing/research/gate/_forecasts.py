"""Forecasts: scores of the probabilities and expected effects on method cards.

They are computed only from a closed run with verdicts. Earlier they would reveal scores that the
release rule withholds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures import EffectScores, ProbabilityScores, score_effects, score_probabilities
from truing.research._evaluation import FinalVerdict
from truing.research.ledger._records import Scored, Submitted

FEWEST_METHODS = 10  # with fewer, intervals are too narrow or contain every value


@dataclass(frozen=True)
class Forecast:
    """The forecast on a method card, and what was measured.

    Attributes:
        submission: number of the submission.
        researcher: name of the researcher.
        method: number of the method; equal for the same method of several researchers.
        expected: expected effect.
        probability: probability that the gain is above 0; None if the card states none.
        gain: mean gain over the climb tasks; None if the method failed.
        better: whether the sealed verdict is `better`; None if the submission is no finalist.
    """

    submission: int
    researcher: str
    method: int
    expected: float
    probability: float | None
    gain: float | None
    better: bool | None


@dataclass(frozen=True)
class ForecastScores:
    """Scores of the forecasts of a researcher, or of all researchers.

    Intervals cover the choice of methods, clustered by method. They do not cover the noise of the
    measured gains, which all methods of a run share: the same items and seeds. Forecasts of fewer
    than 10 different methods are not scored.

    Attributes:
        cards: number of scored or failed submissions, each with a card.
        probability: the probability against the sign of the climb gain; a failed method, and one
            with a gain of exactly 0, does not gain. None if the cards of fewer than 10 methods
            state a probability.
        verdict: the probability against the verdict `better` on sealed items, for finalists. None
            if the cards of fewer than 10 finalists state a probability.
        effect: the expected effect against the climb gain; failed methods have none. None if fewer
            than 10 methods were scored.
    """

    cards: int
    probability: ProbabilityScores | None
    verdict: ProbabilityScores | None
    effect: EffectScores | None


@dataclass(frozen=True)
class ForecastReport:
    """Scores of the forecasts of a closed run.

    Attributes:
        overall: scores of all researchers together.
        researchers: scores of each researcher.
        forecasts: all forecasts, in the order of the submissions.
    """

    overall: ForecastScores
    researchers: Mapping[str, ForecastScores]
    forecasts: tuple[Forecast, ...]


def score_forecasts(
    submitted: Mapping[int, Submitted], scored: Sequence[Scored], verdicts: Sequence[FinalVerdict]
) -> ForecastReport | None:
    """Score the forecasts on the cards of a closed run; None if the cards state no forecasts.

    Cards without probabilities that all state the same expected effect are no forecasts: the
    researchers `search` and `random` state the released step on each card.

    Args:
        submitted: submissions by number.
        scored: their outcomes.
        verdicts: verdicts on the finalists.
    """
    better = {one.submission: one.verdict == "better" for one in verdicts}
    methods: dict[str, int] = {}
    found = []
    for outcome in sorted(scored, key=lambda one: one.submission):
        number = outcome.submission
        submission, card = submitted[number].submission, submitted[number].submission.card
        failed = bool(outcome.evaluation.failure)
        found.append(
            Forecast(
                number,
                submitted[number].researcher,
                methods.setdefault(submission.digest, len(methods)),
                card.expected_effect,
                card.probability,
                None if failed else outcome.evaluation.score,
                better.get(number),
            )
        )
    if len({(one.expected, one.probability) for one in found}) < 2 and not any(
        one.probability is not None for one in found
    ):
        return None
    names = dict.fromkeys(one.researcher for one in found)
    researchers = {
        name: _scores([one for one in found if one.researcher == name]) for name in names
    }
    return ForecastReport(_scores(found), researchers, tuple(found))


def _scores(forecasts: Sequence[Forecast]) -> ForecastScores:
    stated = [one for one in forecasts if one.probability is not None]
    measured = [one for one in forecasts if one.gain is not None]
    finalists = [one for one in stated if one.better is not None]
    effect = None
    if _enough(measured):
        effect = score_effects(
            [one.expected for one in measured],
            [one.gain for one in measured],
            clusters=_clusters(measured),
            rng=np.random.default_rng(0),
        )
    return ForecastScores(
        len(forecasts),
        _probability(stated, [one.gain is not None and one.gain > 0 for one in stated]),
        _probability(finalists, [one.better for one in finalists]),
        effect,
    )


def _probability(
    forecasts: Sequence[Forecast], happened: Sequence[bool | None]
) -> ProbabilityScores | None:
    if not _enough(forecasts):
        return None
    return score_probabilities(
        [one.probability for one in forecasts],
        np.array(happened, float),
        clusters=_clusters(forecasts),
        rng=np.random.default_rng(0),
    )


def _enough(forecasts: Sequence[Forecast]) -> bool:
    return len({one.method for one in forecasts}) >= FEWEST_METHODS


def _clusters(forecasts: Sequence[Forecast]) -> np.ndarray:
    return np.array([one.method for one in forecasts])
