"""Who may see which items."""

import numpy as np
import pytest

from truing.errors import DataError
from truing.tasks import load_task, make_source


def parts(splits):
    return [splits.supervise, splits.learn, splits.test, splits.sealed]


def test_test_and_sealed_items_are_the_same_for_every_seed():
    task = load_task("digits").task
    first, second = task.splits(0), task.splits(1)
    assert np.array_equal(first.test, second.test)
    assert np.array_equal(first.sealed, second.sealed)


def test_a_seed_draws_the_supervise_and_learn_splits():
    task = load_task("digits").task
    first, second = task.splits(0), task.splits(1)
    assert not np.array_equal(first.learn, second.learn)
    assert set(first.learn) | set(first.supervise) == set(second.learn) | set(second.supervise)


@pytest.mark.parametrize("seed", range(5))
def test_every_item_lies_in_exactly_one_split(seed):
    task = load_task("digits").task
    assert sorted(np.concatenate(parts(task.splits(seed)))) == list(range(len(task)))


@pytest.mark.parametrize("seed", range(5))
def test_a_cluster_lies_in_one_split(tiny, seed):
    task = load_task(str(tiny)).task
    clusters = [set(task.clusters[part]) for part in parts(task.splits(seed))]
    assert sum(map(len, clusters)) == len(set().union(*clusters)) == 80


def test_splits_do_not_depend_on_the_order_of_the_lines(tiny, tmp_path):
    lines = tiny.read_text().splitlines(keepends=True)
    mixed = tmp_path / "mixed.jsonl"
    # Whole clusters are moved, since a cluster is known by its first item.
    mixed.write_text("".join(lines[80:] + lines[:80]))
    one, other = load_task(str(tiny)).task, load_task(str(mixed)).task
    assert {one.ids[i] for i in one.splits(0).test} == {other.ids[i] for i in other.splits(0).test}


def test_splits_have_the_documented_shares():
    splits = load_task("digits").task.splits(0)
    assert [len(part) for part in parts(splits)] == [539, 539, 539, 180]


def test_too_few_items_are_refused_and_the_split_is_named():
    truth = np.array([0, 1] * 10)
    source = make_source(
        "few", "classification", [str(i) for i in range(20)], np.zeros((20, 2)), ["a", "b"], truth
    )
    with pytest.raises(
        DataError, match="20 items in 20 clusters are too few: the split 'supervise'"
    ):
        source.task.splits(0)


def test_items_of_only_one_class_are_refused():
    with pytest.raises(DataError, match="every item has the same truth"):
        make_source("one", "classification", ["a", "b"], np.zeros((2, 2)), ["x"], np.zeros(2))


def test_the_order_of_learn_items_is_independent_of_the_file_order():
    learn = load_task("digits").task.splits(0).learn
    assert abs(np.corrcoef(learn, np.arange(len(learn)))[0, 1]) < 0.15


def test_a_test_split_of_one_cluster_is_refused():
    groups = ["all"] * 40 + [str(i) for i in range(40)]
    told = set()
    for trial in range(200):  # until the hash of its first item ranks the large cluster first
        ids = [f"{trial}-{i}" for i in range(80)]
        truth = np.arange(80) % 2
        source = make_source(
            "big", "classification", ids, np.zeros((80, 2)), ["x", "y"], truth, clusters=groups
        )
        try:
            source.task.splits(0)
        except DataError as error:
            told.add(str(error))
    assert any("too large: the test split would have one cluster" in one for one in told)
