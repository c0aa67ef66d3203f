"""Designed shifts: which items are learned at home, and which are tested in each domain."""

import numpy as np
import pytest

from truing.errors import DataError, UserError
from truing.tasks import make_source
from truing.tasks.shift import BALANCED, Folds, designed, make_design, thin

N = 600


def made(choices=("no", "yes"), count=N, **more):
    rng = np.random.default_rng(3)
    truth = rng.integers(len(choices), size=count)
    agrees = np.where(rng.random(count) < 0.6, truth == 1, truth != 1)
    fields = {
        "hardness": rng.random(count),
        "liberal": np.where(agrees, "true", "false").astype(object),
        "party": np.where(agrees, "left", "right").astype(object),
        "vote": agrees.astype(float),
        "letter": np.array(list("abc") * (count // 3), dtype=object),
    }
    source = make_source(
        "items",
        "classification",
        [f"i{n}" for n in range(count)],
        rng.normal(size=(count, 2)),
        list(choices),
        truth,
        clusters=np.arange(count) // 2,
        fields={**fields, **more},
    )
    return source, truth


@pytest.fixture(scope="module")
def items():
    return made()


def home(splits):
    return [splits.supervise, splits.learn, splits.test]


@pytest.mark.parametrize("seed", [0, 1])
def test_home_has_the_items_of_the_condition_and_the_domain_the_others(items, seed):
    source, _ = items
    whole = source.splits(seed)
    splits = designed(source, make_design(learn="hardness<=0.5")).splits(seed)
    easy = source.fields["hardness"] <= 0.5
    for name in ("supervise", "learn", "test"):
        before = getattr(whole, name)
        assert getattr(splits, name).tolist() == before[easy[before]].tolist()
    assert splits.shifted["hardness>0.5"].tolist() == whole.test[~easy[whole.test]].tolist()
    assert splits.local["hardness>0.5"].tolist() == whole.learn[~easy[whole.learn]].tolist()
    assert np.array_equal(splits.sealed, whole.sealed)


def test_each_condition_of_test_is_a_domain_and_home_stays_whole(items):
    source, _ = items
    design = make_design(test=["hardness>0.5", "letter == a"])
    whole, splits = source.splits(0), designed(source, design).splits(0)
    assert [one.tolist() for one in home(splits)] == [one.tolist() for one in home(whole)]
    assert list(splits.shifted) == ["hardness>0.5", "letter == a"]
    assert set(source.fields["letter"][splits.shifted["letter == a"]]) == {"a"}
    assert set(splits.scored) == set(whole.test)
    assert len(splits.scored) == len(whole.test)


def test_a_design_keeps_each_cluster_in_one_split(items):
    source, _ = items
    design = make_design(learn="hardness<=0.7", balance=0.8, distractor={"liberal": 0.9})
    splits = designed(source, design).splits(0)
    tested = np.concatenate([splits.test, *splits.shifted.values()])
    parts = [splits.supervise, splits.learn, tested, *splits.local.values()]
    clusters = [set(source.task.clusters[part]) for part in parts]
    assert not clusters[2] & (clusters[0] | clusters[1] | clusters[3])
    assert not clusters[0] & (clusters[1] | clusters[3])


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2])
def test_balance_is_the_share_of_the_second_class_and_leaves_out_the_fewest(items, share):
    source, truth = items
    whole, splits = source.splits(0), designed(source, make_design(balance=share)).splits(0)
    for name in ("supervise", "learn", "test"):
        kept, before = getattr(splits, name), getattr(whole, name)
        assert abs(truth[kept].sum() - share * len(kept)) <= 0.5
        full = [(truth[kept] == one).sum() == (truth[before] == one).sum() for one in (0, 1)]
        assert any(full)
    assert abs(truth[splits.shifted[BALANCED]].mean() - 0.5) * len(splits.shifted[BALANCED]) <= 0.5


def test_the_items_that_balance_leaves_out_do_not_depend_on_the_seed(items):
    source, _ = items
    division = designed(source, make_design(balance=0.9))
    assert np.array_equal(division.splits(0).test, division.splits(7).test)
    for name, found in division.splits(0).shifted.items():
        assert np.array_equal(found, division.splits(7).shifted[name])


@pytest.mark.parametrize("name", ["liberal", "vote", "party:left"])
@pytest.mark.parametrize("rate", [0.9, 1.0, 0.5])
def test_a_distractor_agrees_at_its_rate_in_each_class_and_nowhere_in_its_domain(items, name, rate):
    source, truth = items
    splits = designed(source, make_design(distractor={name: rate})).splits(0)
    agrees = (source.fields["vote"] == 1) == (truth == 1)
    for kept in home(splits):
        for label in (0, 1):
            own = agrees[kept][truth[kept] == label]
            assert abs(own.sum() - rate * len(own)) <= 0.5
    (domain,) = splits.shifted
    assert domain == f"{name.partition(':')[0]} disagrees"
    assert not agrees[splits.shifted[domain]].any()
    test = source.splits(0).test
    for kept in (splits.test, splits.shifted[domain]):  # the domain differs in nothing else
        assert abs(truth[kept].sum() - truth[test].mean() * len(kept)) <= 1
    # As many items as the share of the scarcer class allows.
    rest, share = truth[test][~agrees[test]], truth[test].mean()
    most = min((rest == 0).sum() / (1 - share), (rest == 1).sum() / share)
    assert abs(len(splits.shifted[domain]) - most) <= 1


