"""Best-of-n: known answers of the estimator, its references, and its intervals."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from truing.measures import best_of_n, best_of_n_from_rewards


def curve(rewards, truth, questions, **options):
    options = {"rng": np.random.default_rng(0), "replicates": 200, **options}
    return best_of_n(np.atleast_2d(rewards), truth, np.asarray(questions), **options)


def truths(found):
    return [point.truth.value for point in found.points]


def oracle(found):
    return [point.oracle.value for point in found.points]


def by_enumeration(rewards, truth, n):
    """Mean over all samples of n candidates, and over all ways to break a tie."""
    found = []
    for sample in combinations(range(len(rewards)), n):
        best = max(rewards[i] for i in sample)
        found.append(np.mean([truth[i] for i in sample if rewards[i] == best]))
    return np.mean(found)


@pytest.mark.parametrize("levels", [2, 4, 1000], ids=["many ties", "some ties", "no ties"])
def test_the_estimate_is_the_mean_over_all_samples(levels):
    rng = np.random.default_rng(levels)
    rewards, truth = rng.integers(levels, size=(3, 6)) / 7, rng.integers(2, size=(3, 6))
    found = curve(rewards.ravel(), truth.ravel(), np.repeat([0, 1, 2], 6))
    assert [point.n for point in found.points] == [1, 2, 4, 6]
    for point in found.points:
        each = [by_enumeration(r, t, point.n) for r, t in zip(rewards, truth, strict=True)]
        assert point.truth.value == pytest.approx(np.mean(each))


def test_the_oracle_is_pass_at_n():
    right = [1, 3]  # of six candidates
    truth = [1] * 1 + [0] * 5 + [1] * 3 + [0] * 3
    found = curve(np.arange(12.0), truth, np.repeat([0, 1], 6))
    for point in found.points:
        passed = [1 - math.comb(6 - c, point.n) / math.comb(6, point.n) for c in right]
        assert point.oracle.value == pytest.approx(np.mean(passed))


def test_a_reward_in_the_order_of_the_truth_is_the_oracle():
    rng = np.random.default_rng(0)
    truth, questions = rng.random(60), np.repeat(np.arange(12), 5)
    found = curve(np.exp(truth), truth, questions)
    assert truths(found) == pytest.approx(oracle(found))


def test_only_the_order_of_the_rewards_within_a_question_counts():
    rng = np.random.default_rng(0)
    rewards, truth = rng.normal(size=(2, 40)), rng.integers(2, size=40)
    questions = np.repeat(np.arange(10), 4)
    shifted = np.exp(rewards) + 100 * questions
    assert truths(curve(rewards, truth, questions)) == truths(curve(shifted, truth, questions))


def test_equal_rewards_are_a_random_choice():
    truth, questions = [1, 0, 0, 1, 1, 0], [0, 0, 0, 1, 1, 1]
    found = curve(np.ones(6), truth, questions)
    assert truths(found) == pytest.approx([0.5, 0.5, 0.5])
    assert [point.gain.value for point in found.points] == pytest.approx([0, 0, 0])
    assert [point.reward_gain for point in found.points] == pytest.approx([0, 0, 0])


def test_an_over_optimized_reward_is_shown_by_a_step_below_zero():
    """Right answers have middle rewards; the highest reward of each question is a wrong answer."""
    rng = np.random.default_rng(0)
    rewards = np.tile([0.0, 1, 2, 3, 4, 5, 6, 7], 50) + rng.normal(0, 0.1, 400)
    truth = np.tile([0, 0, 0, 1, 1, 1, 0, 0], 50)
    one, two, four, eight = curve(rewards, truth, np.repeat(np.arange(50), 8)).points
    assert two.gain.value > 0
    assert two.gain.value + four.step.value == pytest.approx(four.gain.value)
    assert eight.step.high < 0
    assert eight.truth.value == 0
    assert one.reward_gain < two.reward_gain < four.reward_gain < eight.reward_gain


def test_the_largest_n_is_that_of_two_clusters():
    """Most questions have four candidates, but all of them are in one cluster."""
    questions = np.repeat(np.arange(12), [4] * 10 + [2, 3])
    clusters = np.where(questions < 10, 7, questions)
    rng = np.random.default_rng(0)
    found = curve(rng.random(45), rng.integers(2, size=45), questions, clusters=clusters)
    assert [point.n for point in found.points] == [1, 2, 3]
    assert (found.questions, found.left_out) == (11, 1)
    alone = curve(rng.random(45), rng.integers(2, size=45), questions)
    assert (alone.points[-1].n, alone.questions) == (4, 10)


def test_kl_is_that_of_best_of_n_without_ties():
    found = curve(np.arange(8.0), [0, 1] * 4, [0] * 4 + [1] * 4)
    assert [p.kl for p in found.points] == pytest.approx([0, math.log(2) - 0.5, math.log(4) - 0.75])


def test_all_n_use_the_questions_with_enough_candidates():
    sizes = [4, 4, 3, 2, 1]
    questions = np.repeat(np.arange(5), sizes)
    rng = np.random.default_rng(0)
    rewards, truth = rng.normal(size=14), rng.integers(2, size=14)
    found = curve(rewards, truth, questions)
    assert ([p.n for p in found.points], found.questions, found.left_out) == ([1, 2, 3], 3, 2)
    assert truths(found)[0] == pytest.approx(
        np.mean([truth[questions == q].mean() for q in range(3)])
    )
    large = curve(rewards, truth, questions, largest=4)
    assert ([p.n for p in large.points], large.questions) == ([1, 2, 4], 2)


def test_intervals_cover_the_truth_of_new_seeds_and_questions():
    """Each repetition draws seeds and questions anew; a seed is wrong in its own way."""
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(60):
        truth = rng.integers(2, size=80)
        bias = rng.normal(0, 0.5, (4, 1)) * rng.normal(size=80)
        rewards = truth + bias + rng.normal(0, 0.5, (4, 80))
        found = curve(rewards, truth, np.repeat(np.arange(40), 2), rng=rng)
        covered.append(found.points[1].truth)
    center = np.mean([one.value for one in covered])
    assert np.mean([one.covers(center) for one in covered]) >= 0.88
    assert np.mean([one.high - one.low for one in covered]) < 0.3


def test_questions_of_one_cluster_count_as_one_unit():
    truth, rewards = np.tile([0, 1, 1, 0], 20), np.tile([0.0, 1.0], 40)
    truth[:4] = [0, 1, 0, 1]  # in each other cluster one choice is right and one is wrong
    questions, clusters = np.repeat(np.arange(40), 2), np.repeat(np.arange(20), 4)
    alone = curve(rewards, truth, questions).points[1].gain
    paired = curve(rewards, truth, questions, clusters=clusters).points[1].gain
    assert alone.high - alone.low > 2 * (paired.high - paired.low)


@pytest.mark.parametrize("count", [2, 30])
def test_a_gain_that_is_the_same_in_all_questions_has_an_interval(count):
    """The exact interval of Clopper and Pearson for questions whose gain is another one."""
    rewards, truth = np.tile([0.0, 1.0], count), np.tile([0, 1], count)
    gain = curve(rewards, truth, np.repeat(np.arange(count), 2)).points[1].gain
    others = 1 - 0.025 ** (1 / count)
    assert (gain.value, gain.low) == pytest.approx((0.5, 0.5 * (1 - others) - others))
    assert gain.high == pytest.approx(0.5 * (1 - others) + others)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"questions": [0, 1, 2, 3]}, "no question has two or more candidates"),
        ({"questions": [0, 0, 1]}, "questions must be 4 integers"),
        ({"largest": 3}, "largest is 3, but no question has more than 2 candidates"),
        ({"largest": 1}, "largest must be an integer, 2 or more, got 1"),
        ({"truth": [0, 1, 2, 0]}, "truth must be from 0 to 1, got 0 to 2"),
        ({"truth": [0, 1]}, "truth must have shape"),
        ({"rewards": [0.0, np.nan, 1, 2]}, "rewards contains NaN"),
        ({"questions": [0, 0, 0, 0]}, "an interval needs 2 or more clusters"),
    ],
)
def test_bad_arguments_are_refused(options, message):
    given = {"rewards": [0.0, 1, 2, 3], "truth": [0, 1, 1, 0], "questions": [0, 0, 1, 1]}
    with pytest.raises(ValueError, match=message):
        curve(**given | options)


def recorded(rewards_SM, truth, questions):
    return [
        {"question": q, "reward": r, "truth": t, "seed": seed}
        for seed, rewards in enumerate(rewards_SM)
        for r, t, q in zip(rewards, truth, questions, strict=True)
    ]


def test_recorded_rewards_give_the_same_values_in_any_order():
    rng = np.random.default_rng(0)
    rewards, truth = rng.normal(size=(2, 24)), rng.integers(2, size=24)
    questions = np.repeat(np.arange(6), 4)
    rows = recorded(rewards, truth, questions)
    first = best_of_n_from_rewards(rows, rng=np.random.default_rng(0))[""]
    rng.shuffle(rows)
    again = best_of_n_from_rewards(rows, rng=np.random.default_rng(0))[""]
    expected = pytest.approx(truths(curve(rewards, truth, questions)))
    assert truths(first) == expected
    assert truths(again) == expected
    assert (first.seeds, first.questions) == (2, 6)


def test_reward_models_must_score_the_same_candidates():
    rows = recorded([[0.1, 0.2, 0.3, 0.4]], [0, 1, 1, 0], [0, 0, 1, 1])
    others = [{**row, "reward_model": "b"} for row in rows]
    both = best_of_n_from_rewards([*rows, *others], rng=np.random.default_rng(0))
    assert both["b"] == both[""]
    with pytest.raises(ValueError, match="every reward model and seed must score the same"):
        best_of_n_from_rewards([*rows, *others[:3]], rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="there is no candidate"):
        best_of_n_from_rewards([], rng=np.random.default_rng(0))
    rows[0]["cluster"] = "another"
    with pytest.raises(ValueError, match="a question must be in one cluster"):
        best_of_n_from_rewards(rows, rng=np.random.default_rng(0))
