"""PGR from recorded accuracies."""

import numpy as np
import pytest

from truing.measures import pgr_from_accuracies


def rows(
    group="g",
    weak=(0.60, 0.62, 0.61),
    transfer=(0.70, 0.72, 0.74),
    ceiling=(0.80, 0.82, 0.81),
    n_test=1000,
):
    table = {"weak": weak, "transfer": transfer, "ceiling": ceiling}
    return [
        {"group": group, "role": role, "seed": seed, "accuracy": accuracy, "n_test": n_test}
        for role, accuracies in table.items()
        for seed, accuracy in enumerate(accuracies)
    ]


def measure(table, **options):
    return pgr_from_accuracies(table, **{"rng": np.random.default_rng(0), **options})


def by_metric(metric, n_positive=100, **values):
    renamed = rows(**values)
    for row in renamed:
        row |= {metric: row.pop("accuracy"), "n_positive": n_positive}
    return renamed


def test_a_recorded_metric_takes_the_place_of_accuracy():
    for metric in ("auroc", "balanced_accuracy"):
        (found,) = measure(by_metric(metric), metric=metric)
        assert found.pgr.value == pytest.approx(0.11 / 0.20)
        assert found.metric == metric
    with pytest.raises(ValueError, match=r"a row has no auroc; needed: .*, auroc, n_test, n_posi"):
        measure(by_metric("balanced_accuracy"), metric="auroc")
    for n_positive in (0, 1000, 2.5, True):
        with pytest.raises(ValueError, match="n_positive must be a whole number from 1 to n_test"):
            measure(by_metric("auroc", n_positive), metric="auroc")


def test_the_test_variance_of_auroc_is_that_of_hanley_and_mcneil():
    """AUROC 0.5 of m and n items without ties: (m + n + 1) / (12 m n), as of a rank sum."""
    from truing.measures._recorded_accuracies import Accuracies

    role = Accuracies("auroc", np.array([0.5]), 50, 20)
    assert role.test_variance == pytest.approx((20 + 30 + 1) / (12 * 20 * 30))


def test_few_positive_items_widen_the_interval_of_auroc():
    def width(n_positive):
        one = {"weak": [0.6], "transfer": [0.75], "ceiling": [0.9]}
        (found,) = measure(by_metric("auroc", n_positive, **one), metric="auroc")
        return found.pgr.high - found.pgr.low

    assert width(50) > 1.5 * width(500)


def test_pinned_and_paired_by_hand():
    (pinned,) = measure(rows())
    assert pinned.pgr.value == pytest.approx(0.11 / 0.20)
    assert pinned.sd == pytest.approx(0.02 / 0.20)
    assert (pinned.seeds, pinned.n_test, pinned.note) == (3, 1000, "")
    assert pinned.pgr.low < pinned.pgr.value < pinned.pgr.high
    own = [0.10 / 0.20, 0.10 / 0.20, 0.13 / 0.20]
    (paired,) = measure(rows(), baseline="paired")
    assert paired.pgr.value == pytest.approx(np.mean(own))
    assert paired.sd == pytest.approx(np.std(own, ddof=1))
    assert paired.weak_accuracy == pytest.approx(0.61)


def test_pairs_are_matched_by_seed_not_by_row_order():
    (first,) = measure(rows(), baseline="paired")
    (second,) = measure(rows()[::-1], baseline="paired")
    assert second.pgr.value == pytest.approx(first.pgr.value)
    assert second.sd == pytest.approx(first.sd)


def test_rows_of_groups_may_be_mixed_and_groups_keep_their_order():
    mixed = [row for pair in zip(rows("b"), rows("a"), strict=True) for row in pair]
    found = measure(mixed)
    assert [one.group for one in found] == ["b", "a"]
    assert found == measure(rows("b") + rows("a"))


def test_every_source_of_noise_widens_the_interval():
    def width(**changes):
        (found,) = measure(rows(**changes))
        return found.pgr.high - found.pgr.low

    still = {"weak": (0.61,) * 9, "transfer": (0.72,) * 9, "ceiling": (0.81,) * 9}
    huge = 10**8
    base = width(**still, n_test=huge)
    assert base < 0.01
    assert width(**still, n_test=500) > 0.1
    for role in still:
        spread = tuple(np.array(still[role]) + np.tile([-0.02, 0.0, 0.02], 3))
        assert width(**{**still, role: spread}, n_test=huge) > 10 * base