def test_values_with_the_names_of_classes_stand_for_them():
    names = np.where(np.arange(N) % 2 == 0, "yes", "no").astype(object)
    source, truth = made(guess=names)
    splits = designed(source, make_design(distractor={"guess": 1.0})).splits(0)
    assert ((names[splits.learn] == "yes") == (truth[splits.learn] == 1)).all()


def test_balance_and_distractor_have_both_rates_together(items):
    source, truth = items
    design = make_design(balance=0.7, distractor={"liberal": 0.8})
    splits = designed(source, design).splits(0)
    agrees = (source.fields["vote"] == 1) == (truth == 1)
    assert truth[splits.learn].mean() == pytest.approx(0.7, abs=0.01)
    assert agrees[splits.learn].mean() == pytest.approx(0.8, abs=0.01)
    assert truth[splits.shifted["liberal disagrees"]].mean() == pytest.approx(0.7, abs=0.02)
    assert agrees[splits.shifted[BALANCED]].mean() == pytest.approx(0.8, abs=0.02)


def test_an_item_without_a_value_of_the_distractor_is_left_out():
    liberal = np.array(["true", "false", None] * (N // 3), dtype=object)
    source, _ = made(liberal=liberal)
    splits = designed(source, make_design(distractor={"liberal": 0.9})).splits(0)
    assert None not in set(liberal[np.concatenate([*home(splits), *splits.shifted.values()])])


def test_a_design_reads_the_truth_for_its_own_purpose_only_and_none_of_sealed_items():
    source, _ = made()
    designed(source, make_design(learn="hardness<0.5"))
    assert source.vault.summary() == {}
    designed(source, make_design(balance=0.9)).splits(1)
    sealed = len(source.splits(0).sealed)
    assert source.vault.summary() == {"design": {"times": 1, "items": N - sealed}}


def test_the_numbers_of_items_and_the_class_are_announced(items, caplog):
    caplog.set_level("INFO", "truing.tasks")
    source, _ = items
    splits = designed(source, make_design(balance=0.8)).splits(0)
    learned = f"home has {len(splits.supervise)} supervise, {len(splits.learn)} learn and "
    tested = f"{len(splits.test)} test items, 80% of class 'yes'; test items of domains: "
    assert learned + tested + f"balanced classes {len(splits.shifted[BALANCED])}" in caplog.text


def test_an_empty_design_changes_nothing(items):
    source, _ = items
    assert designed(source, make_design()) is source
    assert source.splits(0).shifted == source.splits(0).local == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"learn": "hardness<0.01"}, "leaves . items in the split 'supervise', which needs 10"),
        ({"test": ["hardness>0.995"]}, r"leaves . items in the domain 'hardness>0.995'"),
        ({"balance": 0.999}, "leaves no item of class 'no' in the split 'supervise'"),
        ({"balance": 1.0}, "balance must be above 0 and below 1, got 1"),
        ({"distractor": {"liberal": 1.2}}, "rate from 0 to 1 .* got liberal=1.2"),
        ({"distractor": {"libral": 0.9}}, "items: .* no field 'libral'; did you mean 'liberal'"),
        ({"distractor": {"letter": 0.9}}, r"has 3 values \(a, b, c\); name a field with two"),
        ({"distractor": {"party": 0.9}}, "stands for 'yes': party:right=0.9"),
        ({"distractor": {"party:up": 0.9}}, "no value 'up'; values: left, right"),
    ],
)
def test_a_mistake_in_a_design_is_one_line(items, given, message):
    with pytest.raises(UserError, match=message):
        designed(items[0], make_design(**given))


def test_balance_needs_two_classes():
    source, _ = made(choices="abc")
    with pytest.raises(DataError, match="balance and distractor need a task with two classes; it"):
        designed(source, make_design(balance=0.9))


def test_thinning_leaves_out_the_highest_ranks():
    groups, ranks = np.array([0, 0, 0, 1, 1]), np.array([9, 1, 5, 8, 2])
    assert thin(groups, np.array([0.5, 0.5]), ranks).tolist() == [False, True, True, True, True]
    assert thin(groups, np.array([0.0, 1.0]), ranks).tolist() == [False] * 3 + [True] * 2


def test_folds_contain_each_item_once_and_whole_clusters(items):
    source, _ = items
    folds = [Folds(source.task, source.vault.unanswerable).splits(fold) for fold in range(5)]
    assert sorted(np.concatenate([one.learn for one in folds])) == list(range(N))
    clusters = [set(source.task.clusters[one.learn]) for one in folds]
    assert sum(map(len, clusters)) == len(set().union(*clusters)) == N // 2
    assert all(not set(one.learn) & set(one.supervise) for one in folds)


def test_hardness_is_the_quantile_of_uncertainty_within_a_fold(items):
    folds = Folds(items[0].task, items[0].vault.unanswerable)
    sure = np.linspace(0.5, 1, N)
    hardness = folds.hardness([np.stack([sure, 1 - sure], axis=1)] * 5)
    for fold in range(5):
        own = folds.splits(fold).learn
        assert hardness[own].tolist() == pytest.approx(np.arange(len(own), 0, -1) / len(own))


def test_too_few_items_for_folds_are_refused():
    source, _ = made(count=30)
    with pytest.raises(DataError, match="measured in 5 folds, and one of them has 6 items"):
        Folds(source.task, source.vault.unanswerable)
