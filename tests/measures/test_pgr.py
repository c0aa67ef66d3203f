"""PGR: known answers, its fixed points, and what it says where it has no value."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing.measures import estimate_pgr, performance_gap_recovered


def generator(seed=0):
    return np.random.default_rng(seed)


def roles(accuracies=(0.6, 0.75, 0.9), seeds=5, items=200, seed=1):
    draw = generator(seed).random((3, seeds, items))
    return list((draw < np.array(accuracies)[:, None, None]).astype(float))


def test_pgr_of_known_accuracies():
    # Burns et al. 2023, vision: AlexNet 56.6, student 66.6, ceiling 74.0.
    assert performance_gap_recovered(56.6, 66.6, 74.0) == pytest.approx(10.0 / 17.4)
    assert performance_gap_recovered(0.5, 0.4, 0.6) == pytest.approx(-1.0)


def test_pgr_is_nan_where_the_ceiling_is_not_above_the_weak():
    found = performance_gap_recovered([0.5, 0.5, 0.6], 0.5, [0.7, 0.5, 0.5])
    assert found[0] == 0.0
    assert np.isnan(found[1:]).all()


@given(
    weak=st.floats(0.0, 0.4),
    gap=st.floats(0.1, 0.5),
    share=st.floats(-1.0, 2.0),
    scale=st.floats(0.1, 10.0),
    shift=st.floats(-5.0, 5.0),
)
def test_pgr_does_not_change_with_the_unit_or_origin(weak, gap, share, scale, shift):
    parts = np.array([weak, weak + share * gap, weak + gap])
    assert performance_gap_recovered(*parts) == pytest.approx(share, abs=1e-9)
    assert performance_gap_recovered(*(scale * parts + shift)) == pytest.approx(share, abs=1e-7)


@given(seed=st.integers(0, 10_000))
def test_swapping_the_labels_of_items_and_seeds_changes_no_estimate(seed):
    arrays = roles(seeds=3, items=40, seed=seed)
    shuffle = generator(seed)
    items, seeds = shuffle.permutation(40), shuffle.permutation(3)
    moved = [array[seeds][:, items] for array in arrays]
    first = estimate_pgr(*arrays, rng=generator(), replicates=50)
    second = estimate_pgr(*moved, rng=generator(), replicates=50)
    assert first.pgr.value == pytest.approx(second.pgr.value, rel=1e-12)
    assert first.sd == pytest.approx(second.sd, rel=1e-9)


@pytest.mark.parametrize("baseline", ["pinned", "paired"])
@pytest.mark.parametrize("seeds", [1, 2, 10])
@pytest.mark.parametrize("clustered", [False, True])
def test_pgr_is_exactly_1_at_the_ceiling_and_0_at_the_weak_model(baseline, seeds, clustered):
    weak, _, ceiling = roles((0.5, 0.7, 0.95), seeds=seeds, items=301)
    clusters = np.arange(301) // 3 if clustered else None
    common = {"baseline": baseline, "clusters": clusters, "replicates": 200}
    one = estimate_pgr(weak, ceiling, ceiling, rng=generator(), **common)
    assert (one.pgr.value, one.pgr.low, one.pgr.high) == (1.0, 1.0, 1.0)
    nought = estimate_pgr(weak, weak, ceiling, rng=generator(), **common)
    assert (nought.pgr.value, nought.pgr.low, nought.pgr.high) == (0.0, 0.0, 0.0)


def test_pinned_is_the_ratio_of_means_and_paired_the_mean_of_ratios():
    weak = np.array([[1, 0, 0, 0, 0], [1, 1, 0, 0, 0]], dtype=float)  # .2, .4
    transfer = np.array([[1, 1, 0, 0, 0], [1, 1, 1, 0, 0]], dtype=float)  # .4, .6
    ceiling = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 1, 0]], dtype=float)  # 1, .8
    pinned = estimate_pgr(weak, transfer, ceiling, rng=generator())
    paired = estimate_pgr(weak, transfer, ceiling, baseline="paired", rng=generator())
    assert pinned.pgr.value == pytest.approx((0.5 - 0.3) / (0.9 - 0.3))
    assert pinned.sd == pytest.approx(np.std([0.1 / 0.6, 0.3 / 0.6], ddof=1))
    assert paired.pgr.value == pytest.approx((0.25 + 0.5) / 2)
    assert paired.sd == pytest.approx(np.std([0.25, 0.5], ddof=1))
    assert pinned.transfer.value == pytest.approx(0.5)


@pytest.mark.parametrize("baseline", ["pinned", "paired"])
def test_pgr_without_a_gap_is_undefined_and_noted(baseline):
    weak, transfer, ceiling = roles()
    found = estimate_pgr(ceiling, transfer, weak, baseline=baseline, rng=generator())
    assert (found.pgr.value, found.pgr.low, found.pgr.high, found.sd) == (None, None, None, None)
    assert "ceiling is not above the weak" in found.note
    assert found.weak.covers(found.weak.value)


def test_the_paired_note_counts_seeds_without_a_gap():
    weak, transfer, ceiling = roles()
    weak[2], ceiling[2] = ceiling[2].copy(), weak[2].copy()
    found = estimate_pgr(weak, transfer, ceiling, baseline="paired", rng=generator())
    assert found.pgr.value is None
    assert "in 1 of 5 seeds" in found.note
    assert estimate_pgr(weak, transfer, ceiling, rng=generator()).pgr.value is not None


@pytest.mark.parametrize("baseline", ["pinned", "paired"])
def test_an_inconclusive_gap_gives_an_unbounded_interval(baseline):
    """In each seed the ceiling mends two of the weak's errors and breaks one right answer."""
    weak = np.tile(np.arange(60) < 40, (4, 1)).astype(float)
    ceiling = weak.copy()
    for seed in range(4):
        ceiling[seed, [40 + 2 * seed, 41 + 2 * seed]] = 1.0
        ceiling[seed, seed] = 0.0
    found = estimate_pgr(weak, weak, ceiling, baseline=baseline, rng=generator())
    assert found.pgr.value == 0.0
    assert (found.pgr.low, found.pgr.high) == (None, None)
    assert "not clearly positive" in found.note


