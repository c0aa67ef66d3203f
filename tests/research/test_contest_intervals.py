"""Intervals of gains: those of a contest cover the questions, and reports show the range -1..1."""

from __future__ import annotations

import numpy as np
import pytest

from tests.research.planting import Planted, config, number
from truing.measures import paired_difference
from truing.research import ChooseProtocol, OversightContest, Referee, WeakToStrong
from truing.research.problems import Evaluation, Gain
from truing.research.problems._gain import difference_of_plays

SEEDS, QUESTIONS = 2, 12


def plays(rng: np.random.Generator, effect: float) -> np.ndarray:
    """(2, S, N) right verdicts under a protocol and a baseline; questions differ in difficulty."""
    difficulty_N = rng.normal(0.5, 1.5, QUESTIONS)
    logit_2N = difficulty_N + np.array([[effect], [0.0]]) + rng.normal(0.0, 1.0, (2, QUESTIONS))
    chance_2N = 1.0 / (1.0 + np.exp(-logit_2N))
    return (rng.random((SEEDS, 2, QUESTIONS)) < chance_2N).astype(float).swapaxes(0, 1)


def test_the_interval_of_a_contest_covers_its_true_gain_and_stays_within_its_range():
    rng = np.random.default_rng(7)
    found = [
        difference_of_plays(*plays(rng, 0.0), None, np.random.default_rng(i)) for i in range(250)
    ]
    covered = np.mean([one.covers(0.0) for one in found])
    assert 0.91 <= covered <= 0.99
    assert all(one.low >= -1.0 and one.high <= 1.0 for one in found)
    assert np.mean([one.p < 0.05 for one in found]) < 0.09


def test_seeds_of_a_contest_are_repeated_plays_of_each_question():
    """Crossed seeds would estimate an effect of two seeds with one degree of freedom."""
    right, baseline = plays(np.random.default_rng(20), 1.5)
    found = difference_of_plays(right, baseline, None, np.random.default_rng(0))
    crossed = paired_difference(right, baseline, rng=np.random.default_rng(0))
    assert found.value == pytest.approx(crossed.value)
    assert found.high - found.low < crossed.high - crossed.low
    swapped = right[::-1], baseline[::-1]  # the seeds have no order and no effect
    assert difference_of_plays(*swapped, None, np.random.default_rng(0)) == found


def test_verdicts_are_restricted_to_few_seeds_only_if_items_share_them():
    assert WeakToStrong(seeds=2).shared_seeds == 2
    assert OversightContest(seeds=2).shared_seeds is None
    assert ChooseProtocol(seeds=2).shared_seeds is None


class Wide(Planted):
    """Gains of 0 with intervals that leave -1..1; a larger number has the narrower interval."""

    def evaluate(self, submission, tier, seeds) -> Evaluation:
        half = 1.5 - float(submission.content.rpartition("number=")[2])
        return Evaluation((Gain(0.0, -half, half, 1.0, tier, 0.5),))


def test_finalists_are_ranked_by_unclipped_intervals_and_shown_with_clipped_ones(tmp_path):
    referee = Referee(tmp_path, config(), Wide(lambda content, tier: 0.0))
    numbers = [referee.submit("ada", number(one)).number for one in (0.1, 0.3, 0.2)]
    found = referee.close()
    assert [one.submission for one in found] == [numbers[1], numbers[2], numbers[0]]
    shown = [gain for one in found for gains in one.gains.values() for gain in gains]
    assert {(one.low, one.high) for one in shown} == {(-1.0, 1.0)}
