"""Release rule: what is told, what is not, and what an honest researcher loses by it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing.errors import UserError
from truing.research import Released, ReleaseRule, count_clusters, count_groups, count_items

MANY = 10_000  # items: three standard errors are 0.015 here, so that the step of 0.02 holds
scores = st.floats(-1.0, 1.0)


def told_of(rule: ReleaseRule, given: list[float], n: float) -> list[Released]:
    """What is told of a sequence of true scores, the best so far read off what was told."""
    told: list[Released] = []
    for score in given:
        told.append(rule.release(told[-1].score if told else 0.0, score, n))
    return told


def test_scores_are_released_in_steps_and_only_above_the_best():
    told = told_of(ReleaseRule(0.02), [0.735, 0.70, 0.739, 0.7399, 0.74, 0.745, 0.81], MANY)
    assert [one.score for one in told] == [0.72, 0.72, 0.72, 0.72, 0.74, 0.74, 0.80]
    assert [one.improved for one in told] == [True, False, False, False, True, False, True]


@pytest.mark.parametrize("steps", range(51))
def test_a_score_on_a_step_is_not_rounded_below_it(steps):
    assert ReleaseRule(0.02).release(0.0, steps * 0.02, MANY).score == round(steps * 0.02, 12)


def test_the_step_is_at_least_three_standard_errors_at_chance():
    rule = ReleaseRule(step=0.02)
    assert rule.step_at(1263) == pytest.approx(3 * math.sqrt(0.25 / 1263))
    assert rule.step_at(5625) == pytest.approx(0.02)
    assert rule.step_at(MANY) == 0.02
    assert ReleaseRule(step=0.02, min_step_se=0.0).step_at(100) == 0.02


@given(st.lists(scores, min_size=1), st.integers(1, 100_000))
def test_the_release_depends_only_on_the_best_score(given_scores, n):
    rule = ReleaseRule()
    told = told_of(rule, given_scores, n)
    steps = rule.step_at(n)
    best = max(0.0, *given_scores)
    assert [one.score for one in told] == sorted(one.score for one in told)
    assert best - steps - 1e-6 < told[-1].score <= best + 1e-6  # never above the truth
    again = told_of(rule, sorted(given_scores), n)[-1].score  # whatever the order was
    assert told[-1].score == pytest.approx(again, abs=1e-9)


@given(st.lists(scores, min_size=1), scores, st.integers(1, 100_000))
def test_scores_less_than_a_step_better_get_the_same_answer(before, score, n):
    rule = ReleaseRule()
    best = told_of(rule, before, n)[-1].score
    told = rule.release(best, score, n)
    if score < best + rule.step_at(n) - 1e-6:
        assert told == Released(best, improved=False)
    if told.improved:
        assert told.score >= best + rule.step_at(n) - 1e-6


@given(st.lists(scores, min_size=1), st.integers(1, 100_000))
def test_a_repeated_submission_gains_nothing(given_scores, n):
    rule = ReleaseRule()
    once = told_of(rule, given_scores, n)
    again = told_of(rule, given_scores * 2, n)[len(once) :]
    assert {(one.score, one.improved) for one in again} == {(once[-1].score, False)}


@given(scores, scores, st.integers(1, 5000), st.integers(1, 5000))
def test_a_best_score_of_another_step_size_never_falls(first, second, n, other):
    rule = ReleaseRule()
    best = rule.release(0.0, first, n).score
    assert rule.release(best, second, other).score >= best


def test_small_unreleased_gains_add_up():
    told = told_of(ReleaseRule(0.02), [0.700, 0.707, 0.714, 0.721], MANY)
    assert [one.improved for one in told] == [True, False, False, True]


@given(st.lists(st.floats(-1.0, 0.0), min_size=1), st.integers(1, 100_000))
def test_scores_below_the_baseline_release_only_the_baseline(given_scores, n):
    told = told_of(ReleaseRule(), given_scores, n)
    assert set(told) == {Released(0.0, improved=False)}


def test_the_first_released_step_is_above_the_baseline():
    told = told_of(ReleaseRule(0.02), [-0.5, -0.3, -0.1, 0.0, 0.019, 0.021, -0.2], MANY)
    assert [one.score for one in told] == [0, 0, 0, 0, 0, 0.02, 0.02]
    assert [one.improved for one in told] == [False] * 5 + [True, False]


def accuracies_of_guesses(clusters: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(20000,) accuracies where each cluster shares a label and a random answer."""
    sizes = np.unique(clusters, return_counts=True)[1]
    return np.array([rng.random(len(sizes)) < 0.5 for _ in range(20_000)]) @ sizes / sizes.sum()