def test_one_seed_has_an_interval_over_items_and_a_note():
    found = estimate_pgr(*roles(seeds=1), rng=generator())
    assert found.sd is None
    assert found.pgr.low < found.pgr.value < found.pgr.high
    assert "one seed" in found.note


def test_replicates_are_determined_by_the_generator():
    arrays = roles()
    first = estimate_pgr(*arrays, rng=generator(7))
    assert first == estimate_pgr(*arrays, rng=generator(7))
    assert first.pgr.low != estimate_pgr(*arrays, rng=generator(8)).pgr.low


def test_a_higher_confidence_level_gives_a_wider_interval():
    arrays = roles()
    widths = []
    for level in (0.5, 0.8, 0.95, 0.99):
        found = estimate_pgr(*arrays, rng=generator(), level=level)
        widths.append(found.pgr.high - found.pgr.low)
    assert widths == sorted(widths)


def test_duplicating_every_item_in_its_cluster_does_not_shrink_the_interval():
    arrays = roles(seeds=1, items=120)
    twice = [np.repeat(array, 2, axis=1) for array in arrays]
    clusters = np.repeat(np.arange(120), 2)
    once = estimate_pgr(*arrays, rng=generator())
    kept = estimate_pgr(*twice, clusters=clusters, rng=generator())
    assert (kept.pgr.low, kept.pgr.high) == pytest.approx((once.pgr.low, once.pgr.high), rel=1e-9)
    # Without the clusters it does shrink: the copies would count as new evidence.
    fooled = estimate_pgr(*twice, rng=generator())
    assert fooled.pgr.high - fooled.pgr.low < 0.85 * (once.pgr.high - once.pgr.low)


def test_pairing_on_items_narrows_the_interval():
    difficulty = generator(3).random((1, 1, 400))
    lines = np.array([0.6, 0.75, 0.9])[:, None, None]
    noise = 0.05 * generator(4).standard_normal((3, 5, 400))
    together = (difficulty + noise < lines).astype(float)
    apart = np.stack([generator(9 + r).permutation(together[r].T).T for r in range(3)])
    paired = estimate_pgr(*together, rng=generator())
    unpaired = estimate_pgr(*apart, rng=generator())
    assert paired.pgr.high - paired.pgr.low < 0.8 * (unpaired.pgr.high - unpaired.pgr.low)


GOOD = np.ones((2, 4))


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((GOOD[0], GOOD, GOOD), {}, "weak must have shape"),
        ((GOOD, GOOD[:, :3], GOOD), {}, "shapes differ"),
        ((GOOD, GOOD * np.nan, GOOD), {}, "transfer contains NaN"),
        ((GOOD, GOOD, GOOD * 2), {}, "ceiling must be from 0 to 1"),
        (
            (GOOD, GOOD, GOOD),
            {"baseline": "mean"},
            "baseline must be 'pinned' or 'paired', got 'mean'",
        ),
        ((GOOD, GOOD, GOOD), {"level": 95}, "level must be between 0 and 1, such as 0.95, got 95"),
        (
            (GOOD, GOOD, GOOD),
            {"replicates": 10},
            "replicates must be 40 or more at level 0.95, got 10",
        ),
        ((GOOD, GOOD, GOOD), {"rng": 3}, "rng must be a numpy.random.Generator, got int"),
        ((GOOD, GOOD, GOOD), {"clusters": [0, 1]}, "clusters must have shape"),
        ((GOOD, GOOD, GOOD), {"clusters": [0.5, 1, 1, 1]}, "clusters must contain integers"),
        ((GOOD, GOOD, GOOD), {"clusters": [1, 1, 1, 1]}, "2 or more clusters"),
    ],
)
def test_bad_input_is_one_clear_line(arguments, options, words):
    with pytest.raises(ValueError, match=words) as caught:
        estimate_pgr(*arguments, **{"rng": generator(), **options})
    assert "\n" not in str(caught.value)
    assert re.search("must|needs", str(caught.value))
