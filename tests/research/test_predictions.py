"""Predictions as submissions: only where they are asked for, and under the same rule and budget."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.research.attacks import block_flips, lower_then_climb
from tests.research.planting import Planted, config, gain_of
from truing.errors import BudgetError, UserError
from truing.research import Budget, MethodCard, Referee, ResearchConfig, Submission, WeakToStrong
from truing.research._config import read_config
from truing.research.problems import WeakToStrongProblem
from truing.studies import Store

CARD = MethodCard(claim="I know it", mechanism="elsewhere", expected_effect=0.1)
PROBLEM = WeakToStrong(climb=("digits",), other_tasks=("digits-parity",), seeds=2)


def handed_in(answers: object) -> Submission:
    content = answers if isinstance(answers, str) else json.dumps(answers)
    return Submission(kind="predictions", content=content, card=CARD)


@pytest.fixture(scope="module")
def problem(tmp_path_factory) -> WeakToStrongProblem:
    store = Store(tmp_path_factory.mktemp("store"))
    return WeakToStrongProblem(PROBLEM, None, store, predictions=True, secret=b"k" * 32)


@pytest.fixture
def referee(problem, tmp_path) -> Referee:
    budget = Budget(each=60, all=60)
    told = ResearchConfig(problem=PROBLEM, budget=budget, files=False, predictions=True)
    return Referee(tmp_path / "referee", told, problem)


def answer(referee: Referee, answers: object):
    return referee.score(referee.submit("ada", handed_in(answers)).number)


@pytest.fixture(scope="module")
def truth(problem) -> np.ndarray:
    """Of the items that are asked about, which no researcher has."""
    asked = problem.describe()["predictions"]["digits"]
    return problem.sources["digits"].vault.reveal(np.array(asked), "score")


def test_predictions_are_refused_unless_configured(tmp_path):
    closed = WeakToStrongProblem(PROBLEM, None, Store(tmp_path / "store"), secret=b"k" * 32)
    assert closed.describe()["predictions"] is False
    with pytest.raises(UserError, match="does not accept predictions"):
        closed.check(handed_in({"digits": [0]}))


@pytest.mark.parametrize(
    "more", [{"min_step_se": 2.9}, {"min_step_se": 0}, {"problem": {"kind": "choose-protocol"}}]
)
def test_a_configuration_that_would_reveal_the_labels_is_refused(more):
    with pytest.raises(UserError, match="predictions"):
        read_config({"predictions": True, **more})


def test_files_require_min_step_se_3_and_compositions_do_not():
    """What a file's author chooses to teach, the student answers."""
    with pytest.raises(UserError, match="with files, min_step_se must be 3 or more, got 0"):
        read_config({"min_step_se": 0})
    assert read_config({"min_step_se": 0, "files": False}).min_step_se == 0
    other = {"min_step_se": 0, "problem": {"kind": "choose-protocol"}}
    assert read_config(other).min_step_se == 0


def test_predictions_are_about_the_climb_task_without_its_sealed_items(problem):
    asked = problem.describe()["predictions"]
    assert list(asked) == ["digits"]
    assert not set(asked["digits"]) & set(problem.sources["digits"].task.splits(0).sealed.tolist())


def test_the_released_score_of_a_prediction_is_its_gain_rounded_down(referee, truth):
    receipt = answer(referee, {"digits": truth.tolist()})
    assert receipt.status == "scored"
    assert receipt.improved
    held = gain_of(referee, receipt.number)
    assert held.accuracy == 1.0
    assert 0 <= held.value - receipt.released < referee.step


def test_the_gain_of_a_prediction_is_its_accuracy_minus_naive_accuracy(problem, truth):
    seeds, trainings = (1, 2), problem.trainings["digits"]
    items = problem.describe()["predictions"]["digits"]
    naive = trainings.trained(trainings.naive, seeds)[:, items].argmax(axis=2)
    changed = np.where(np.arange(len(truth)) % 4 == 0, (truth + 1) % 10, truth)
    (gain,) = problem.evaluate(handed_in({"digits": changed.tolist()}), "climb", seeds).gains
    accuracy = np.mean(changed == truth)
    assert gain.accuracy == pytest.approx(accuracy)
    assert gain.value == pytest.approx(accuracy - np.mean(naive == truth))


def test_equal_answers_are_the_same_submission(referee, truth):
    sure = np.eye(10)[truth]
    numbers = {
        referee.submit("ada", handed_in({"digits": one})).number
        for one in (truth.tolist(), sure.tolist(), (0.3 + sure / 7).tolist())
    }
    assert len(numbers) == 1
    assert referee.budget("ada").spent == 1


def test_all_predictions_share_the_baselines(problem, referee, truth):
    """With others for each, a changed answer would be a new draw."""
    gains = []
    for shift in (0, 1):
        changed = truth.copy()
        changed[shift] = (changed[shift] + 1) % 10  # one error each, at another place
        number = answer(referee, {"digits": changed.tolist()}).number
        gains.append(gain_of(referee, number))
    assert gains[0].value == pytest.approx(gains[1].value, abs=1e-12)


