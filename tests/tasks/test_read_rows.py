"""Rows of files: JSONL, JSON, CSV, TSV and gzip are read by name, with the same fields."""

from __future__ import annotations

import csv
import gzip
import json
import sys

import numpy as np
import pytest

from truing.errors import DataError, UnknownNameError, UserError
from truing.oversight.questions import load_questions
from truing.tasks import load_task

ROWS = [
    {"id": f"i{i}", "text": f'say "{i}", then\nstop', "truth": i % 2, "cluster": f"c{i // 2}"}
    for i in range(40)
]


def write(path, rows=ROWS):
    """Rows in the form that a file's name asks for."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".csv", ".tsv")):
        with path.open("w", newline="") as file:
            delimiter = "\t" if name.endswith(".tsv") else ","
            table = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
            table.writeheader()
            table.writerows(rows)
    elif name.endswith(".json"):
        path.write_text(json.dumps(rows, indent=1))
    elif name.endswith(".parquet"):
        pandas = pytest.importorskip("pandas")
        pytest.importorskip("pyarrow")
        pandas.DataFrame(rows).to_parquet(path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    if path.name.endswith(".gz"):
        path.write_bytes(gzip.compress(path.read_bytes()))
    return path


FORMS = [
    "a.jsonl",
    "a.json",
    "a.csv",
    "a.tsv",
    "a.parquet",
    "a.jsonl.gz",
    "a.csv.gz",
    "a.tsv.gz",
    "a.json.gz",
]
FORMS += ["a.parquet.gz", "A.CSV"]


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_task(tmp_path, name):
    source = load_task(str(write(tmp_path / name)))
    same = load_task(str(write(tmp_path / "same.jsonl")))
    assert source.task.fingerprint == same.task.fingerprint
    everything = np.arange(len(ROWS))
    assert source.vault.digest(everything) == same.vault.digest(everything)


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_questions(tmp_path, name):
    found = load_questions(f"{write(tmp_path / name)},question=text")
    same = load_questions(f"{write(tmp_path / 'same.jsonl')},question=text")
    assert found.fingerprint == same.fingerprint


def test_lists_in_a_cell_are_json(tmp_path):
    rows = [{"text": f"{i}?", "choices": '["yes", "no"]', "truth": "no"} for i in range(4)]
    task = load_task(str(write(tmp_path / "a.csv", rows))).task
    assert sorted(task.inputs[0]) == ["0?\nno", "0?\nyes"]
    rows = [{"vector": f"[{i}, 1.5]", "truth": i % 2} for i in range(4)]
    assert load_task(str(write(tmp_path / "a.tsv", rows))).task.inputs[1].tolist() == [1, 1.5]


def test_an_empty_cell_is_null_and_nan_is_nan(tmp_path):
    rows = [{"text": f"t{i}", "truth": i % 2, "cluster": ""} for i in range(4)]
    assert len(set(load_task(str(write(tmp_path / "a.csv", rows))).task.clusters)) == 4
    rows[2]["text"] = ""
    with pytest.raises(DataError, match=r"a\.csv, line 4: no field 'text'"):
        load_task(str(write(tmp_path / "a.csv", rows)))
    rows[2]["text"] = "NaN"
    with pytest.raises(DataError, match="line 4: text is NaN, a missing value"):
        load_task(str(write(tmp_path / "a.csv", rows)))


def test_long_cells_and_a_byte_order_mark_are_read(tmp_path):
    rows = [{"text": f"{i} " + "long " * 40_000, "truth": i % 2} for i in range(3)]
    path = write(tmp_path / "a.csv", rows)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_task(str(path)).task.inputs[2] == rows[2]["text"]


WRONG = [
    ("a.csv", "text,truth\na,0,1\n", "line 2: 3 cells, but the header has 2; put a cell"),
    ("a.csv", "text,text\na,0\n", "line 1: the header names the column 'text' twice"),
    ("a.csv", 'text,truth\n"a,0\n', "line 2: not a row of a table (unexpected end of data)"),
    ("a.csv", "text,truth\n", "is empty; it needs at least one row"),
    ("a.json", "[]", "is empty; it needs at least one row"),
    ("a.json", "[1]", "item 1: a row must be a JSON object, not int"),
    ("a.json", '[\n{"text": 1}\n', "not JSON (Expecting ',' delimiter at line 3, column 1)"),
    ("a.jsonl.gz", "no gzip", "cannot be read: Not a gzipped file"),
    ("a.jsonl", "1" * 5000, "line 1: unusable JSON"),
    ("a.parquet", "no table", "cannot be read"),
    ("a.xlsx", "", "unknown file type '.xlsx'; allowed: .jsonl, .json, .csv, .tsv, .parquet"),
]


@pytest.mark.parametrize(("name", "content", "message"), WRONG)
def test_an_unreadable_file_is_refused_in_one_line(tmp_path, name, content, message):
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(DataError) as caught:
        load_task(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_pyarrow_the_message_says_how_to_install_it(tmp_path, monkeypatch):
    (tmp_path / "a.parquet").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(UserError, match="pip install pyarrow"):
        load_task(str(tmp_path / "a.parquet"))


def test_a_missing_file_and_an_unknown_name_have_different_messages(tmp_path):
    for name in ("none.csv", "none.json.gz"):
        with pytest.raises(DataError, match="no such file"):
            load_task(str(tmp_path / name))
    with pytest.raises(UnknownNameError, match=r"file:PATH"):
        load_task(str(tmp_path / "none.xlsx"))


def test_a_directory_is_refused_with_the_way_to_read_a_data_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "mine.csv", "digits"):
        (tmp_path / name).mkdir()
    for name in ("mine", "mine.csv"):
        told = f"^{name} is a directory; name a file in it"
        with pytest.raises(DataError, match=f"{told}, or read the data set in it: hf:./{name}$"):
            load_task(name)
        with pytest.raises(DataError, match=f"{told}$"):
            load_questions(name)
    with pytest.raises(DataError, match=f"hf:{tmp_path}/mine$"):
        load_task(f"{tmp_path}/mine")
    assert len(load_task("digits").task) == 1797


@pytest.mark.parametrize(("name", "form"), [("x.txt", ".txt"), ("x.txt.gz", ".txt"), ("x", "")])
def test_an_unknown_file_type_is_refused_with_those_allowed(tmp_path, name, form):
    (tmp_path / name).write_text("text")
    for load in (load_task, load_questions):
        with pytest.raises(DataError) as told:
            load(f"{tmp_path / name},text=a")
        assert f"{name}: unknown file type {form!r}; allowed: .jsonl, .json, " in str(told.value)
        assert str(told.value).endswith("; convert the file")


def test_rows_without_ids_are_the_same_task_in_every_format(tmp_path):
    rows = [{"text": f"text {i}", "truth": "yes" if i % 3 else "no"} for i in range(20)]
    tasks = [load_task(str(write(tmp_path / name, rows))).task for name in FORMS]
    assert {task.fingerprint for task in tasks} == {tasks[0].fingerprint}
    assert [item.id for item in tasks[0].items][:2] == ["1", "2"]
