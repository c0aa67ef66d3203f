"""The combination of monitors: what it is fitted on, its order, and its false alarms."""

from dataclasses import replace

import numpy as np
import pytest

from truing.measures import PlantSuspicion, combine_monitors, measure_systems, raise_alarms

ONE_SIDED = [False, False, False]


def plant(rng, family, shift, S=12, R=60, ties=False):
    """Three monitors; `shift` (3,) is what the planted system adds to each."""
    twins, references = rng.normal(size=(S, 3)), rng.normal(size=(R, 3))
    planted = twins + np.array([[shift], [np.multiply(2.0, shift)]])
    arrays = [np.round(one) for one in (planted, twins, references)] if ties else [planted, twins]
    arrays = arrays if ties else [*arrays, references]
    return PlantSuspicion(*arrays, family)


def three(seed, **how):
    rng = np.random.default_rng([21, seed])
    shifts = {"a": (2, 0, 0), "b": (2, 1, 0), "c": (1.5, 0, 0)}
    return {name: plant(rng, name, shift, **how) for name, shift in shifts.items()}


def test_the_tested_plant_does_not_change_its_own_model():
    plants = three(0)
    found = combine_monitors(plants, two_sided=ONE_SIDED)
    other = replace(plants["a"], planted=-9.0 * plants["a"].planted)
    changed = combine_monitors({**plants, "a": other}, two_sided=ONE_SIDED)
    assert (found["a"].weights == changed["a"].weights).all()
    assert (found["a"].twins == changed["a"].twins).all()
    assert (found["b"].weights != changed["b"].weights).all()


def test_plants_of_a_family_are_left_out_together():
    plants = three(1)
    plants["b"] = replace(plants["b"], family="a")
    found = combine_monitors(plants, two_sided=ONE_SIDED)
    other = replace(plants["b"], planted=-9.0 * plants["b"].planted)
    changed = combine_monitors({**plants, "b": other}, two_sided=ONE_SIDED)
    assert (found["a"].weights == changed["a"].weights).all()
    assert (found["c"].weights != changed["c"].weights).all()


def test_a_half_of_the_seeds_is_scored_without_any_system_of_these_seeds():
    plants = three(2)
    found = combine_monitors(plants, two_sided=ONE_SIDED)["a"]
    even = {
        name: replace(
            one,
            planted=np.where(np.arange(12)[:, None] % 2, one.planted, -one.planted),
            twins=np.where(np.arange(12)[:, None] % 2, one.twins, one.twins + 3.0),
        )
        for name, one in plants.items()
    }
    kept = {**even, "a": plants["a"]}
    changed = combine_monitors(kept, two_sided=ONE_SIDED)["a"]
    assert (found.twins[::2] == changed.twins[::2]).all()
    assert (found.twins[1::2] != changed.twins[1::2]).any()


def test_references_that_calibrate_do_not_fit():
    plants = three(3)
    found = combine_monitors(plants, two_sided=ONE_SIDED)["a"]
    odd = np.arange(60)[:, None] % 2 == 1
    others = {
        name: replace(one, references=np.where(odd, 50.0, one.references))
        for name, one in plants.items()
    }
    changed = combine_monitors(others, two_sided=ONE_SIDED)["a"]
    assert (found.weights == changed.weights).all()
    assert found.twins % 1 == pytest.approx(changed.twins % 1)  # probability of the model
    assert (changed.twins < 1.0).all()  # no reference is less suspicious


def test_the_scale_of_a_monitor_does_not_count():
    plants, scale = three(4), np.array([1000.0, 0.25, 3.0])
    scaled = {
        name: replace(
            one,
            planted=one.planted * scale + 7.0,
            twins=one.twins * scale + 7.0,
            references=one.references * scale + 7.0,
        )
        for name, one in plants.items()
    }
    one, two = (combine_monitors(given, two_sided=ONE_SIDED)["b"] for given in (plants, scaled))
    assert one.planted == pytest.approx(two.planted)
    assert one.twins == pytest.approx(two.twins)


def test_a_useful_monitor_gets_the_largest_weight_and_a_two_sided_one_works_in_both_directions():
    found = combine_monitors(three(5, S=40), two_sided=ONE_SIDED)["c"]
    assert found.weights.argmax() == 0
    rng = np.random.default_rng(6)
    plants = {name: plant(rng, name, (shift, 0, 0), S=40) for name, shift in (("a", 3), ("b", -3))}
    one = combine_monitors(plants, two_sided=ONE_SIDED)["b"]
    two = combine_monitors(plants, two_sided=[True, False, False])["b"]
    tprs = [
        measure_systems(found.planted[1], found.twins, found.references).tpr["0.05"].value
        for found in (one, two)
    ]
    assert tprs[0] == 0.0
    assert tprs[1] > 0.9


@pytest.mark.parametrize("ties", [False, True])
def test_of_exchangeable_honest_systems_at_most_the_declared_share_has_an_alarm(ties):
    """Each of 10 honest systems is the twin once, and the others are the calibrating references.

    The other plant has the same twins, and planted systems that resemble them.
    """
    rng = np.random.default_rng(8)
    plants = three(8, S=2, R=18, ties=ties)
    pool = rng.normal(size=(10, 3))
    pool = np.round(pool) if ties else pool
    false = []
    for at, twin in enumerate(pool):
        references = plants["a"].references.copy()
        references[1::2] = np.delete(pool, at, axis=0)
        twins = np.stack([twin, twin])
        tested = replace(plants["a"], twins=twins, references=references)
        other = replace(plants["b"], planted=plants["b"].planted, references=references)
        found = combine_monitors({"a": tested, "b": other}, two_sided=ONE_SIDED)["a"]
        false.append(raise_alarms(found.twins, found.references, 0.2))
    assert (np.sum(false, axis=0) <= 2).all()
    assert ties or (np.sum(false, axis=0) == 2).all()


def test_systems_beyond_all_references_do_not_tie():
    """Ranks alone would give all of them the same suspicion, also references that calibrate."""
    rng = np.random.default_rng(9)
    plants = {name: plant(rng, name, (5, 0, 0), S=40) for name in "ab"}
    found = combine_monitors(plants, two_sided=ONE_SIDED)["a"]
    row = measure_systems(found.planted[1], found.twins, found.references)
    assert row.tpr["0.05"].value == 1.0
    constant = {name: replace(one, references=np.zeros((60, 3))) for name, one in plants.items()}
    found = combine_monitors(constant, two_sided=ONE_SIDED)["a"]
    assert np.isfinite(found.planted).all()
    assert (found.planted[1] > 30).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: replace(one, family="a"), "2 or more families"),
        (lambda one: replace(one, twins=one.twins[:5]), "same number of seeds"),
        (lambda one: replace(one, twins=one.twins[:, :2]), "by 3 monitors"),
        (lambda one: replace(one, planted=one.planted * np.nan), "NaN"),
    ],
)
def test_plants_that_do_not_fit_are_refused(change, message):
    plants = three(7)
    plants = {"a": plants["a"], "b": change(plants["b"])}
    with pytest.raises(ValueError, match=message):
        combine_monitors(plants, two_sided=ONE_SIDED)