def test_the_test_set_is_drawn_once_for_all_seeds():
    """More seeds on the same items do not wear down the items' sampling."""
    few = measure(rows(weak=(0.6,) * 3, transfer=(0.7,) * 3, ceiling=(0.8,) * 3))[0]
    many = measure(rows(weak=(0.6,) * 30, transfer=(0.7,) * 30, ceiling=(0.8,) * 30))[0]
    assert many.pgr.high - many.pgr.low == pytest.approx(few.pgr.high - few.pgr.low, rel=1e-6)


def test_no_gap_is_undefined_and_an_inconclusive_gap_unbounded():
    (none,) = measure(rows(weak=(0.9,), ceiling=(0.8,), transfer=(0.85,)))
    assert (none.pgr.value, none.pgr.low, none.pgr.high) == (None, None, None)
    assert "not above" in none.note
    (unclear,) = measure(rows(weak=(0.80,) * 3, ceiling=(0.82,) * 3, n_test=50))
    assert unclear.pgr.value is not None
    assert (unclear.pgr.low, unclear.pgr.high) == (None, None)
    assert "not clearly positive" in unclear.note
    (paired,) = measure(rows(weak=(0.6, 0.9, 0.6)), baseline="paired")
    assert paired.pgr.value is None
    assert "in 1 of 3 seeds" in paired.note


def test_a_role_with_one_seed_is_noted():
    (found,) = measure(rows(weak=(0.6,), ceiling=(0.8,)))
    assert "only one seed of weak, ceiling" in found.note
    assert found.sd is not None
    (single,) = measure(rows(weak=(0.6,), transfer=(0.7,), ceiling=(0.8,)))
    assert single.sd is None


def test_n_test_may_differ_between_rows():
    table = rows()
    table[0]["n_test"] = 200
    (found,) = measure(table)
    (same,) = measure(rows())
    assert found.n_test == 200
    assert found.pgr.high - found.pgr.low > same.pgr.high - same.pgr.low


def test_a_fixed_seed_gives_reproducible_results():
    assert measure(rows()) == measure(rows())


def change(**fields):
    table = rows()
    table[4] = {**table[4], **fields}
    return table


def without(field):
    table = rows()
    del table[4][field]
    return table


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        ([], {}, "1 or more rows of each role are needed"),
        (rows()[:6], {}, "group 'g': no rows of role ceiling"),
        (change(seed=0), {}, "group 'g': transfer of seed 0 occurs twice"),
        (change(accuracy=1.2), {}, "group 'g': accuracy must be from 0 to 1, got 1.2"),
        (change(accuracy=float("nan")), {}, "group 'g': accuracy must be from 0 to 1, got nan"),
        (change(accuracy="0.7"), {}, "group 'g': accuracy must be from 0 to 1, got '0.7'"),
        (change(n_test=0), {}, "group 'g': n_test must be a whole number above 0, got 0"),
        (change(n_test=2.5), {}, "group 'g': n_test must be a whole number above 0, got 2.5"),
        (
            change(role="teacher"),
            {},
            "group 'g': role must be weak, transfer or ceiling, got 'teacher'",
        ),
        (without("n_test"), {}, "group 'g': a row has no n_test"),
        (change(seed=9), {"baseline": "paired"}, "group 'g': weak and transfer differ"),
        (rows(), {"baseline": "best"}, "baseline must be 'pinned' or 'paired', got 'best'"),
    ],
)
def test_bad_rows_are_one_clear_line_that_names_the_group(table, options, words):
    with pytest.raises(ValueError, match=words) as caught:
        measure(table, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("baseline", ["pinned", "paired"])
def test_seeds_and_groups_are_compared_as_names(baseline):
    """Seeds 1 and "1" are one seed, and so are groups."""
    plain = rows()
    mixed = [
        {**row, "seed": (str, float, np.int64)[i % 3](row["seed"])} for i, row in enumerate(plain)
    ]
    assert measure(mixed, baseline=baseline) == measure(plain, baseline=baseline)
    numbered = [{**row, "group": ("7", 7, 7.0)[i % 3]} for i, row in enumerate(plain)]
    (found,) = measure(numbered, baseline=baseline)
    assert found.group == "7"
    with pytest.raises(ValueError, match="weak of seed 0 occurs twice"):
        measure([*plain, {**plain[0], "seed": "0"}], baseline=baseline)
