"""Question and candidate as a true/false item, and equally frequent classes."""

import numpy as np
import pytest

import truing
from tests.conftest import write_jsonl
from truing.errors import DataError, UserError

ROWS = [
    {
        "id": f"q{n}",
        "text": f"{n} + 1 = ?",
        "choices": [str(n), str(n + 1), str(n + 2), str(n + 3)],
        "truth": str(n + 1),
    }
    for n in range(10, 210)
]
PAIRS = [
    {"id": f"p{n}", "text": f"Say {n}.", "chosen": f"Number {n}", "rejected": f"No, not {n}"}
    for n in range(40)
]


def loaded(rows, **arguments):
    """Items of rows, with their ground truth."""
    source = truing.load_task(rows, name="rows", **arguments)
    items = source.task.items
    truth = source.vault.reveal(np.arange(len(items)), "score")
    return items, truth, source


@pytest.fixture
def right():
    """Text of the right item of each question."""
    return {row["id"]: f"Q: {row['text']} A: {row['truth']}" for row in ROWS}


def test_each_choice_of_a_question_is_a_true_or_false_item(right):
    items, truth, source = loaded(ROWS, form="truefalse")
    assert len(items) == 800
    assert source.task.kind == "classification"
    assert source.task.choices == ("false", "true")
    for item, is_true in zip(items, truth, strict=True):
        assert (item.text == right[item.id.partition("-")[0]]) == is_true
    assert np.bincount(truth).tolist() == [600, 200]


def test_items_of_one_question_are_one_cluster():
    items, _, source = loaded(ROWS, form="truefalse")
    assert {item.cluster for item in items} == {f"item {row['id']}" for row in ROWS}
    assert np.bincount(source.task.clusters).tolist() == [4] * 200
    related = [{**row, "cluster": n // 2} for n, row in enumerate(ROWS)]
    _, _, source = loaded(related, form="truefalse")
    assert np.bincount(source.task.clusters).tolist() == [8] * 100


def test_the_position_of_an_item_does_not_reveal_the_truth():
    """The right choice is always the second in the file; in the items it is anywhere."""
    _, truth, _ = loaded(ROWS, form="truefalse")
    positions = truth.reshape(-1, 4).argmax(axis=1)
    assert np.bincount(positions, minlength=4).min() > 30


def test_one_choice_of_each_question_is_right_in_half_of_the_items(right):
    items, truth, _ = loaded(ROWS, form="truefalse-one")
    assert [item.id for item in items] == [row["id"] for row in ROWS]
    assert 0.4 < truth.mean() < 0.6
    for item, is_true in zip(items, truth, strict=True):
        assert (item.text == right[item.id]) == is_true
    wrong = {int(item.text.rpartition(" ")[2]) - int(item.id[1:]) for item in items} - {1}
    assert wrong == {0, 2, 3}  # every wrong choice is drawn
    again, _, _ = loaded(ROWS[::-1], form="truefalse-one")
    assert {item.text for item in again} == {item.text for item in items}


def test_a_better_text_is_true_and_a_worse_text_false():
    items, truth, _ = loaded(PAIRS, form="truefalse")
    assert len(items) == 80
    for item, is_true in zip(items, truth, strict=True):
        assert item.text.startswith("Say ")
        assert ("Number" in item.text) == is_true


def test_balanced_classes_have_equally_many_items():
    rows = [{"id": n, "text": f"text {n}", "truth": "abc"[min(n % 10, 2)]} for n in range(100)]
    items, truth, _ = loaded(rows, balance=True)
    assert np.bincount(truth).tolist() == [10, 10, 10]
    kept = [int(item.id) for item in items]
    assert kept == sorted(kept)
    assert max(kept) > 80  # not the first of each class
    other, _, _ = loaded(rows[::-1], balance=True)
    assert {item.id for item in other} == {item.id for item in items}


def test_true_and_false_items_can_be_balanced():
    _, truth, source = loaded(ROWS, form="truefalse", balance=True)
    assert np.bincount(truth).tolist() == [200, 200]
    assert source.summary == "400 items, 2 classes, majority 0.50, 200 clusters"


def test_a_file_has_the_same_items_as_an_object(tmp_path):
    path = write_jsonl(tmp_path / "sums.jsonl", ROWS)
    specification = f"{path},form=truefalse,balance=true"
    assert (
        truing.load_task(specification).task.items
        == loaded(ROWS, form="truefalse", balance=True)[0]
    )


def test_a_form_that_the_items_do_not_allow_is_refused():
    classes = [{"text": f"t{n}", "truth": n % 2 == 0} for n in range(20)]
    with pytest.raises(DataError, match="form=truefalse needs items with 'choices'"):
        loaded(classes, form="truefalse")
    with pytest.raises(DataError, match=r"balance=true needs classes, .* or add form=truefalse"):
        loaded(ROWS, balance=True)
    with pytest.raises(UserError, match="form must be one of given, truefalse, truefalse-one"):
        loaded(ROWS, form="yesno")
