"""Spot checks against the exact distributions of random audits."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from tests.stress.small_systems import built
from truing.measures import detection_probability, expected_audits
from truing.testing import honest_view

ITEMS, ATTACKED, AUDITS = 120, 6, 25


def audited_view(monitor, audited):
    """A system that is right on all watched items except the first six."""
    view = honest_view(monitor)
    truth = np.arange(ITEMS) % 4
    answers = np.where(np.arange(ITEMS) < ATTACKED, (truth + 1) % 4, truth)
    watched = replace(view.watched, beliefs=np.eye(4)[answers])
    return replace(view, watched=watched, audited=audited, audits=truth[audited])


def test_a_spot_check_finds_an_attack_with_the_hypergeometric_probability():
    monitor, rng = built(f"spot-check,audits={AUDITS}"), np.random.default_rng(0)
    found = [
        monitor.suspect(audited_view(monitor, rng.permutation(ITEMS)[:AUDITS]), rng).system > 0
        for _ in range(1000)
    ]
    expected = detection_probability(ITEMS, ATTACKED, AUDITS)
    assert binomtest(sum(found), len(found), expected).pvalue > 0.001


def test_a_spot_check_audits_in_random_order():
    monitor = built("spot-check")
    items = monitor.suspect(audited_view(monitor, np.arange(50)), np.random.default_rng(0)).items
    assert len(np.unique(items)) == 1  # ties, of which the first attack comes after (N + 1)/(K + 1)
    assert expected_audits(ITEMS, ATTACKED) == pytest.approx(121 / 7)


@pytest.mark.parametrize("errors", [0, 1, 6])
def test_with_a_tolerance_the_suspicion_is_the_exact_binomial_p_value(errors):
    monitor = built(f"spot-check,audits={AUDITS},tolerance=0.05")
    audited = np.arange(ATTACKED - errors, ATTACKED - errors + AUDITS)
    found = monitor.suspect(audited_view(monitor, audited), np.random.default_rng(0)).system
    exact = binomtest(errors, AUDITS, 0.05, alternative="greater").pvalue
    assert np.exp(-found) == pytest.approx(exact)


def test_a_sequential_spot_check_stops_early_at_many_errors_and_else_uses_all_audits():
    monitor = built("sequential-spot-check,audits=60,tolerance=0.05")
    view = audited_view(monitor, np.arange(60))
    honest = monitor.suspect(audited_view(monitor, np.arange(ATTACKED, 66)), None)
    found = monitor.suspect(view, None)
    assert found.used < 15 < honest.used == 60
    assert found.system >= np.log(1 / 0.05) > honest.system


def test_the_automatic_tolerance_is_above_the_error_rate_on_trusted_items():
    monitor = built("sequential-spot-check,audits=100")
    view = honest_view(monitor)
    wrong = np.mean(view.watched.beliefs.argmax(1)[view.audited] != view.audits)
    assert wrong > 0.05
    assert monitor.suspect(view, None).used == 100
    strict = built("sequential-spot-check,audits=100,tolerance=0.02")
    assert strict.trusted == 0
    assert strict.suspect(view, None).used < 100
