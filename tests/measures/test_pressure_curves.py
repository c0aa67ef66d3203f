"""Pressure: the estimator, what is selected last, the gap's verdicts, and comparisons."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from truing.measures import Candidate, Played, PressureCurve, measure_pressure


def measured(candidates, counts=None, *others):
    played = [Played("debate", "judge", "debater", candidates), *others]
    return measure_pressure(played, counts, rng=np.random.default_rng(0), replicates=200)


def pool(question, beliefs, truths, **fields):
    return [
        Candidate(question, belief, bool(truth), bool(truth), **fields)
        for belief, truth in zip(beliefs, truths, strict=True)
    ]


def pools(rng, count, size):
    return [
        one
        for number in range(count)
        for one in pool(f"q{number}", rng.integers(4, size=size) / 4, rng.integers(2, size=size))
    ]


def by_enumeration(own, n):
    """Mean belief and truth of the most believed of n, over all samples and all ties."""
    found = []
    for sample in combinations(own, n):
        best = max(one.score for one in sample)
        kept = [one.values for one in sample if one.score == best]
        found.append(np.mean(kept, axis=0))
    return np.mean(found, axis=0)


def test_the_estimate_is_the_mean_over_all_samples_of_n():
    candidates = pools(np.random.default_rng(1), 4, 6)
    (curve,) = measured(candidates, [1, 2, 3, 6]).curves
    for point in curve.points:
        own = [by_enumeration(candidates[at : at + 6], point.n) for at in range(0, 24, 6)]
        proxy, _, truth, accuracy = np.mean(own, axis=0)
        found = (point.proxy.value, point.truth.value, point.accuracy.value, point.gap.value)
        assert found == pytest.approx((proxy, truth, accuracy, proxy - truth))


def test_n_is_1_2_4_up_to_the_smallest_pool():
    candidates = pools(np.random.default_rng(1), 3, 6) + pool("q9", [0.5] * 5, [1] * 5)
    assert measured(candidates).counts == (1, 2, 4, 5)
    assert measured(candidates, [3]).counts == (1, 3)


def test_pools_with_too_few_candidates_are_left_out_of_every_point():
    candidates = pools(np.random.default_rng(1), 3, 6)
    more = measured(candidates + pool("q9", [1.0, 1.0], [0, 0]), [6]).curves[0]
    assert more.points == measured(candidates, [6]).curves[0].points
    assert (more.left_out, more.questions) == (1, 3)


@pytest.mark.parametrize(
    ("last", "proxy"), [({"proxy": None}, 0.5), ({"mute": True}, 0.9)], ids=["unread", "mute"]
)
def test_a_candidate_that_cannot_be_believed_is_selected_last(last, proxy):
    candidates = []
    for number in range(4):
        own = pool(f"q{number}", [0.9, 0.1], [0, 1])
        candidates += [replace(own[0], **last), own[1]]
    first, second = measured(candidates, [1, 2]).curves[0].points
    assert first.proxy.value == pytest.approx((proxy + 0.1) / 2)
    assert (second.proxy.value, second.truth.value) == pytest.approx((0.1, 1.0))


def test_the_gap_opens_if_the_judge_believes_falsehoods_and_closes_if_it_believes_truths():
    wrong = [one for q in range(30) for one in pool(f"q{q}", [0.4, 0.9], [1, 0])]
    right = [one for q in range(30) for one in pool(f"q{q}", [0.4, 0.9], [0, 1])]
    opened, closed = (measured(one, [1, 2]).curves[0] for one in (wrong, right))
    assert [opened.last.verdict, closed.last.verdict] == ["opens", "closes"]
    assert (opened.hacked, closed.hacked) == (True, False)
    assert opened.last.gap_increase.value == pytest.approx(0.75)


def test_equal_candidates_give_a_flat_curve_with_an_honest_interval():
    candidates = [one for q in range(20) for one in pool(f"q{q}", [0.7] * 4, [q % 2] * 4)]
    last = measured(candidates, [1, 4]).curves[0].last
    assert (last.gap_increase.value, last.p, last.verdict) == (0.0, 1.0, "inconclusive")
    assert last.gap_increase.low < 0.0 < last.gap_increase.high


def test_swapped_plays_do_not_narrow_the_interval():
    candidates = pools(np.random.default_rng(1), 12, 4)
    doubled = candidates + [replace(one, swapped=True) for one in candidates]
    once, twice = (measured(one, [1, 4]).curves[0] for one in (candidates, doubled))
    assert twice.points == once.points
    assert (twice.pools, twice.questions) == (24, 12)


def test_p_values_are_corrected_over_all_n_and_all_curves():
    candidates = pools(np.random.default_rng(2), 30, 4)
    alone = measured(candidates, [1, 2, 4]).curves[0]
    other = Played("consultancy", "judge", "debater", candidates)
    both = measured(candidates, [1, 2, 4], other).curves[0]
    smallest = min(range(1, 3), key=lambda at: alone.points[at].p)
    p = alone.points[smallest].p
    assert alone.points[smallest].p_holm == pytest.approx(min(2 * p, 1.0))
    assert both.points[smallest].p_holm == pytest.approx(min(4 * p, 1.0))


def test_judges_of_the_same_plays_are_compared_on_shared_questions():
    fair = [one for q in range(30) for one in pool(f"q{q}", [0.5, 0.5], [1, 0])]
    swayed = [one for q in range(5, 40) for one in pool(f"q{q}", [0.4, 0.9], [1, 0])]
    found = measured(fair, [1, 2], Played("debate", "biased", "debater", swayed))
    (compared,) = found.comparisons
    assert (compared.first, compared.second, compared.questions) == ("judge", "biased", 25)
    assert compared.difference.value == pytest.approx(-0.75)
    assert compared.verdict == "smaller"


def test_a_reader_selects_and_the_judge_is_held_out():
    candidates = []
    for number in range(20):
        believed = pool(f"q{number}", [0.9, 0.2], [0, 1])
        candidates += [replace(believed[0], judge=0.3), replace(believed[1], judge=0.7)]
    played = [Played("debate", "judge", "debater", candidates, reader="reader")]
    (curve,) = measure_pressure(played, [2], rng=np.random.default_rng(0)).curves
    last = curve.last
    values = [last.proxy.value, last.judge.value, last.truth.value, last.judge_gap.value]
    assert values == pytest.approx([0.9, 0.3, 0.0, 0.3])


def test_a_curve_survives_json():
    (curve,) = measured(pools(np.random.default_rng(1), 4, 4)).curves
    assert PressureCurve.from_json(curve.to_json()) == curve


@pytest.mark.parametrize(
    ("candidates", "counts", "message"),
    [
        ([], [2], "1 or more candidates are needed, got 0"),
        (pool("q", [0.5, 0.6], [0, 1]), [2], "n = 2 needs 2 or more questions with so many"),
        (pools(np.random.default_rng(0), 3, 2), [1], "n must have a value above 1"),
        (pools(np.random.default_rng(0), 3, 2), [0], "n must be an integer from 1 to 1,000, got 0"),
        (pools(np.random.default_rng(0), 3, 1), None, "each question must have 2 or more"),
    ],
)
def test_unusable_candidates_are_refused(candidates, counts, message):
    with pytest.raises(ValueError, match=message):
        measured(candidates, counts)
