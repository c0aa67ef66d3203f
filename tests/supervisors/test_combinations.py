"""Combinations of supervisors: the mean of normalized scores, and the filter by agreement."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

import truing
from tests.conftest import write_jsonl, write_tiny
from truing.errors import UnknownNameError, UserError
from truing.studies import ChainPlanner, complete, make_plan, make_rows
from truing.supervisors import (
    POOLS,
    CombinedSupervisor,
    Labeler,
    combine,
    parse_supervisor,
    score_sizes,
)
from truing.tasks import Source, Vault, load_task


def combined(rule, beliefs, items=None, absent=None):
    """(N, k) labels of a rule, with the sizes of scores on some items (by default all)."""
    items = np.arange(beliefs.shape[1]) if items is None else items
    return POOLS[rule](beliefs, score_sizes(beliefs, items, absent), absent)


def binary(right):
    """(N, 2) beliefs from the beliefs in the second choice."""
    return np.stack([1 - np.asarray(right), right], axis=1)


def test_two_classes_have_the_sigmoid_of_the_mean_of_normalized_log_odds():
    beliefs = np.stack([binary([0.9, 0.3, 0.6]), binary([0.55, 0.5, 0.4])])
    odds = logit(beliefs[:, :, 1])  # (supervisors, items)
    sizes = np.sqrt((odds**2).mean(axis=1))
    wanted = expit(np.sqrt(sizes.prod()) * (odds / sizes[:, None]).mean(axis=0))
    assert np.allclose(combined("mean", beliefs)[:, 1], wanted)


def test_an_overconfident_supervisor_has_no_more_influence_than_the_others():
    mild = binary([0.6, 0.4, 0.55])
    same_odds = expit(20 * logit(mild[:, 1]))  # twenty times as confident
    found = combined("mean", np.stack([mild, binary(1 - same_odds)]))
    assert np.allclose(found, 0.5)


def test_equal_supervisors_make_their_own_labels():
    beliefs = np.random.default_rng(0).dirichlet(np.ones(4), size=6)
    assert np.allclose(combined("mean", np.stack([beliefs] * 3)), beliefs)


def test_a_supervisor_without_an_opinion_changes_nothing():
    told, even = binary([0.9, 0.3, 0.6]), np.full((3, 2), 0.5)
    assert np.allclose(combined("mean", np.stack([told, even])), told)
    assert np.allclose(combined("mean", np.stack([even, even])), 0.5)


def test_only_the_given_items_determine_the_size_of_scores():
    beliefs = np.stack([binary([0.9, 0.3, 0.6]), binary([0.55, 0.5, 0.4])])
    other = beliefs.copy()
    other[0, 2] = [0.001, 0.999]
    found = [combined("mean", each, np.arange(2)) for each in (beliefs, other)]
    assert np.array_equal(found[0][:2], found[1][:2])


def test_absent_choices_stay_at_zero():
    beliefs = np.array([[[0.7, 0.2, 0.1], [0.6, 0.4, 0]], [[0.5, 0.3, 0.2], [0.2, 0.8, 0]]])
    absent = np.array([[False, False, False], [False, False, True]])
    for rule in POOLS:
        found = combined(rule, beliefs, absent=absent)
        assert found[1, 2] == 0
        assert np.allclose(found.sum(axis=1), 1)
    assert np.allclose(combined("agree", beliefs, absent=absent)[1], [0.5, 0.5, 0])


def test_items_on_which_supervisors_disagree_have_no_label():
    beliefs = np.stack([binary([0.9, 0.3, 0.6]), binary([0.8, 0.7, 0.9])])
    found = combined("agree", beliefs)
    assert found[1].tolist() == [0.5, 0.5]
    mean = combined("mean", beliefs)
    assert np.array_equal(found[[0, 2]], mean[[0, 2]])


def test_a_combination_is_named_by_the_shortest_names_of_its_members():
    found = parse_supervisor("mean:pca-4:l2=1+simulated-noise:accuracy=0.8+pca-2:l2=0.10")
    assert isinstance(found, CombinedSupervisor)
    assert found.label == "mean:pca-4+simulated-noise+pca-2:l2=0.1"
    assert parse_supervisor(found.label).label == found.label
    assert found.simulated
    assert not parse_supervisor("mean:pca-4+pca-2").simulated


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mean:pca-4", "mean:pca-4: a combination needs two or more supervisors, joined by +"),
        ("agree:pca-4+", "a combination needs two or more supervisors"),
        ("mean:pca-4+pca-4:l2=1", "pca-4 is named twice; name each supervisor once"),
        ("mean:pca-4+agree:pca-2+pca-3", "agree is a combination, and a combination contains none"),
        ("mean:pca-4,l2=2+pca-2", "follows a colon; write mean:A:l2=VALUE+B"),
        ("mean:pca-4+pca-2:size=x", "size must be an integer"),
    ],
)
def test_a_wrong_combination_is_one_clear_line(name, message):
    with pytest.raises(UserError) as caught:
        parse_supervisor(name)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_member_is_named():
    with pytest.raises(UnknownNameError, match="unknown supervisor 'pcaa-2'; did you mean pca-2"):
        parse_supervisor("mean:pca-4+pcaa-2")


def test_a_plus_of_a_number_or_of_a_path_separates_no_members(tmp_path, tiny, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [{"id": one, "choice": 0} for one in load_task(str(tiny)).task.ids]
    write_jsonl(tmp_path / "a+b.jsonl", rows)
    found = parse_supervisor("mean:recorded:a+b.jsonl+pca-2:l2=1e+1")
    assert [one.label for one in found.members] == ["recorded:a+b.jsonl", "pca-2,l2=10"]


def test_functions_and_arrays_of_a_script_are_members(tiny):
    @truing.supervisor("half")
    def half():
        "Knows the first class only."
        return Labeler(lambda task, truth, rng: np.tile([0.6, 0.2, 0.2], (len(task), 1)))

    array = np.zeros(160, int)
    study = truing.Study(
        tasks=str(tiny),
        weak=["mean:half+pca-2", combine("agree", [{"mine": array}, half, "pca-2,l2=0.1"])],
        strong="pca-4",
        methods="naive",
        seeds=1,
    )
    plan = make_plan(study)
    names = {one.specification.partition("@")[0] for one in plan.needed}
    assert names == {"half", "mine"}  # workers receive them
    assert [line.weak for line in plan.lines] == ["mean:half+pca-2", "agree:mine+half+pca-2:l2=0.1"]


def test_a_wrong_combination_of_objects_is_one_clear_line():
    with pytest.raises(UserError, match="rule must be one of mean, agree, got 'median'"):
        combine("median", ["pca-2", "pca-4"])
    with pytest.raises(UserError, match="needs two or more supervisors"):
        combine("mean", ["pca-2"])
    with pytest.raises(UserError, match="contains \\+, which joins members"):
        combine("mean", ["pca-2", {"a+b": np.zeros(4, int)}])


def test_a_combination_sees_no_ground_truth_and_its_members_only_that_of_their_split(tmp_path):
    """Of the same learn and test items other truths lead to the same steps and labels."""
    source = load_task(str(write_tiny(tmp_path / "tiny.jsonl")))
    truth = source.vault.reveal(np.arange(160), "score").copy()
    others = np.setdiff1d(np.arange(160), source.splits(0).supervise)
    truth[others] = (truth[others] + 1) % 3
    poisoned = Source(source.task, Vault(truth))
    name = parse_supervisor("mean:pca-2+pca-5")
    (step,), (other,) = (ChainPlanner(one).labels(name, [0]) for one in (source, poisoned))
    assert step.kind == "combine"
    assert step.truth is None
    assert step.key == other.key


def test_students_of_a_combination_are_scored_like_those_of_any_supervisor(tiny, store, alone):
    study = truing.Study(
        tasks=str(tiny),
        weak=["pca-1", "pca-5", "mean:pca-1+pca-5", "agree:pca-1+pca-5"],
        strong="pca-8",
        methods=["naive", "confident-filter,min_confidence=0.4"],
        seeds=1,
    )
    plan = make_plan(study)
    complete(plan, store, alone)
    rows = make_rows(plan, store)
    assert [row.weak for row in rows] == [name for name in study.weak for _ in study.methods]
    step = next(one for one in plan.steps.values() if one.kind == "combine")
    members = [store.read(one.key)["beliefs"] for one in step.parents["labels"]]
    wanted = combined("mean", np.stack(members), step.payload.items)
    assert np.allclose(store.read(step.key)["beliefs"], wanted, atol=1e-6)
