"""Fields of items: other columns of the data, from every source, and never in a task."""

import csv
import json
import pickle

import numpy as np
import pytest

from tests.conftest import write_jsonl
from truing.tasks import fields_of, load_task, make_source

ROWS = [
    {
        "id": f"i{n}",
        "text": f"text {n}",
        "truth": ["no", "yes"][n % 2],
        "hardness": n / 60,
        "origin": ["hidden-a", "hidden-b"][n // 30],
    }
    for n in range(60)
]


def as_csv(path):
    with path.open("w") as file:
        writer = csv.DictWriter(file, ROWS[0])
        writer.writeheader()
        writer.writerows(ROWS)
    return str(path)


def as_parquet(path):
    pytest.importorskip("pyarrow")
    pandas = pytest.importorskip("pandas")
    pandas.DataFrame(ROWS).to_parquet(path)
    return str(path)


def as_hub(folder):
    pytest.importorskip("datasets")
    folder.mkdir()
    write_jsonl(folder / "train.jsonl", ROWS)
    return f"hf:{folder},text=text,truth=truth"


FORMS = {
    "JSONL": lambda folder: str(write_jsonl(folder / "rows.jsonl", ROWS)),
    "CSV": lambda folder: as_csv(folder / "rows.csv"),
    "Parquet": lambda folder: as_parquet(folder / "rows.parquet"),
    "data frame": lambda folder: pytest.importorskip("pandas").DataFrame(ROWS),
    "data set": lambda folder: pytest.importorskip("datasets").Dataset.from_list(ROWS),
    "list of dicts": lambda folder: ROWS,
    "hub": lambda folder: as_hub(folder / "hub"),
    "source": lambda folder: load_task(ROWS),
}


@pytest.mark.parametrize("form", FORMS)
def test_other_columns_are_fields_of_every_kind_of_source(form, tmp_path):
    source = load_task(FORMS[form](tmp_path))
    assert source.fields["hardness"] == pytest.approx([row["hardness"] for row in ROWS])
    assert source.fields["origin"].tolist() == [row["origin"] for row in ROWS]
    assert not {"truth", "text"} & set(source.fields)


def test_a_task_contains_no_field(tmp_path):
    source = load_task(str(write_jsonl(tmp_path / "rows.jsonl", ROWS)))
    content = pickle.dumps(source.task)
    assert b"text 7" in content
    assert b"hidden-a" not in content
    assert b"hardness" not in content


def test_fields_follow_the_items_that_remain(tmp_path):
    rows = [*ROWS[:5], {"id": "bad", "text": "no truth", "hardness": 9}, *ROWS[5:]]
    source = load_task(f"{write_jsonl(tmp_path / 'rows.jsonl', rows)},drop=true,balance=true")
    by_id = {row["id"]: row["hardness"] for row in ROWS}
    assert source.fields["hardness"].tolist() == [by_id[one] for one in source.task.ids]


def test_each_choice_of_a_question_has_the_fields_of_its_row(tmp_path):
    rows = [{"question": f"q{n}", "choices": ["a", "b"], "truth": 0, "level": n} for n in range(20)]
    source = load_task(f"{write_jsonl(tmp_path / 'rows.jsonl', rows)},form=truefalse")
    assert source.fields["level"].tolist() == [n for n in range(20) for _ in "ab"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, "2.5", None], [1.0, 2.5, np.nan]),
        (["a", "", 3], ["a", None, "3"]),
        ([True, False, None], ["true", "false", None]),
        (["True", "False", ""], ["true", "false", None]),
    ],
)
def test_values_are_numbers_or_texts(values, expected):
    (found,) = fields_of([{"field": value} for value in values]).values()
    assert json.dumps(found.tolist()) == json.dumps(expected)


@pytest.mark.parametrize("values", [[None, ""], [[1], [2]], [{"a": 1}, None]])
def test_lists_objects_and_empty_columns_are_no_fields(values):
    assert fields_of([{"field": value} for value in values]) == {}


def test_a_task_that_is_made_in_python_may_have_fields():
    truth = np.arange(40) % 2
    made = make_source(
        "made",
        "classification",
        [str(n) for n in range(40)],
        np.zeros((40, 2)),
        ["no", "yes"],
        truth,
        fields={"size": np.arange(40)},
    )
    assert load_task(made).fields["size"].tolist() == list(range(40))
