"""Forecasts: the probability on a method card, and how forecasts are scored after closing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from tests.research.planting import Planted, config, number
from truing.cli._referee_results import result_lines
from truing.measures import brier, score_effects, score_probabilities
from truing.research import Ledger, MethodCard, Referee, ResearchReport, Submission, make_report
from truing.research.ledger._read_records import read_records
from truing.research.ledger._records import Submitted

FROZEN = Path(__file__).parents[1] / "frozen"
LEDGERS = sorted(FROZEN.glob("*/research/*/ledger.sqlite"))


def card(**more) -> MethodCard:
    return MethodCard(claim="it gains", mechanism="less noise", expected_effect=0.02, **more)


# The probability on the card


def test_a_card_without_probability_has_the_json_of_earlier_versions():
    assert set(card().model_dump(mode="json")) == {"claim", "mechanism", "expected_effect"}
    assert card(probability=0.0).model_dump(mode="json")["probability"] == 0.0
    assert MethodCard(**card(probability=0.3).model_dump()) == card(probability=0.3)


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda one: str(one.relative_to(FROZEN)))
def test_cards_of_earlier_ledgers_are_written_as_they_were(ledger):
    with Ledger(ledger, create=False) as stored:
        entries = {one.number: one for one in stored.entries(Submitted.kind)}
        for number, submitted in read_records(entries.values(), Submitted).items():
            again = submitted.submission.card.model_dump(mode="json")
            assert json.dumps(again) == json.dumps(
                {name: entries[number].body["card"][name] for name in again}
            )
            assert set(again) == set(entries[number].body["card"])


@pytest.mark.parametrize("wrong", [-0.01, 1.01, float("nan"), "0.5", True])
def test_a_probability_is_a_number_from_0_to_1(wrong):
    with pytest.raises(ValidationError, match="probability"):
        card(probability=wrong)


KINDS = {
    "composition": "composition",
    "file": "def f(): ...",
    "folder": '{"run.py": "print()"}',
    "predictions": '{"digits": [1]}',
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_card_is_frozen_before_scoring_for_each_kind(tmp_path, kind):
    """The entry with the card is older than the outcome, and no later card replaces it."""
    planted = Planted(lambda content, tier: 0.1)
    planted.check = lambda submission: submission
    planted.family = lambda submission: kind
    referee = Referee(tmp_path, config(), planted)
    name = "f" if kind == "file" else ""
    given = {"kind": kind, "content": KINDS[kind], "name": name}
    receipt = referee.submit("ada", Submission(**given, card=card(probability=0.9)))
    referee.score(receipt.number)
    later = referee.submit("ada", Submission(**given, card=card(probability=0.1)))
    assert later.number == receipt.number < later.head_number
    assert referee.card(receipt.number) == card(probability=0.9)
    assert referee.ledger.entries()[-1].kind == "outcome"


# Scores of probabilities


def scores(p, happened, **given):
    given = {"rng": np.random.default_rng(0), "replicates": 400, **given}
    return score_probabilities(p, happened, **given)


def test_the_brier_score_is_half_of_that_of_two_choices():
    rng = np.random.default_rng(1)
    p, o = rng.uniform(size=50), rng.integers(0, 2, 50)
    found = scores(p, o)
    assert found.brier.value == pytest.approx(float(brier(np.stack([1 - p, p], axis=1), o)) / 2)
    assert found.brier.low < found.brier.value < found.brier.high
    assert found.base_rate.value == o.mean()


def test_the_decomposition_is_exact_for_repeated_probabilities():
    """Murphy 1973: the corrections for noise cancel, so the sum is the Brier score."""
    rng = np.random.default_rng(2)
    p = rng.choice([0.1, 0.4, 0.8], 90)
    found = scores(p, rng.uniform(size=90) < p)
    total = found.reliability.value - found.resolution.value + found.uncertainty.value
    assert total == pytest.approx(found.brier.value)
    assert [round(one.probability, 10) for one in found.groups] == [0.1, 0.4, 0.8]
    assert sum(one.count for one in found.groups) == 90


def test_a_calibrated_forecast_has_reliability_0_and_an_overconfident_one_has_not():
    rng = np.random.default_rng(3)
    truth = rng.uniform(0.3, 0.7, 2000)
    o = rng.uniform(size=2000) < truth
    honest, sure = scores(truth, o), scores(np.where(truth > 0.5, 0.95, 0.05), o)
    assert honest.reliability.covers(0.0)
    assert honest.reliability.value < 0.005
    assert sure.reliability.low > 0.05
    assert sure.skill.high < 0 < honest.skill.value


def test_a_constant_forecast_of_the_base_rate_has_skill_0():
    o = np.repeat([0, 1], [30, 10])
    found = scores(np.full(40, 0.25), o)
    assert found.skill.value == pytest.approx(0)
    assert scores(np.full(40, 0.5), o).skill.value == pytest.approx(1 - 0.25 / 0.1875)


def test_a_score_that_cannot_be_estimated_is_undefined():
    few = scores([0.2, 0.9], [0, 1])
    assert few.reliability.value is None
    always = scores(np.linspace(0, 1, 30), np.ones(30))
    assert (always.skill.value, always.resolution.value) == (None, None)
    same = scores([0.3, 0.4], [0, 1], clusters=[7, 7])
    assert (same.clusters, same.brier.low, same.skill.low) == (1, None, None)


def test_clusters_widen_the_intervals():
    rng = np.random.default_rng(4)
    p = np.repeat(rng.uniform(size=30), 4)
    o = np.repeat(rng.integers(0, 2, 30), 4)
    alone, grouped = scores(p, o), scores(p, o, clusters=np.repeat(np.arange(30), 4))

    def width(found) -> float:
        return found.brier.high - found.brier.low

    assert width(grouped) > 1.5 * width(alone)
    assert grouped.brier.value == alone.brier.value


WRONG = [
    ([], [], "1 or more"),
    ([1.2], [1], "from 0 to 1"),
    ([0.5], [0.5], "0 or 1"),
    ([0.1], [0, 1], "shape"),
]


@pytest.mark.parametrize(("p", "o", "why"), WRONG)
def test_wrong_forecasts_are_refused(p, o, why):
    with pytest.raises(ValueError, match=why):
        scores(p, o)


# Scores of expected effects


def effects(x, y, **given):
    return score_effects(x, y, rng=np.random.default_rng(0), replicates=400, **given)


def test_effects_that_are_too_high_and_too_different():
    rng = np.random.default_rng(5)
    y = rng.normal(0, 0.02, 80)
    found = effects(2 * y + 0.05, y)
    assert found.slope.value == pytest.approx(0.5)
    assert found.rank_correlation.value == pytest.approx(1)
    assert found.mean_error.low > 0.04
    assert found.rmse.value == pytest.approx(np.sqrt(np.mean((y + 0.05) ** 2)))
    assert found.skill.high < 0
    assert effects(y, y).skill.value == 1


def test_constant_effects_have_no_slope():
    found = effects(np.full(10, 0.02), np.linspace(-0.1, 0.1, 10))
    assert (found.slope.value, found.rank_correlation.value) == (None, None)
    assert found.mean_error.value == pytest.approx(0.02)


# When they are shown


def forecasting(folder: Path, methods: int = 24) -> Referee:
    """Two researchers with forecasts; a method of ada is submitted by bob, too."""
    rng = np.random.default_rng(6)
    gains = {f"planted,number={i / 100:g}": rng.normal(0, 0.05) for i in range(1, 99)}

    def worth(content: str, tier: str) -> float | str:
        return "it broke" if content.endswith("0.03") else float(gains[content])

    referee = Referee(folder, config(each=methods, total=2 * methods, finalists=12), Planted(worth))
    for at, name in enumerate(("ada", "bob")):
        for i in range(1, methods + 1):
            submission = number((i + at * (methods - 1)) / 100)
            stated = {"expected_effect": 0.01 * (i % 4), "probability": (i % 10) / 10}
            own = submission.card.model_copy(update=stated)
            made = referee.submit(name, submission.model_copy(update={"card": own}))
            referee.score(made.number)
    return referee


def test_forecasts_are_scored_after_the_verdicts_and_never_before(tmp_path):
    referee = forecasting(tmp_path, methods=8)
    open_report = make_report(referee.ledger)
    assert (referee.forecasts(), open_report.forecasts, open_report.gate) == (None, None, ())
    stated = json.dumps(open_report.to_json())
    assert "brier" not in stated
    for outcome in referee.ledger.entries("outcome"):  # no true gain
        for gain in outcome.body["evaluation"]["gains"]:
            assert repr(gain["value"]) not in stated
    referee.close()
    found = referee.forecasts()
    assert found == make_report(referee.ledger).forecasts
    again = make_report(referee.ledger)
    assert ResearchReport.from_json(json.loads(json.dumps(again.to_json()))).forecasts == found


def test_each_researcher_has_separate_scores(tmp_path):
    referee = forecasting(tmp_path)
    verdicts = referee.close()
    found = referee.forecasts()
    ada, bob, overall = found.researchers["ada"], found.researchers["bob"], found.overall
    assert (ada.cards, bob.cards, overall.cards) == (24, 24, 48)
    assert (ada.probability.n, ada.effect.n) == (24, 23)  # a failed method does not gain
    assert (overall.probability.n, overall.probability.clusters) == (48, 47)
    assert overall.verdict.n == len(verdicts)
    gains = [one.gain for one in found.forecasts if one.researcher == "ada"]
    happened = [gain is not None and gain > 0 for gain in gains]
    assert ada.probability.base_rate.value == pytest.approx(np.mean(happened))


def test_forecasts_of_few_methods_are_not_scored(tmp_path):
    """Two cards in the wrong order would have a rank correlation of -1 [-1, -1]."""
    referee = forecasting(tmp_path, methods=10)
    referee.close()
    found = referee.forecasts()
    ada = found.researchers["ada"]
    assert (ada.cards, ada.probability.n) == (10, 10)
    assert ada.effect is None  # nine methods have a gain, one failed
    assert (found.overall.probability.clusters, found.overall.effect.clusters) == (19, 18)
    lines = list(result_lines(make_report(referee.ledger)))
    assert "  expected gains: not scored, fewer than 10 methods" in lines
    stated = make_report(referee.ledger).to_json()["forecasts"]["researchers"]["ada"]
    assert stated["effect"] is None


def test_researchers_with_too_few_forecasts_share_a_line(tmp_path):
    referee = forecasting(tmp_path, methods=3)
    referee.close()
    lines = list(result_lines(make_report(referee.ledger)))
    assert lines == ["forecasts of 2 researchers: not scored, fewer than 10 methods"]


def test_cards_that_all_state_the_step_are_no_forecasts(tmp_path):
    referee = Referee(tmp_path, config(), Planted(lambda content, tier: 0.1))
    for value in (0.1, 0.2):
        referee.score(referee.submit("search", number(value)).number)
    referee.close()
    assert referee.forecasts() is None
