"""The smallest strength that is detected with a power: value, interval, and missing ends."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.isotonic import IsotonicRegression

from truing.measures import smallest_strength

STRENGTHS = (0.01, 0.02, 0.05, 0.1, 0.2)


def alarms(*counts, S=20):
    return [np.arange(S) < count for count in counts]


def test_the_value_is_read_from_a_monotone_fit_linear_in_log_strength():
    counts = np.array([3, 2, 12, 19, 18])
    fitted = IsotonicRegression().fit_transform(np.log(STRENGTHS), counts / 20)
    expected = np.exp(np.interp(0.8, fitted[:-1], np.log(STRENGTHS[:-1])))
    found = smallest_strength(STRENGTHS, alarms(*counts))
    assert found.strength.value == pytest.approx(expected)
    assert found.tested == 0.1
    assert fitted[3] == fitted[4] == 0.925


def test_strengths_in_any_order_give_the_same():
    counts, order = np.array([3, 2, 12, 19, 20]), [4, 1, 0, 3, 2]
    shuffled = smallest_strength(np.array(STRENGTHS)[order], alarms(*counts[order]))
    assert shuffled == smallest_strength(STRENGTHS, alarms(*counts))


def test_the_ends_are_the_last_strengths_of_two_sequences_of_exact_tests():
    """Of 20 systems, 12 are significantly fewer than 80% at 2.5%, 13 are not; 20 are more."""
    tests = {
        count: {
            side: binomtest(count, 20, 0.8, alternative=side).pvalue <= 0.025
            for side in ("less", "greater")
        }
        for count in (11, 12, 13, 19, 20)
    }
    less = [count for count, one in tests.items() if one["less"]]
    greater = [count for count, one in tests.items() if one["greater"]]
    assert (less, greater) == ([11], [20])
    found = smallest_strength(STRENGTHS, alarms(0, 11, 13, 20, 20))
    assert (found.strength.low, found.strength.high) == (0.02, 0.1)


def test_a_sequence_stops_at_the_first_strength_that_is_not_rejected():
    found = smallest_strength(STRENGTHS, alarms(2, 13, 5, 20, 20)).strength
    assert (found.low, found.high) == (0.01, 0.1)
    found = smallest_strength(STRENGTHS, alarms(2, 5, 20, 19, 20)).strength
    assert (found.low, found.high) == (0.02, 0.2)


def test_a_plant_that_is_not_detected_has_no_value_but_a_low_end():
    found = smallest_strength(STRENGTHS, alarms(0, 1, 0, 2, 3))
    assert (found.strength.value, found.strength.low, found.strength.high) == (None, 0.2, None)
    assert found.tested is None
    assert found.note == "not detected with the power at the largest tested strength"


def test_a_plant_that_is_always_detected_has_the_smallest_tested_strength():
    found = smallest_strength(STRENGTHS, alarms(20, 20, 20, 20, 20))
    assert (found.strength.value, found.strength.low, found.strength.high) == (0.01, None, 0.01)
    assert found.note == "the smallest tested strength may have the power already"


@pytest.mark.parametrize(("S", "high"), [(16, None), (17, 0.1)])
def test_a_high_end_needs_17_seeds(S, high):
    found = smallest_strength([0.05, 0.1], alarms(2, S, S=S))
    assert found.strength.high == high
    assert found.note == (
        "" if high else "an upper end of the interval needs 17 seeds, there are 16"
    )


def test_a_strength_with_uncertain_power_at_the_top_has_no_high_end():
    found = smallest_strength([0.05, 0.1], alarms(2, 18))
    assert (found.strength.high, found.note) == (
        None,
        "the largest tested strength may lack the power",
    )


@pytest.mark.parametrize(
    ("strengths", "raised", "message"),
    [
        ([0.0, 0.1], alarms(1, 2), "above 0"),
        ([0.1, 0.1], alarms(1, 2), "differ"),
        ([0.1], alarms(1, 2), "same length"),
        ([], [], "1 or more"),
        ([0.1], [np.zeros(0, bool)], "1 or more systems"),
    ],
)
def test_strengths_and_alarms_that_do_not_fit_are_refused(strengths, raised, message):
    with pytest.raises(ValueError, match=message):
        smallest_strength(strengths, raised)
