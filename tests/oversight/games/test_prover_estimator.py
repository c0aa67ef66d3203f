"""Prover-estimator game: the closed forms against search and simulation."""

import numpy as np
import pytest

from truing.oversight.games import GAMES
from truing.oversight.games._prover_estimator import accept_majority, shade


def play(specification):
    return GAMES.build(specification).value(np.random.default_rng(0), lambda *_: None).values


@pytest.mark.parametrize("weight", [0.3, 1.0, 1.5])
def test_no_pair_of_estimates_is_better_than_the_shaded_estimate(weight):
    """Two subclaims, one of which is false: all pairs of estimates on a grid."""
    first, second = np.meshgrid(np.linspace(0, 1, 401), np.linspace(0, 1, 401))
    gains = np.maximum(abs(0.5 - first), abs(0.5 - second))  # too low or too high
    losses = first * second + weight * gains
    best = shade(2, weight)
    assert best**2 + weight * (0.5 - best) == pytest.approx(losses.min(), abs=0.005)


def test_acceptance_agrees_with_drawn_truth_values():
    values = play("prover-estimator,doublings=4")
    rng = np.random.default_rng(0)
    for kind in ("calibrated", "shaded"):
        estimate = values["estimate"][kind]["16"]
        drawn = (rng.random((40_000, 16)) < estimate).all(axis=1).mean()
        assert values["accepted"][kind]["16"] == pytest.approx(drawn, abs=0.01)
    drawn = ((rng.random((40_000, 16)) < 0.4).sum(axis=1) > 8).mean()
    assert accept_majority(16, 0.4) == pytest.approx(drawn, abs=0.01)


def test_only_stable_arguments_or_shaded_estimates_reject_large_false_claims():
    accepted = play("prover-estimator,doublings=12")["accepted"]
    assert accepted["plain_debate"]["4096"] > 0.999
    assert accepted["calibrated"]["4096"] == pytest.approx(1 / np.e, abs=0.001)
    assert accepted["shaded"]["4096"] < 0.001
    assert accepted["calibrated_stable"]["4096"] < 1e-30


def test_shading_costs_less_for_larger_arguments():
    gains = play("prover-estimator,doublings=12")["prover_gain"]["shaded"]
    assert gains["4096"] < gains["256"] < gains["16"]
