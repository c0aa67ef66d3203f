"""Paired differences of monitors in TPR: exact p-values, intervals, Holm's correction."""

import numpy as np
import pytest
from scipy.stats import binomtest

from truing.measures import compare_alarms, holm


def test_p_is_the_exact_test_of_mcnemar():
    rng = np.random.default_rng(0)
    shares = {"a": 0.3, "b": 0.6, "c": 0.9, "d": 0.3}
    alarms = {name: rng.random(20) < share for name, share in shares.items()}
    found = compare_alarms(alarms, reference="b")
    assert [one.monitor for one in found] == ["a", "c", "d"]
    raw = []
    for one in found:
        gained = int((alarms[one.monitor] & ~alarms["b"]).sum())
        differing = int((alarms[one.monitor] != alarms["b"]).sum())
        raw.append(binomtest(gained, differing).pvalue)
        assert one.difference.p == pytest.approx(raw[-1])
        value = alarms[one.monitor].mean() - alarms["b"].mean()
        assert one.difference.value == pytest.approx(value)
        assert one.difference.covers(one.difference.value)
    assert [one.p_holm for one in found] == pytest.approx(holm(raw))


def test_equal_alarms_are_inconclusive_with_an_interval():
    same = np.arange(20) < 10
    (found,) = compare_alarms({"a": same, "b": same})
    assert (found.difference.value, found.difference.p, found.verdict) == (0.0, 1.0, "inconclusive")
    assert found.difference.low < 0.0 < found.difference.high


@pytest.mark.parametrize(("gained", "lost"), [(0.2, 0.2), (0.5, 0.1), (0.05, 0.0)])
def test_intervals_cover_and_p_is_valid(gained, lost):
    rng = np.random.default_rng(1)
    covered = rejected = 0
    for _ in range(400):
        kind = rng.random(20)
        first, second = kind < gained, (kind >= gained) & (kind < gained + lost)
        (found,) = compare_alarms({"reference": second, "monitor": first})
        covered += found.difference.covers(gained - lost)
        rejected += found.difference.p < 0.05
    assert covered >= 0.93 * 400
    assert gained != lost or rejected <= 0.05 * 400


def test_monitors_must_have_watched_the_same_systems():
    with pytest.raises(ValueError, match="alarms of b must have shape"):
        compare_alarms({"a": np.zeros(3, bool), "b": np.zeros(4, bool)})
    with pytest.raises(ValueError, match="no monitor 'c'"):
        compare_alarms({"a": np.zeros(3, bool)}, reference="c")