def test_the_step_is_three_standard_errors_also_for_unequal_clusters():
    """Clusters share a label; sizes have a coefficient of variation of 2."""
    rng = np.random.default_rng(0)
    few = np.repeat([1, 19], [450, 50])
    assert np.std(few) / np.mean(few) == pytest.approx(2, abs=0.1)
    unequal, equal = (np.repeat(np.arange(len(sizes)), sizes) for sizes in (few, np.full(500, 3)))
    shares = []
    for clusters in (unequal, equal):
        n = count_clusters(clusters)
        gains = accuracies_of_guesses(clusters, rng) - 0.5
        rule = ReleaseRule()
        assert rule.step_at(n) / gains.std() == pytest.approx(3, rel=0.03)
        shares.append(np.mean([rule.release(0.0, gain, n).improved for gain in gains]))
    assert shares[0] < 0.003  # a normal distribution has 0.00135 above 3 standard errors
    assert shares[0] < shares[1] + 0.001


def test_equal_clusters_count_fully_and_unequal_clusters_count_less():
    assert count_clusters(np.array(["a", "b", "c", "a", "b", "c"])) == pytest.approx(3)
    assert count_clusters(np.arange(360)) == pytest.approx(360)
    sizes = np.array([1] * 100 + [100])
    clusters = np.repeat(np.arange(101), sizes)
    assert count_clusters(clusters) == pytest.approx(200**2 / 10_100)
    spread = np.std(sizes) / np.mean(sizes)
    assert count_clusters(clusters) == pytest.approx(101 / (1 + spread**2))


def test_effective_items_of_tasks_add_up_only_for_equal_tasks():
    assert count_items([300]) == pytest.approx(300)
    assert count_items([300, 300, 300]) == pytest.approx(900)
    assert count_items([10, 10_000]) < 40
    errors = [0.25 / 50, 0.25 / 800]  # of two tasks' means; their mean's is a quarter of the sum
    assert 0.25 / count_items([50, 800]) == pytest.approx(sum(errors) / 4)


def test_groups_that_tasks_have_in_common_count_once():
    same, other, half = np.arange(300), np.arange(300, 600), np.arange(150, 450)
    assert count_groups([same, same]) == pytest.approx(300)
    assert count_groups([same, same[::-1], same]) == pytest.approx(300)
    assert count_groups([same, half]) == pytest.approx(1 / (300 / 600**2 + 150 / 300**2))
    unequal = np.repeat(np.arange(101), [1] * 100 + [100])
    for groups in ([unequal], [same, other], [same, 1000 + unequal, 2000 + half[:7]]):
        assert count_groups(groups) == count_items([count_clusters(one) for one in groups])


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: ReleaseRule(step=0.0), "step must be .*, got 0.0"),
        (lambda: ReleaseRule(step=math.nan), "step must be .*, got nan"),
        (lambda: ReleaseRule(min_step_se=-1.0), "min_step_se must be 0 .*, got -1.0"),
        (lambda: ReleaseRule().release(0.0, 0.5, 0), "n must be .*, got 0"),
        (lambda: ReleaseRule().release(0.0, math.nan, 100), "score must be finite, got nan"),
        (lambda: ReleaseRule().release(-0.1, 0.5, 100), "best must be .*, got -0.1"),
        (lambda: ReleaseRule().release(math.nan, 0.5, 100), "best must be .*, got nan"),
        (lambda: count_clusters(np.array([])), "1 or more scored items, got none"),
        (lambda: count_items([]), "counts must contain"),
        (lambda: count_items([100, 0]), "counts must contain"),
        (lambda: count_groups([]), "counts must contain"),
        (lambda: count_groups([np.arange(3), np.array([], int)]), "1 or more scored items"),
    ],
)
def test_invalid_settings_and_scores_are_refused(call, why):
    with pytest.raises(UserError, match=why):
        call()
