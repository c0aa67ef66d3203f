"""Verdicts: decided in one place, and restricted to the seeds where there are one or two."""

import math

import pytest

from truing.measures import base_verdict, decide_verdict, on_few_seeds, verdict_basis


@pytest.mark.parametrize(
    ("value", "p", "seeds", "verdict", "basis"),
    [
        (0.1, 0.01, 10, "better", "items and 10 seeds"),
        (-0.1, 0.01, 3, "worse", "items and 3 seeds"),
        (0.1, 0.01, None, "better", "items"),
        (0.1, 0.01, 1, "better on this seed", "items of 1 seed"),
        (-0.1, 0.01, 1, "worse on this seed", "items of 1 seed"),
        (0.1, 0.01, 2, "better on these 2 seeds", "items of 2 seeds"),
        (0.1, 0.05, 10, "inconclusive", "items and 10 seeds"),
        (0.1, 0.9, 1, "inconclusive", "items of 1 seed"),
        (0.1, math.nan, 10, "inconclusive", "items and 10 seeds"),
        (None, 0.01, 10, "inconclusive", "items and 10 seeds"),
        (0.1, None, None, "inconclusive", "items"),
    ],
)
def test_a_verdict_states_what_it_is_based_on(value, p, seeds, verdict, basis):
    assert decide_verdict(value, p, seeds=seeds) == verdict
    assert verdict_basis(seeds) == basis
    few = seeds in (1, 2) and verdict != "inconclusive"
    assert on_few_seeds(verdict) == few


def test_verdicts_of_compared_runs_are_restricted_by_seeds():
    assert decide_verdict(-1, 0.01, seeds=1, words=("higher", "lower")) == "lower on this seed"


def test_restricted_and_older_verdicts_have_a_base_verdict():
    assert base_verdict("better on these 2 seeds") == "better"
    assert base_verdict("unclear") == base_verdict("inconclusive") == "inconclusive"


def test_null_methods_get_no_verdict_from_one_seed_and_few_from_more(planted):
    """By p alone one seed would call far too many better or worse."""
    one = planted.measure_false_verdicts(planted.Setting(1, 500, "seed", False), 200, 50, seed=3)
    assert one[0] > 0.2
    assert one[1] == 0.0
    ten = planted.measure_false_verdicts(planted.Setting(10, 500, "seed", False), 200, 50, seed=3)
    assert 0.0 < ten[1] <= 0.1
