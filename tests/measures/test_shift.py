"""PGR under shift: exact answers, agreement with PGR of one domain, shared seeds and clusters."""

from dataclasses import replace

import numpy as np
import pytest

from truing.measures import (
    UNDEFINED,
    CrossedMoves,
    DomainScores,
    Estimate,
    estimate_pgr,
    estimate_shift,
    spread_of,
    sum_clusters,
)
from truing.measures._effects import Effects

BASELINES = ("pinned", "paired")


def generator(seed=0):
    return np.random.default_rng(seed)


def scored(accuracies=(0.6, 0.75, 0.9), *, seeds=5, items=150, first=0, seed=1):
    """A domain with independent items, whose clusters are numbered from `first`."""
    draw = generator(seed).random((3, seeds, items))
    roles = (draw < np.array(accuracies)[:, None, None]).astype(float)
    return DomainScores(*roles, clusters=first + np.arange(items))


HOME = scored()
OTHERS = [
    scored((0.6, 0.7, 0.9), first=150, seed=2),
    scored((0.6, 0.62, 0.9), first=300, seed=3),
    scored((0.6, 0.8, 0.9), first=450, seed=4),
]
NO_GAP = scored((0.9, 0.7, 0.6), first=600, seed=5)


def ends(found: Estimate):
    return (found.value, found.low, found.high)


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize("seeds", [1, 5])
def test_domains_equal_to_home_have_drop_0(baseline, seeds):
    home = scored(seeds=seeds)
    found = estimate_shift(home, [home, home, home], baseline=baseline, rng=generator())
    assert [ends(drop) for drop in found.drops] == [(0.0, 0.0, 0.0)] * 3
    assert found.pgr[0] == found.pgr[1]
    assert found.worst == 0
    assert found.worst_pgr.low == found.pgr[0].low
    assert found.worst_pgr.high >= found.pgr[0].high  # corrected for three domains


@pytest.mark.parametrize("baseline", BASELINES)
def test_each_pgr_agrees_with_estimate_pgr(baseline):
    found = estimate_shift(HOME, OTHERS, baseline=baseline, rng=generator(), replicates=4000)
    for own, domain in zip(found.pgr, OTHERS, strict=True):
        roles = (domain.weak, domain.transfer, domain.ceiling)
        alone = estimate_pgr(*roles, baseline=baseline, rng=generator(9), replicates=4000).pgr
        assert own.value == alone.value
        assert (own.low, own.high) == pytest.approx((alone.low, alone.high), abs=0.02)


def test_the_first_domain_alone_has_the_same_replicates_as_estimate_pgr():
    """Home and domain on equal clusters draw the same weights as one domain does."""
    found = estimate_shift(HOME, [HOME], rng=generator())
    alone = estimate_pgr(HOME.weak, HOME.transfer, HOME.ceiling, rng=generator())
    assert ends(found.pgr[0]) == pytest.approx(ends(alone.pgr), rel=1e-12)


def test_drops_are_home_minus_domain_and_the_worst_is_the_lowest():
    found = estimate_shift(HOME, OTHERS, rng=generator())
    home = estimate_pgr(HOME.weak, HOME.transfer, HOME.ceiling, rng=generator()).pgr.value
    for drop, pgr in zip(found.drops, found.pgr, strict=True):
        assert drop.value == pytest.approx(home - pgr.value)
        assert drop.low < drop.value < drop.high
    assert found.mean.value == pytest.approx(np.mean([pgr.value for pgr in found.pgr]))
    assert found.worst == 1
    assert found.worst_pgr.value == found.pgr[1].value
    assert found.worst_pgr.low == min(pgr.low for pgr in found.pgr)


def test_the_order_of_domains_changes_nothing_else():
    order = [2, 0, 1]
    first = estimate_shift(HOME, OTHERS, rng=generator())
    moved = estimate_shift(HOME, [OTHERS[d] for d in order], rng=generator())
    assert moved.pgr == tuple(first.pgr[d] for d in order)
    assert moved.drops == tuple(first.drops[d] for d in order)
    assert order[moved.worst] == first.worst
    assert moved.worst_pgr == first.worst_pgr
    assert ends(moved.mean) == pytest.approx(ends(first.mean), rel=1e-12)


def test_shared_clusters_narrow_the_drop_if_home_and_domain_err_on_the_same_questions():
    easy = generator(7).random(200)  # one difficulty for each question
    lines = np.array([0.6, 0.75, 0.9])[:, None, None]

    def half(seed):
        noise = 0.05 * generator(seed).standard_normal((3, 4, 200))
        return DomainScores(*(easy + noise < lines), clusters=np.arange(200))

    home, domain = half(1), half(2)
    together = estimate_shift(home, [domain], rng=generator()).drops[0]
    unrelated = replace(domain, clusters=200 + np.arange(200))
    apart = estimate_shift(home, [unrelated], rng=generator()).drops[0]
    assert together.value == apart.value
    assert together.high - together.low < 0.7 * (apart.high - apart.low)


