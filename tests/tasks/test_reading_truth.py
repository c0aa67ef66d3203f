"""Truth: one rule for every loader. What fits two choices is refused until the user settles it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import write_jsonl
from truing.errors import AmbiguousTruthError, DataError, UserError
from truing.oversight.questions import load_questions
from truing.supervisors import SUPERVISORS
from truing.tasks import TruthRule, find_choice, load_task

NUMBERS = ["1", "2", "3", "4"]


def right_texts(source):
    right = source.vault.reveal(np.arange(len(source.task)), "score")
    return [texts[at] for texts, at in zip(source.task.inputs, right, strict=True)]


def by_file(folder, choices, truths, arguments=""):
    rows = [{"choices": choices, "truth": one} for one in truths]
    return right_texts(load_task(f"{write_jsonl(folder / 'own.jsonl', rows)}{arguments}"))


def by_questions(folder, choices, truths, arguments=""):
    rows = [{"question": f"{i}?", "choices": choices, "truth": t} for i, t in enumerate(truths)]
    found = load_questions(f"{write_jsonl(folder / 'asked.jsonl', rows)}{arguments}")
    return [one.choices[at] for one, at in zip(found.questions, found.truth(), strict=True)]


def by_hub(folder, choices, truths, arguments=""):
    pytest.importorskip("datasets")
    (folder / "hub").mkdir(exist_ok=True)
    rows = [{"options": choices, "gold": one} for one in truths]
    write_jsonl(folder / "hub" / "train.jsonl", rows)
    return right_texts(load_task(f"hf:{folder}/hub,choices=options,truth=gold{arguments}"))


def by_labels(folder, choices, truths, arguments=""):
    """Labels of a classification whose classes are the choices."""
    many = 5 * len(choices)
    rows = [{"id": i, "text": f"{i}", "truth": choices[i % len(choices)]} for i in range(many)]
    task = load_task(str(write_jsonl(folder / "items.jsonl", rows))).task
    given = [{"id": i, "choice": truths[i % len(truths)]} for i in range(many)]
    path = write_jsonl(folder / "labels.jsonl", given)
    labeler = SUPERVISORS.build(f"recorded:{path}{arguments}").value
    labels = labeler.label(task, None, np.random.default_rng(0))
    return [task.choices[at] for at in labels.argmax(1)[: len(truths)]]


def own_choices(folder, choices):
    """A task of one item that brings its choices."""
    path = write_jsonl(folder / "own.jsonl", [{"text": "Which?", "choices": choices, "truth": "A"}])
    return load_task(f"{path},truth_is=letter").task


def label_of(task, folder, choice, arguments=""):
    """The text of the choice that a recorded choice names."""
    path = write_jsonl(folder / "labels.jsonl", [{"id": 1, "choice": choice}])
    labeler = SUPERVISORS.build(f"recorded:{path}{arguments}").value
    (label,) = labeler.label(task, None, np.random.default_rng(0))
    return task.own_texts(0)[label.argmax()]


def test_a_number_beside_an_items_own_numbered_choices_is_refused(tmp_path):
    task = own_choices(tmp_path, NUMBERS)
    texts = task.own_texts(0)
    place = next(at for at in (1, 2, 3) if texts[at] != f"Which?\n{at}")
    for value in (place, str(place), float(place)):
        with pytest.raises(AmbiguousTruthError, match=r"the choice .* is ambiguous: as a name"):
            label_of(task, tmp_path, value)
        assert label_of(task, tmp_path, value, ",truth_is=name") == f"Which?\n{place}"
        assert label_of(task, tmp_path, value, ",truth_is=index") == texts[place]


def test_the_text_of_an_items_own_choice_is_its_name_with_and_without_the_question(tmp_path):
    names = ["cow", "dog", "eel\nlong", "eel\nshort"]
    task = own_choices(tmp_path, names)
    for name in names:
        assert label_of(task, tmp_path, name) == f"Which?\n{name}"
        assert label_of(task, tmp_path, f"Which?\n{name}") == f"Which?\n{name}"
    with pytest.raises(DataError, match=r"not a choice.*choices: .*eel short"):
        label_of(task, tmp_path, "long")


def test_the_texts_of_a_pair_are_names(tmp_path):
    pair = {"text": "Say hello.", "chosen": "Hello!", "rejected": "No."}
    task = load_task(str(write_jsonl(tmp_path / "own.jsonl", [pair]))).task
    for text in ("Hello!", "No."):
        assert label_of(task, tmp_path, text) == f"Say hello.\n{text}"


@pytest.fixture(params=[by_file, by_questions, by_hub, by_labels])
def read(request, tmp_path, monkeypatch):
    """Each loader: (choices, truths, arguments) to the texts of the right choices."""
    if request.param is by_hub:
        datasets = pytest.importorskip("datasets")
        monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    return lambda *given: request.param(tmp_path, *given)


@pytest.mark.parametrize("truths", [["1", "2"], [1, 2], [1.0, 2.0]])
def test_a_number_beside_numbered_choices_is_refused_with_a_solution(read, truths):
    with pytest.raises(AmbiguousTruthError) as caught:
        read(NUMBERS, truths)
    assert "is ambiguous: as a name it is choice number 1, as an index" in str(caught.value)
    assert "truth_is=name or truth_is=index" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("truths", [["1", "2"], [1, 2], [1.0, 2.0]])
def test_truth_is_settles_what_a_number_means(read, truths):
    assert read(NUMBERS, truths, ",truth_is=name") == ["1", "2"]
    assert read(NUMBERS, truths, ",truth_is=index") == ["2", "3"]


@pytest.mark.parametrize("truths", [["3", "0"], [3, 0], [3.0, 0.0], ["fox", "cow"], ["D", "A"]])
def test_unambiguous_indices_names_and_letters_are_read(read, truths):
    assert read(["cow", "dog", "eel", "fox"], truths) == ["fox", "cow"]


def test_a_name_and_an_index_of_the_same_choice_are_not_ambiguous(read):
    assert read(["0", "1", "2"], [0, 2]) == ["0", "2"]


def test_letters_that_are_choices_are_names(read):
    assert read(["B", "C", "D"], ["C", "D"]) == ["C", "D"]
    with pytest.raises(DataError, match=r"the (truth|choice) 'A' is not a choice"):
        read(["B", "C", "D"], ["A", "B"])


@pytest.mark.parametrize("wrong", ["E", "4", -1, "bee"])
def test_a_truth_that_matches_no_choice_is_refused(read, wrong):
    with pytest.raises(DataError, match="is not a choice; it must be an index from 0 to 3 or"):
        read(["cow", "dog", "eel", "fox"], [wrong, wrong])


def test_a_letter_beside_its_lower_case_choice_is_refused(read):
    with pytest.raises(AmbiguousTruthError) as caught:
        read(["1", "a"], ["A", "a"])
    assert "'A' is ambiguous: as a letter it is choice number" in str(caught.value)
    assert "write 'a', or add truth_is=letter after the file's name" in str(caught.value)


def test_truth_is_settles_a_letter_beside_lower_case_choices(tmp_path):
    assert by_file(tmp_path, ["b", "a"], ["A", "B"], ",truth_is=letter") == ["b", "a"]
    assert by_file(tmp_path, ["b", "a"], ["a", "b"]) == ["a", "b"]
    assert by_file(tmp_path, ["a", "b"], ["A", "B"]) == ["a", "b"]  # both readings agree
    assert by_file(tmp_path, ["b", "x"], ["A", "A"]) == ["b", "b"]


def test_messages_show_booleans_as_json_does(tmp_path):
    with pytest.raises(DataError, match=r"the truth 'x' is not a choice.*choices: true, false\)"):
        by_file(tmp_path, [True, False], ["x"])


def test_drop_keeps_refusing_ambiguous_rows(tmp_path):
    with pytest.raises(AmbiguousTruthError):
        by_file(tmp_path, NUMBERS, ["1", "4"], ",drop=true")
    with pytest.raises(AmbiguousTruthError):
        by_questions(tmp_path, NUMBERS, ["1", "4"], ",drop=true")


def test_an_unknown_value_of_truth_is_is_a_user_mistake(tmp_path):
    with pytest.raises(UserError, match="truth_is must be one of index, name, letter, got 'nam'"):
        by_file(tmp_path, NUMBERS, ["1"], ",truth_is=nam")
    with pytest.raises(UserError, match="truth_is must be one of"):
        by_hub(tmp_path, NUMBERS, ["1"], ",truth_is=nam")


@pytest.mark.parametrize(
    ("value", "choices", "rule", "found"),
    [
        (1, [1, 2, 3], TruthRule(), 0),  # a number among numbers is the choice itself
        (1, [1, 2, 3], TruthRule("index"), 1),
        ("2", [1, 2, 3], TruthRule(), 1),
        (2.0, [1, 2, 3], TruthRule(), 1),
        (True, [False, True], TruthRule(), 1),
        (1, ["x", "y"], TruthRule(first=1), 0),
        ("B", ["A", "C", "B"], TruthRule("letter"), 1),
        ("B", ["A", "C", "B"], TruthRule(), 2),
    ],
)
def test_find_choice_returns_the_matching_choice(value, choices, rule, found):
    assert find_choice("here", value, choices, rule) == found


def test_integers_and_equal_floats_are_one_class(tmp_path):
    rows = [{"text": f"{i}", "truth": t} for i, t in enumerate([0, 0.0, 1.0, 1, "1", 0.5])]
    source = load_task(f"{write_jsonl(tmp_path / 'n.jsonl', rows)},classes=0/1/0.5")
    assert source.vault.reveal(np.arange(6), "score").tolist() == [0, 0, 1, 1, 1, 2]
    source = load_task(str(write_jsonl(tmp_path / "n.jsonl", rows[:5])))
    assert source.task.choices == ("0", "1")
    floats = [{"text": f"{i}", "truth": float(i % 2)} for i in range(4)]
    source = load_task(str(write_jsonl(tmp_path / "n.jsonl", floats)))
    assert source.task.choices == ("0.0", "1.0")  # as before, where no integer occurs
    asked = [{"question": f"{i}?", "truth": t} for i, t in enumerate([0, 0.0, 1.0, 1])]
    found = load_questions(str(write_jsonl(tmp_path / "q.jsonl", asked)))
    assert {tuple(sorted(one.choices)) for one in found.questions} == {("0", "1")}


def test_more_than_one_class_per_five_items_is_refused_with_the_reason(tmp_path):
    rows = [{"text": f"t{i}", "truth": i / 100} for i in range(80)]
    path = write_jsonl(tmp_path / "soft.jsonl", rows)
    with pytest.raises(DataError, match="80 classes in 80 items, more than one class for every 5"):
        load_task(str(path))
    with pytest.raises(DataError, match="80 classes in 80 items"):
        load_questions(f"{path},question=text")
    few = [{"text": f"t{i}", "truth": i % 16} for i in range(80)]
    assert len(load_task(str(write_jsonl(path, few))).task.choices) == 16
    many = [{"text": f"t{i}", "truth": i % 17} for i in range(80)]
    with pytest.raises(DataError, match="17 classes in 80 items"):
        load_task(str(write_jsonl(path, many)))
    named = ",classes=" + "/".join(map(str, range(17)))
    assert len(load_task(f"{path}{named}").task.choices) == 17


def test_classes_that_a_data_set_names_may_be_many(tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    rows = [{"text": f"t{i}", "truth": i % 30} for i in range(60)]
    (tmp_path / "hub").mkdir()
    data = datasets.Dataset.from_list(rows)
    data.to_parquet(tmp_path / "hub" / "train.parquet")
    with pytest.raises(DataError, match="30 classes in 60 items"):
        load_task(f"hf:{tmp_path}/hub,text=text,truth=truth")
    names = datasets.ClassLabel(names=[f"intent {i}" for i in range(30)])
    data.cast_column("truth", names).to_parquet(tmp_path / "hub" / "train.parquet")
    assert len(load_task(f"hf:{tmp_path}/hub,text=text,truth=truth").task.choices) == 30
