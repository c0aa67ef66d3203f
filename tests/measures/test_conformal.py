"""Conformal alarms: definition, ties, rates that references reach, and false alarms."""

import numpy as np
import pytest

from truing.measures import conformal_p, is_reachable, raise_alarms, reach_note, unusualness


def draw(seed, ties, size):
    scores = np.random.default_rng([17, seed]).normal(size=size)
    return np.round(scores) if ties else scores


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("two_sided", [False, True])
def test_p_is_the_share_of_systems_at_least_as_suspicious(two_sided, ties):
    for seed, R in enumerate((1, 4, 19, 98)):
        scores, references = draw(seed, ties, 6), draw(seed + 10, ties, R)
        expected = []
        for score in scores:
            middle = np.median([*references, score]) if two_sided else 0.0
            far = abs if two_sided else float
            count = sum(far(one - middle) >= far(score - middle) - 1e-12 for one in references)
            expected.append((1 + count) / (1 + R))
        assert conformal_p(scores, references, two_sided=two_sided).tolist() == expected


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("two_sided", [False, True])
@pytest.mark.parametrize("fpr", [0.01, 0.05, 0.29, 0.5])
def test_of_honest_systems_at_most_the_declared_share_has_an_alarm(fpr, two_sided, ties):
    """Each of 100 exchangeable systems is watched once, with the others as references."""
    for seed in range(5):
        systems = draw(seed, ties, 100)
        false = sum(
            raise_alarms([one], np.delete(systems, at), fpr, two_sided=two_sided)[0]
            for at, one in enumerate(systems)
        )
        assert false <= round(100 * fpr)
        if not ties and not two_sided:
            assert false == round(100 * fpr)


def test_a_tie_with_a_reference_is_no_evidence():
    assert conformal_p([1.0], [1.0, 1.0, 0.0]).tolist() == [0.75]
    assert not raise_alarms([1.0], np.ones(99), 0.05).any()


def test_distances_that_differ_by_rounding_are_ties():
    """The distances of 0.1 and 0.3 from 0.2 differ in their last bit."""
    assert abs(0.3 - 0.2) != abs(0.1 - 0.2)
    assert conformal_p([0.1], [0.2, 0.3], two_sided=True).tolist() == [2 / 3]
    assert conformal_p([0.3], [0.2, 0.1], two_sided=True).tolist() == [2 / 3]


@pytest.mark.parametrize(("fpr", "least"), [(0.01, 99), (0.05, 19), (0.2, 4), (0.3, 3)])
def test_a_rate_needs_enough_references(fpr, least):
    extreme = [1e9]
    assert is_reachable(fpr, least)
    assert not is_reachable(fpr, least - 1)
    assert raise_alarms(extreme, np.arange(least), fpr).all()
    assert not raise_alarms(extreme, np.arange(least - 1), fpr).any()


def test_without_references_there_is_no_alarm():
    assert conformal_p([5.0, -5.0], []).tolist() == [1.0, 1.0]
    assert not raise_alarms([5.0], [], 0.5).any()


def test_the_note_names_the_rates_that_references_do_not_reach():
    assert reach_note((0.01, 0.05), 99) == ""
    assert reach_note((0.01, 0.05), 20) == (
        "a false-positive rate of 1% needs 99 references, there are 20"
    )
    assert reach_note((0.01, 0.05), 5) == (
        "false-positive rates of 1% and 5% need 99 references, there are 5"
    )


def test_a_low_suspicion_is_unusual_only_for_a_two_sided_monitor():
    references = np.linspace(0.0, 1.0, 99)
    assert raise_alarms([-3.0], references, 0.05, two_sided=True).all()
    assert not raise_alarms([-3.0], references, 0.05).any()
    assert unusualness([-3.0], references) > unusualness([0.2], references)


@pytest.mark.parametrize("bad", [[np.nan], [np.inf], [[1.0]]])
def test_suspicions_must_be_finite_numbers(bad):
    with pytest.raises(ValueError, match="scores"):
        conformal_p(bad, [1.0, 2.0])
    with pytest.raises(ValueError, match="references"):
        conformal_p([1.0], bad)