def test_seeds_are_paired_in_the_drop():
    """A seed that recovers more does so at home and in the domain: the drop lacks this noise."""
    gain_S = np.array([0.1, 0.5, 0.9, 0.3])

    def domain(first):
        weak = np.tile(np.arange(400) % 10 < 5, (4, 1)).astype(float)
        ceiling = np.ones((4, 400))
        recovered = (np.arange(400) // 10 + 0.5) / 40 < gain_S[:, None]
        transfer = np.where(recovered, ceiling, weak)
        return DomainScores(weak, transfer, ceiling, clusters=first + np.arange(400) // 10)

    home, other = domain(0), domain(1000)
    pgr, drop = (
        found[0]
        for found in (
            estimate_shift(home, [other], rng=generator()).pgr,
            estimate_shift(home, [other], rng=generator()).drops,
        )
    )
    assert pgr.high - pgr.low > 0.5
    assert drop.value == 0.0
    assert drop.high - drop.low < 0.5 * (pgr.high - pgr.low)


@pytest.mark.parametrize("baseline", BASELINES)
def test_one_seed_has_intervals_over_items_and_a_note(baseline):
    home, *others = (
        scored((0.6, 0.75, 0.9), seeds=1, items=300, first=1000 * d, seed=d) for d in range(3)
    )
    found = estimate_shift(home, others, baseline=baseline, rng=generator())
    assert "one seed" in found.note
    assert all(drop.low < drop.value < drop.high for drop in found.drops)
    assert found.mean.low < found.mean.value < found.mean.high


@pytest.mark.parametrize("baseline", BASELINES)
def test_a_domain_without_a_gap_has_no_pgr_no_drop_and_is_not_the_worst(baseline):
    found = estimate_shift(HOME, [NO_GAP, *OTHERS], baseline=baseline, rng=generator())
    assert found.pgr[0] == found.drops[0] == UNDEFINED
    assert found.worst == 2
    assert found.worst_pgr.low is not None  # the ceiling is clearly below: no PGR exists there
    assert found.mean.value == pytest.approx(np.mean([pgr.value for pgr in found.pgr[1:]]))
    assert "1 of 4 domains has no PGR" in found.note


def test_a_domain_that_may_have_a_gap_leaves_the_worst_without_a_lower_end():
    unclear = scored((0.7, 0.7, 0.7), first=600, seed=2)
    unclear = replace(unclear, weak=unclear.ceiling, ceiling=unclear.weak)
    found = estimate_shift(HOME, [unclear, *OTHERS], rng=generator())
    assert found.pgr[0].value is None
    assert found.worst == 2
    assert found.worst_pgr.low is None
    assert found.worst_pgr.high is not None
    assert "no lower end" in found.note


def test_a_domain_with_an_unbounded_interval_leaves_the_worst_without_a_lower_end():
    unclear = scored((0.7, 0.72, 0.72), first=600, seed=5)
    found = estimate_shift(HOME, [unclear, *OTHERS], rng=generator())
    assert found.pgr[0].value is not None
    assert not found.pgr[0].bounded
    assert found.worst_pgr.low is None
    assert found.mean.value == pytest.approx(np.mean([pgr.value for pgr in found.pgr[1:]]))


@pytest.mark.parametrize("baseline", BASELINES)
def test_without_any_gap_nothing_is_defined(baseline):
    found = estimate_shift(HOME, [NO_GAP], baseline=baseline, rng=generator())
    assert (found.worst, found.worst_pgr, found.mean) == (None, UNDEFINED, UNDEFINED)
    assert "has no PGR" in found.note


def test_without_a_gap_at_home_there_are_pgrs_and_no_drops():
    found = estimate_shift(NO_GAP, OTHERS, rng=generator())
    assert found.drops == (UNDEFINED,) * 3
    assert found.worst == 1
    assert "no drop" in found.note


def test_the_mean_of_two_domains_covers_seeds_and_items_and_of_three_also_domains():
    two = estimate_shift(HOME, OTHERS[:2], rng=generator())
    three = estimate_shift(HOME, OTHERS, rng=generator())
    assert "not the choice of domains" in two.note
    assert three.note == ""
    assert two.mean.high - two.mean.low < 0.4
    assert three.mean.high - three.mean.low > 0.4  # two degrees of freedom between domains


def test_scores_of_another_metric_have_the_degrees_of_freedom_of_the_smallest_class():
    truth = (np.arange(150) < 3).astype(int)
    rare = [replace(one, truth=truth) for one in (HOME, *OTHERS)]
    few = estimate_shift(rare[0], rare[1:], rng=generator())
    many = estimate_shift(HOME, OTHERS, rng=generator())
    assert few.drops[0].high - few.drops[0].low > 1.5 * (many.drops[0].high - many.drops[0].low)


def test_effects_of_one_domain_have_the_variance_of_spread_of():
    influence_SC = generator().standard_normal((4, 30))
    own = Effects.of(influence_SC, np.arange(30) + 5, 40, None).spread
    known = spread_of(influence_SC)
    for name in ("seed", "cluster", "residual"):
        assert getattr(own, name) == pytest.approx(getattr(known, name), rel=1e-12)
    assert (own.seeds, own.clusters) == (known.seeds, known.clusters)


def test_effects_of_a_difference_on_the_same_clusters_are_those_of_the_paired_difference():
    first, second = generator().standard_normal((2, 4, 30))
    places = np.arange(30)
    parts = [Effects.of(one, places, 30, None) for one in (first, second)]
    own, known = Effects.combine([1.0, -1.0], parts).spread, spread_of(first - second)
    assert own.variance == pytest.approx(known.variance, rel=1e-12)


def test_equal_clusters_have_equal_weights_in_every_domain():
    sums = generator().random((3, 2, 20))
    whole, part = (sum_clusters(values, None) for values in (sums, sums[..., 5:]))
    places = [np.arange(20), np.arange(5, 20)]
    first, second = CrossedMoves.draw_together([whole, part], places, 20, generator(), 50)
    (again,) = CrossedMoves.draw_together([part], [places[1]], 20, generator(), 50)
    assert np.array_equal(second.by_seed, again.by_seed)
    assert np.array_equal(first.multipliers, second.multipliers)


@pytest.mark.parametrize(
    ("domains", "words"),
    [
        ([], "domains must contain one or more domains"),
        ([scored(seeds=4)], "same number of seeds, got home 5, "),
        ([HOME, replace(HOME, weak=HOME.weak[:, :9])], r"domains\[1\].weak"),
        ([replace(HOME, weak=2 * HOME.weak)], r"domains\[0\].weak must be from 0 to 1"),
        ([replace(HOME, clusters=np.zeros(150, dtype=int))], r"domains\[0\].clusters"),
        ([replace(HOME, clusters=None)], r"domains\[0\].clusters"),
    ],
)
def test_bad_input_is_one_clear_line(domains, words):
    with pytest.raises(ValueError, match=words) as caught:
        estimate_shift(HOME, domains, rng=generator())
    assert "\n" not in str(caught.value)


def test_the_closed_form_of_the_planted_problem_is_the_accuracy_of_many_items(planted_shift):
    factors = [1.0, 0.75, 0.4]
    setting = planted_shift.ShiftSetting(40, 2_000, 2, "high", "single items", True)
    found = planted_shift.plant_shift(setting, factors, generator())
    seed_sd = planted_shift.SEED_SD["high"]
    for scores, factor in zip(found, factors, strict=True):
        roles = (scores.weak, scores.transfer, scores.ceiling)
        assert [role.mean() for role in roles] == pytest.approx(
            planted_shift.true_accuracies(factor, seed_sd), abs=0.02
        )


def test_the_planted_student_and_ceiling_are_least_squares_fits(planted_shift):
    """Fitted by scikit-learn on many items at home, in the direction of the closed form."""
    from sklearn.linear_model import LinearRegression

    rng, n = generator(), 50_000
    label = rng.choice([-1.0, 1.0], n)
    features = (planted_shift._noise(n, rng)[:, :3] + planted_shift.HOME) * label[:, None]
    noise = planted_shift.RESIDUAL * rng.standard_normal(n)
    weak_label = np.sign(features[:, 0] + noise)
    closed = planted_shift.models()[1:, 1:]
    for target, weights in zip((weak_label, label), closed, strict=True):
        fitted = LinearRegression(fit_intercept=False).fit(features[:, 1:], target).coef_
        assert fitted / np.linalg.norm(fitted) == pytest.approx(weights, abs=0.03)


def test_intervals_under_shift_cover_the_planted_truth(planted_shift):
    setting = planted_shift.ShiftSetting(5, 200, 3, "high", "shared clusters", True)
    shares = planted_shift.measure_shift_coverage(setting, 120, 400, "pinned", 3).mean(axis=0)
    assert shares[:5].min() >= 0.9
    assert shares[:2].max() <= 0.99
