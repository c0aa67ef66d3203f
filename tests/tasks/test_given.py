"""Tasks as objects: what is one task, what are several, and which mistakes are refused."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import numpy as np
import pytest

import truing
from tests.conftest import write_jsonl
from truing.errors import DataError, UserError
from truing.given import find, shown
from truing.studies import Study
from truing.tasks import Item, Source, give_tasks, load_task, make_source, make_task

COUNT = 60
EVERYTHING = np.arange(COUNT)
WORDS = ["red", "green", "blue", "warm", "cold"]
ROWS = [
    {"text": f"{WORDS[i % 5]} {WORDS[i // 5 % 5]} {i}", "truth": ["no", "yes"][i % 2]}
    for i in range(COUNT)
]
VECTORS = np.random.default_rng(0).normal(size=(COUNT, 3)).round(4)
NUMBERS = np.arange(COUNT) % 3


def same(source: Source, other: Source) -> bool:
    """Whether two tasks have the same items and the same ground truth."""
    return source.task.fingerprint == other.task.fingerprint and (
        source.vault.digest(EVERYTHING) == other.vault.digest(EVERYTHING)
    )


@pytest.fixture
def from_file(tmp_path):
    """Rows to the task that a JSONL file of them is."""
    return lambda rows: load_task(str(write_jsonl(tmp_path / "items.jsonl", rows)))


def frame(rows=ROWS, **more):
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(rows).assign(**more)


def data_set(rows=ROWS):
    return pytest.importorskip("datasets").Dataset.from_list(rows)


@pytest.mark.parametrize("make", [frame, data_set, list], ids=["DataFrame", "Dataset", "list"])
@pytest.mark.parametrize("more", [{}, {"id": "x", "cluster": 0}], ids=["plain", "clusters"])
def test_rows_give_the_task_of_a_file_with_these_rows(make, more, from_file):
    rows = [
        row | {name: f"{name}{i // 2 if name == 'cluster' else i}" for name in more}
        for i, row in enumerate(ROWS)
    ]
    assert same(load_task(make(rows)), from_file(rows))


def test_arrays_give_the_task_of_a_file_with_their_rows(from_file):
    texts, truths = [row["text"] for row in ROWS], [row["truth"] for row in ROWS]
    assert same(load_task((texts, truths)), from_file(ROWS))
    assert same(load_task((np.array(texts), np.array(truths))), from_file(ROWS))
    rows = [{"vector": list(v), "truth": int(y)} for v, y in zip(VECTORS, NUMBERS, strict=True)]
    assert same(load_task((VECTORS, NUMBERS)), from_file(rows))
    rows = [row | {"cluster": i // 3} for i, row in enumerate(rows)]
    assert same(load_task((VECTORS, NUMBERS, EVERYTHING // 3)), from_file(rows))


def test_columns_of_a_data_frame_and_a_series_are_arrays():
    table = frame(VECTORS.tolist(), y=NUMBERS)
    assert same(load_task((table[[0, 1, 2]], table["y"])), load_task((VECTORS, NUMBERS)))


def test_a_tensor_is_an_array():
    torch = pytest.importorskip("torch")
    arrays = torch.tensor(VECTORS), torch.tensor(NUMBERS)
    assert same(load_task(arrays), load_task((VECTORS, NUMBERS)))


def test_images_stay_images():
    task = load_task((np.ones((COUNT, 4, 5), np.uint8), NUMBERS)).task
    assert task.medium == "images"
    assert task.inputs.shape == (COUNT, 4, 5)
    assert task.inputs.dtype == np.float32


def test_choices_and_pairs_are_rows_too(from_file):
    asked = [{"text": f"{i}?", "choices": ["yes", "no"], "truth": i % 2} for i in range(COUNT)]
    pairs = [{"prompt": f"{i}?", "chosen": f"a{i}", "rejected": f"b{i}"} for i in range(COUNT)]
    for rows in (asked, pairs):
        assert same(load_task(frame(rows)), from_file(rows))
        assert same(load_task(data_set(rows)), from_file(rows))


def test_columns_are_named_as_after_the_name_of_a_file(tmp_path):
    rows = [{"q": row["text"], "answer": row["truth"], "text": "other"} for row in ROWS]
    path = write_jsonl(tmp_path / "named.jsonl", rows)
    wanted = load_task(f"{path},text=q,truth=answer")
    assert same(load_task(frame(rows), text="q", truth="answer"), wanted)
    assert same(load_task(rows, text="q", truth="answer"), wanted)
    assert same(load_task(path, text="q", truth="answer"), wanted)
    assert load_task(path, text="q", truth="answer").specification == f"{path},text=q,truth=answer"


def test_other_arguments_are_those_of_a_file():
    rows = [*ROWS, {"text": "no truth"}]
    assert load_task(rows, drop=True).left_out == 1
    assert load_task(ROWS, classes=["yes", "no"]).task.choices == ("yes", "no")
    assert load_task(ROWS, classes=["n/a", "no", "yes"]).task.choices == ("n/a", "no", "yes")
    asked = [{"text": f"{i}?", "choices": ["1", "2"], "truth": 1} for i in range(COUNT)]
    by_name, by_index = (load_task(asked, truth_is=one).vault for one in ("name", "index"))
    assert by_name.digest(EVERYTHING) != by_index.digest(EVERYTHING)


def test_columns_without_a_meaning_are_not_kept():
    rows = frame(image=[object()] * COUNT)
    assert same(load_task(rows), load_task(ROWS))
    assert give_tasks(rows) == give_tasks(frame())


def test_a_missing_value_of_a_data_frame_is_a_missing_field():
    numbers = [float(i % 2) for i in range(COUNT)]
    table = frame(truth=[None, *numbers[1:]])
    with pytest.raises(DataError, match="dataframe, row 1: no field 'truth'"):
        load_task(table)
    source = load_task(table, drop=True)
    assert (len(source.task), source.task.choices) == (COUNT - 1, ("0", "1"))


def test_dates_and_categories_of_a_data_frame_are_names():
    first = datetime.date(2026, 1, 1)
    days = [first + datetime.timedelta(days=i // 2) for i in range(COUNT)]
    table = frame(cluster=days)
    table["truth"] = table["truth"].astype("category")
    source = load_task(table)
    assert source.task.items[2].cluster == "2026-01-02"
    assert source.task.choices == ("no", "yes")


def test_class_labels_of_a_data_set_have_their_names():
    data = data_set([row | {"truth": i % 2} for i, row in enumerate(ROWS)])
    named = data.cast_column("truth", pytest.importorskip("datasets").ClassLabel(names=["n", "y"]))
    assert load_task(named).task.choices == ("n", "y")
    assert load_task(named.shuffle(seed=0).select(range(40))).task.choices == ("n", "y")


def test_a_task_made_in_python_is_kept_as_it_is():
    items = [Item(f"n{n}", f"Is {n} even?", ("yes", "no"), cluster=f"c{n}") for n in range(COUNT)]
    made = make_task("parity", "classification", items, ("yes", "no"), EVERYTHING % 2)
    ids = [f"n{n}" for n in range(COUNT)]
    inputs = VECTORS.astype(np.float32)
    vectors = make_source("vectors", "classification", ids, inputs, ["z", "n/a"], EVERYTHING % 2)
    for source in (made, vectors):
        (specification,) = give_tasks(source)
        assert same(load_task(specification), source)


def test_a_loaded_task_is_the_task_that_it_was_loaded_from():
    assert give_tasks(load_task("digits")) == ["digits"]
    rows = load_task(ROWS, name="colors")
    assert give_tasks([rows, load_task("digits")]) == [rows.specification, "digits"]
    assert shown(rows.specification, [rows.specification]) == "colors"


def test_a_list_of_dicts_is_one_task_and_any_other_list_contains_several():
    arrays = (VECTORS, NUMBERS)
    assert len(give_tasks(ROWS)) == 1
    several = give_tasks([ROWS, arrays, "digits", Path("items.csv"), frame()])
    assert several[2:4] == ["digits", "items.csv"]
    assert [one.partition("@")[0] for one in several] == [
        "rows",
        "arrays",
        "digits",
        "items.csv",
        "dataframe",
    ]
    assert give_tasks(("digits", "digits-parity")) == ["digits", "digits-parity"]
    assert give_tasks({"colors": ROWS, "vectors": arrays}) == [
        load_task(ROWS, name="colors").specification,
        load_task(arrays, name="vectors").specification,
    ]
    assert give_tasks({"colors": load_task(ROWS)}) == give_tasks({"colors": ROWS})


def test_equal_content_has_the_same_specification_and_other_content_another():
    assert give_tasks(frame()) == give_tasks(frame())
    assert give_tasks((VECTORS, NUMBERS)) == give_tasks((VECTORS.copy(), NUMBERS.tolist()))
    changed = [*ROWS[:-1], ROWS[-1] | {"truth": "no"}]
    assert give_tasks(changed) != give_tasks(ROWS)
    assert give_tasks((VECTORS + 1, NUMBERS)) != give_tasks((VECTORS, NUMBERS))


def test_a_tasks_size_is_its_repr_and_only_the_source_states_the_majority(caplog):
    caplog.set_level("INFO", "truing.tasks")
    source = load_task((VECTORS, np.arange(COUNT) < 45, EVERYTHING // 2), name="half")
    assert source.summary == "60 items, 2 classes, majority 0.75, 30 clusters"
    assert repr(source) == f"<Source half: {source.summary}>"
    assert repr(source.task) == "<Task half: 60 items, 2 classes, 30 clusters>"
    assert caplog.messages == [f"half: {source.summary}"]


WRONG = {
    "an array": (VECTORS, "an object of type ndarray is not a task; a task is a name"),
    "a list [X, y]": ([VECTORS, NUMBERS], "a list of arrays is not a task; write a tuple, (X, y)"),
    "items without truth": ([Item("a", "b", ("c", "d"))], "an object of type Item is not a task"),
    "a number": (3, "an object of type int is not a task"),
    "nothing": ([], "the study has no task"),
    "a tuple of four": ((VECTORS, 1, 2, 3), "a tuple of 4 elements is not a task; a tuple is one"),
    "a tuple of two tasks": (("digits", ROWS), "write several tasks as a list, [task, task]"),
    "too few labels": ((VECTORS, [0, 1]), r"y has shape (2,), but X has 60 items"),
    "too many clusters": ((VECTORS, NUMBERS, range(99)), "clusters has shape (99,)"),
    "a column of numbers": ((NUMBERS, NUMBERS), "X is an array of shape (60,) and type int"),
    "color images": ((np.ones((COUNT, 2, 2, 3)), NUMBERS), "or images (n, height, width)"),
    "rows of several lengths": (([[1], [2, 3]], [0, 1]), "X is an object of type list"),
    "a missing number": ((np.full((COUNT, 2), np.nan), NUMBERS), "arrays, row 1: the numbers must"),
    "a number beyond float32": ((VECTORS * 1e60, NUMBERS), "the numbers must be finite"),
    "a missing label": ((VECTORS, [np.nan] * COUNT), "arrays, row 1: truth is NaN"),
    "one class": ((VECTORS, [1] * COUNT), "every item has the same truth"),
    "probabilities": ((VECTORS, VECTORS[:, 0]), "classes in 60 items"),
    "rows and tasks": ([ROWS, ROWS[0]], "a list contains dicts and other tasks"),
    "no truth": (
        [{"text": "a", "label": 1}],
        "rows has no column 'truth'; its columns: text, label",
    ),
    "no text": ([{"review": "a", "truth": 1}], "truing.load_task(data, text='review')"),
    "no likely text": ([{"essay": "a", "truth": 1}], "truing.load_task(data, text='COLUMN')"),
    "an ambiguous truth": (
        [{"text": "Which?", "choices": ["1", "2"], "truth": 1}],
        "pass truing.load_task(data, truth_is='name') or truing.load_task(data, truth_is='index')",
    ),
    "a letter beside its lower case": (
        [{"text": "Which?", "choices": ["b", "a"], "truth": "A"}],
        "write 'a', or pass truing.load_task(data, truth_is='letter')",
    ),
    "an unusable row": (
        [*ROWS, {"text": "no truth"}],
        "truing.load_task(data, drop=True) leaves out such rows",
    ),
    "free text as truth": (
        [{"text": f"{i}", "truth": f"answer {i}"} for i in range(COUNT)],
        "name all classes with truing.load_task(data, classes='NAME/NAME')",
    ),
    "half a pair": ([{"chosen": "a"}], "rows has no column 'rejected'"),
    "an object as text": ([{"text": 1j, "truth": 1}], "rows, row 1: a value of type complex"),
    "a renamed name": ({"mine": "digits"}, "'mine' cannot rename the task 'digits'"),
}


@pytest.mark.parametrize(("given", "message"), WRONG.values(), ids=WRONG)
def test_an_object_that_is_no_task_is_refused_in_one_line(given, message):
    with pytest.raises(UserError) as caught:
        Study(tasks=given, weak="pca-1", strong="pca-2", methods="naive")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"truth": "label"}, {}),
        ({"truth": "Label"}, {}),
        ({"text": "sentence", "truth": "target"}, {}),
        ({"text": "body", "truth": "y"}, {"text": "body"}),
        ({"text": "passage", "truth": "verdict"}, {"text": "pasage", "truth": "verdict"}),
    ],
)
def test_the_error_about_a_missing_column_contains_the_call_that_names_it(columns, named):
    data = frame().rename(columns=columns)
    with pytest.raises(DataError, match=r"did you mean the columns? '") as caught:
        load_task(data, **named)
    (call,) = re.findall(r"truing\.load_task\(.*?\)", str(caught.value))
    assert same(eval(call, {"truing": truing, "data": data}), load_task(ROWS))


def test_a_data_frame_that_is_no_task_is_refused_in_one_line():
    pandas = pytest.importorskip("pandas")
    wrong = {
        "dataframe has no column 'truth'; its columns: text, label; did you mean the column "
        "'label'? Pass truing.load_task(data, truth='label') in place of the data": (
            frame().rename(columns={"truth": "label"})
        ),
        "did you mean the column 'target'? Pass truing.load_task(data, text='COLUMN', "
        "truth='target') in place of the data; numbers are a task as a tuple of arrays": (
            frame().rename(columns={"truth": "target", "text": "0"})
        ),
        "dataframe has the column 'text' twice": pandas.concat([frame(), frame()], axis=1),
        "dataframe has no row; it needs at least one": frame()[:0],
        "an object of type Series is not a task": frame()["text"],
        "write several tasks as a list": (frame(), frame()),
    }
    for message, given in wrong.items():
        with pytest.raises(UserError) as caught:
            Study(tasks=given, weak="lsa-1", strong="lsa-2", methods="naive")
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_data_set_with_splits_or_without_length_is_refused():
    datasets = pytest.importorskip("datasets")
    with pytest.raises(UserError, match=r"choose one, such as dataset\['train'\]"):
        give_tasks(datasets.DatasetDict(train=data_set()))
    with pytest.raises(UserError, match="an IterableDataset has no length"):
        give_tasks(data_set().to_iterable_dataset())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"text": "nix"}, "rows has no column 'nix'; its columns: text, truth"),
        ({"label": "truth"}, "rows has no argument 'label'; allowed: name, id, text, vector"),
        ({"drop": "maybe"}, "drop must be true or false, got 'maybe'"),
        ({"truth_is": "place"}, "truth_is must be one of index, name, letter, got 'place'"),
        ({"classes": ["a", "b"]}, "the truth 'no' is not a class; allowed: a, b"),
    ],
)
def test_a_wrong_argument_is_refused_in_one_line(arguments, message):
    with pytest.raises(UserError) as caught:
        load_task(ROWS, **arguments)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_arrays_have_no_columns_to_name():
    with pytest.raises(UserError, match="allowed: name, classes, truth_is, drop"):
        load_task((VECTORS, NUMBERS), text="question")


def test_an_array_is_kept_once_and_not_as_text():
    files = find(load_task((VECTORS, NUMBERS)).specification).files
    assert set(files) == {".jsonl", ".npy"}
    assert b"vector" not in files[".jsonl"]
