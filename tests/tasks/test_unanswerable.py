"""Items without ground truth, whose right belief is uncertainty."""

import numpy as np
import pytest

from tests.conftest import write_jsonl
from truing.errors import DataError
from truing.tasks import UNANSWERABLE, load_task, make_source
from truing.tasks.shift import Folds, designed, make_design


def rows_of(count=240):
    rows = []
    for n in range(count):
        row = {"id": f"i{n}", "text": f"text {n}", "level": n / count}
        open_ = n % 4 == 0
        more = {"group": "unanswerable"} if open_ else {"truth": ["no", "yes"][n // 4 % 2]}
        rows.append(row | more)
    return rows


@pytest.fixture(scope="module")
def source():
    return load_task(rows_of())


def test_items_of_the_group_need_no_truth_and_are_counted(source):
    assert source.vault.unanswerable.sum() == 60
    assert source.summary.endswith("240 clusters, 60 unanswerable")
    assert source.task.choices == ("no", "yes")


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_truth_is_none(empty, tmp_path):
    rows = [row if "truth" in row else row | {"truth": empty} for row in rows_of()]
    found = load_task(str(write_jsonl(tmp_path / "rows.jsonl", rows)))
    assert found.vault.unanswerable.sum() == 60


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"group": "unanswerable", "truth": "yes"}, "'unanswerable', but the truth is 'yes'"),
        ({"group": "other"}, "no field 'truth'"),
    ],
)
def test_only_this_group_has_no_truth(changed, message, tmp_path):
    rows = [*rows_of(), {"id": "last", "text": "last", **changed}]
    with pytest.raises(DataError, match=message):
        load_task(str(write_jsonl(tmp_path / "rows.jsonl", rows)))


def test_students_learn_from_them_and_supervisors_do_not_and_they_are_not_scored(source):
    whole, splits = source.task.splits(0), source.splits(0)
    unknown = source.vault.unanswerable
    assert np.array_equal(splits.learn, whole.learn)
    assert unknown[splits.learn].any()
    for part in ("supervise", "test", "sealed"):
        kept = getattr(whole, part)
        assert getattr(splits, part).tolist() == kept[~unknown[kept]].tolist()
    assert splits.unanswerable.tolist() == whole.test[unknown[whole.test]].tolist()


def test_trainings_are_asked_about_items_that_do_not_show_which_are_unanswerable(source):
    whole = source.task.splits(0).test.tolist()
    assert source.splits(0).scored.tolist() == whole
    for design in (make_design(learn="level<0.7"), make_design(learn="level<0.7", balance=0.7)):
        assert designed(source, design).splits(0).scored.tolist() == whole


def test_a_design_keeps_those_that_satisfy_its_condition(source):
    design = make_design(learn="level<0.7", balance=0.7)
    splits = designed(source, design).splits(0)
    unknown = source.vault.unanswerable
    truth = source.vault.reveal(np.arange(240), "score")
    known = splits.learn[~unknown[splits.learn]]
    assert truth[known].mean() == pytest.approx(0.7, abs=0.02)
    before = source.splits(0).learn
    easy = before[(source.fields["level"] < 0.7)[before] & unknown[before]]
    assert splits.learn[unknown[splits.learn]].tolist() == easy.tolist()
    assert (source.fields["level"][splits.unanswerable] < 0.7).all()


def test_no_model_that_measures_hardness_learns_from_them(source):
    folds = Folds(source.task, source.vault.unanswerable)
    assert not any(source.vault.unanswerable[folds.splits(fold).supervise].any() for fold in (0, 4))


def test_a_task_may_be_made_and_kept_with_them(source):
    truth = source.vault.reveal(np.arange(240), "keep")
    again = load_task(make_again(source, truth))
    assert again.vault.digest(np.arange(240)) == source.vault.digest(np.arange(240))


def make_again(source, truth):
    ids, texts = list(source.task.ids), source.task.inputs
    return make_source("made", "classification", ids, texts, list(source.task.choices), truth)


def test_balanced_classes_keep_them():
    task = load_task(rows_of(237), balance=True)
    truth = task.vault.reveal(np.arange(len(task.task)), "keep")
    assert np.bincount(truth + 1).tolist() == [60, 87, 87]


def test_items_with_their_own_choices_need_a_truth():
    with pytest.raises(DataError, match="only a classification may have items without"):
        make_source(
            "pairs",
            "preference",
            ["a", "b"],
            np.array([["x", "y"], ["v", "w"]], dtype=object),
            ["0", "1"],
            np.array([0, UNANSWERABLE]),
        )


def test_too_few_answerable_items_are_refused():
    rows = [row for n, row in enumerate(rows_of()) if n % 4 == 0 or n < 24]
    with pytest.raises(DataError, match="items of the split 'supervise' have a ground truth"):
        load_task(rows).splits(0)