BAD = {
    "no JSON": "{",
    "no object": [1],
    "no task": {},
    "another task": {"digits-parity": [0]},
    "one more task": lambda n: {"digits": [0] * n, "x": []},
    "too few": lambda n: {"digits": [0] * (n - 1)},
    "no such choice": lambda n: {"digits": [10] * n},
    "below the first": lambda n: {"digits": [-1] * n},
    "fractions of a choice": lambda n: {"digits": [0.5] * n},
    "truths": lambda n: {"digits": [True] * n},
    "texts": lambda n: {"digits": ["0"] * n},
    "objects": lambda n: {"digits": [{}] * n},
    "too large a number": lambda n: {"digits": [2**70] * n},
    "rows of several lengths": lambda n: {"digits": [[0.1] * 10] * (n - 1) + [[1]]},
    "NaN": lambda n: '{"digits": [' + ",".join(["[" + ",".join(["NaN"] * 10) + "]"] * n) + "]}",
    "infinity": lambda n: (
        '{"digits": [' + ",".join(["[" + ",".join(["1e999"] * 10) + "]"] * n) + "]}"
    ),
    "nested too deep": "[" * 50_000,
}


@pytest.mark.parametrize("name", BAD)
def test_an_invalid_prediction_is_refused_without_a_charge(name, referee, truth):
    given = BAD[name](len(truth)) if callable(BAD[name]) else BAD[name]
    before = referee.ledger.head
    with pytest.raises(UserError, match="predictions"):
        referee.submit("ada", handed_in(given))
    assert referee.ledger.head == before


def test_block_flips_raise_no_score_and_spend_the_budget(referee, truth):
    """The attack that climbs on exact scores: answers are 0 or 1 for another digit or the truth."""
    other = (truth + 1) % 10
    told, exact = [], []

    def query(signs: np.ndarray) -> float:
        answers = np.where(signs > 0, truth, other)
        exact.append(float((answers == truth).mean()))
        told.append(answer(referee, {"digits": answers.tolist()}).released)
        return told[-1]

    block_flips(query, len(truth), 60, np.random.default_rng(0), size=10)
    assert max(told) - told[0] < referee.step + 1e-9
    assert max(exact) - exact[0] < referee.step
    with pytest.raises(BudgetError):
        answer(referee, {"digits": ((truth + 2) % 10).tolist()})  # which no flip hands in


def test_the_same_flips_succeed_with_exact_scores(truth):
    exact = []

    def query(signs: np.ndarray) -> float:
        exact.append(float((signs > 0).mean()))
        return exact[-1]

    block_flips(query, len(truth), 60, np.random.default_rng(0), size=10)
    assert max(exact) - exact[0] > 0.1


def naive_accuracy(referee: Referee, truth: np.ndarray) -> float:
    """Of the baseline on the items that are asked about, from the true gain of the truth itself."""
    number = answer(referee, {"digits": truth.tolist()}).number
    return 1 - gain_of(referee, number).value


def test_lower_then_climb_gets_no_score_below_the_baseline(referee, problem, truth, tmp_path):
    """Researchers know half of the labels, and of every other item two digits, one of them right.

    That is worth less than naive training, so that every step of the old ladder lay below it.
    """
    baseline = naive_accuracy(Referee(tmp_path / "own", referee.config, problem), truth)
    assert baseline > 0.77
    other, receipts = (truth + 1) % 10, []

    def query(right: np.ndarray) -> float:
        answers = np.where(right == 1, truth, other)
        receipts.append(answer(referee, {"digits": answers.tolist()}))
        return baseline + receipts[-1].released

    rng = np.random.default_rng(0)
    known = rng.permutation(len(truth)) < len(truth) // 2
    lower_then_climb([query], np.ones(len(truth), int), known, referee.step, 55, rng)
    for right in np.linspace(0, 1, 20):  # slowly from all known items wrong to all of them right
        query(np.where(known, rng.random(len(truth)) < right, rng.integers(2, size=len(truth))))
    outcomes = [one.body["evaluation"]["gains"][0] for one in referee.ledger.entries("outcome")]
    gains = [one["value"] for one in outcomes]
    assert max(gains) - min(gains) > 5 * referee.step  # steps that the old ladder released
    assert {(one.released, one.improved) for one in receipts} == {(0.0, False)}
    assert referee.leaderboard() == []


def test_predictions_are_never_finalists_but_count_as_trials(tmp_path):
    """The highest score of all, and nothing to ask about sealed items."""
    problem = Planted(lambda content, tier: 0.2 if content == "answers" else 0.05)
    problem.check = lambda submission: submission
    problem.family = lambda submission: submission.kind
    referee = Referee(tmp_path, config(predictions=True, min_step_se=3), problem)
    for kind, content in (("predictions", "answers"), ("composition", "planted,part=good")):
        given = Submission(kind=kind, content=content, card=CARD)
        assert referee.score(referee.submit("ada", given).number).status == "scored"
    (verdict,) = referee.close()
    assert verdict.kind == "composition"
    assert ("answers", "sealed") not in {look[:2] for look in problem.looks}
    assert verdict.p_holm == pytest.approx(2e-9)  # of two methods
