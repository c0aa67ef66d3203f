"""`truing measure` reads the same results from JSONL, CSV and TSV, and refuses NaN."""

from __future__ import annotations

import csv
import json

import pytest

from tests.conftest import write_jsonl

ROWS = {
    "pgr": [
        {
            "group": "007",
            "role": role,
            "seed": str(seed),
            "accuracy": accuracy + seed / 100,
            "n_test": 500,
        }
        for role, accuracy in (("weak", 0.6), ("transfer", 0.7), ("ceiling", 0.8))
        for seed in range(3)
    ],
    "ratings": [
        {"first": "1", "second": "02", "score": score, "games": 2, "cluster": str(i)}
        for i, score in enumerate([1, 0.5, 0.25, 0])
    ],
    "best-of-n": [
        {
            "question": f"0{i}",
            "reward": reward,
            "truth": i % 2 if reward == 2 else 0,
            "reward_model": "07",
        }
        for i in range(4)
        for reward in (1, 2, 3.5)
    ],
    "monitor": [
        {
            "id": f"0{i}",
            "monitor": monitor,
            "cluster": str(i // 2),
            "score": (i * 7) % 13 + 5 * (i >= 30) + 0.5,
            "attack": i >= 30,
            "group": "07" if i > 34 else None,
            "correct": 1,
        }
        for monitor in ("1", "02")
        for i in range(40)
    ],
    "oversight": [
        {
            "question": f"0{i}",
            "truth": i % 2,
            "belief": [0.7, 0.3],
            "argued": 1 if i % 3 else None,
            "assigned": True,
            "rounds": [[0.5, 0.5], [0.7, 0.3]],
            "speeches": {"debater": {"total": 2, "refused": 1}},
        }
        for i in range(12)
    ],
}


def write_table(path, rows, words=json.dumps):
    with path.open("w", newline="") as file:
        table = csv.DictWriter(
            file, list(rows[0]), delimiter="\t" if path.suffix == ".tsv" else ","
        )
        table.writeheader()
        for row in rows:
            table.writerow(
                {
                    name: value if isinstance(value, str | None) else words(value)
                    for name, value in row.items()
                }
            )
    return path


@pytest.mark.parametrize("form", ["csv", "tsv"])
@pytest.mark.parametrize("verb", list(ROWS))
def test_a_table_gives_the_same_results_as_jsonl(truing, tmp_path, verb, form):
    rows = ROWS[verb]
    expected = truing("measure", verb, write_jsonl(tmp_path / "a.jsonl", rows), "--json")
    assert expected[0] == 0
    path = write_table(tmp_path / f"a.{form}", rows)
    assert truing("measure", verb, path, "--json") == expected


def test_numbers_in_the_format_of_pandas_are_read(truing, tmp_path):
    """A column with a missing value is written as floats, and truth values as True and False."""
    rows = [row | {"speeches": "", "argued": 1} for row in ROWS["oversight"]]
    expected = truing("measure", "oversight", write_jsonl(tmp_path / "a.jsonl", rows), "--json")
    shown = [row | {"argued": "1.0", "assigned": "True"} for row in rows]
    path = write_table(tmp_path / "a.csv", shown)
    assert truing("measure", "oversight", path, "--json") == expected


@pytest.mark.parametrize(
    ("verb", "field", "message"),
    [
        ("pgr", "accuracy", "accuracy must be a number from 0 to 1, got 'high'"),
        ("pgr", "n_test", "n_test must be a positive integer, got 'high'"),
        ("ratings", "score", "score must be a number, not 'high'"),
        ("best-of-n", "reward", "reward must be a number, not 'high'"),
        ("best-of-n", "truth", "truth must be a number, not 'high'"),
        ("monitor", "score", "score must be a number, not 'high'"),
        ("monitor", "attack", "attack must be true or false, got 'high'"),
        ("monitor", "correct", "correct must be a number, not 'high'"),
        ("oversight", "truth", "truth must be an index, got 'high'"),
    ],
)
def test_text_in_a_number_cell_is_refused_with_its_line(truing, tmp_path, verb, field, message):
    good, *rows = ROWS[verb]
    path = write_table(tmp_path / "a.csv", [good | {field: "high"}, *rows])
    code, out, err = truing("measure", verb, path)
    assert (code, out) == (2, "")
    assert f"line 2: {message}" in err


def test_quoted_numbers_are_refused_in_jsonl(truing, tmp_path):
    rows = [row | {"accuracy": "0.6"} for row in ROWS["pgr"]]
    code, _, err = truing("measure", "pgr", write_jsonl(tmp_path / "a.jsonl", rows))
    assert code == 2
    assert "accuracy must be a number from 0 to 1, got '0.6'" in err


@pytest.mark.parametrize("field", ["group", "seed"])
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_nan_is_refused_as_a_group_or_seed(truing, tmp_path, field, form):
    first, *rows = ROWS["pgr"]
    rows = [first, rows[0] | {field: float("nan")}, *rows[1:]]
    path = tmp_path / f"a.{form}"
    (write_jsonl if form == "jsonl" else write_table)(path, rows)
    code, out, err = truing("measure", "pgr", path)
    assert (code, out) == (2, "")
    assert f"{field} is NaN, a missing value" in err
    assert len(err.splitlines()) == 1


def test_best_of_n_prints_each_n_with_its_kl_and_the_oracle(truing, tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", ROWS["best-of-n"])
    code, out, err = truing("measure", "best-of-n", path)
    assert (code, err) == (0, "")
    assert out.startswith("07: 4 questions, 1 seed (intervals cover questions only)\n")
    lines = [line.split() for line in out.splitlines()]
    assert lines[1] == ["n", "KL", "truth", "[95%]", "step", "[95%]", "oracle", "reward"]
    assert [line[:2] for line in lines[2:5]] == [["1", "0.00"], ["2", "0.19"], ["3", "0.43"]]
    assert "0.500" in lines[4]  # the oracle finds the right answer of two of four questions


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"truth": 2}, "line 1: truth must be true, false or a number from 0 to 1, got 2"),
        ({"reward": None}, "line 1: no field 'reward'"),
        ({"seed": 3}, "every reward model and seed must score the same candidates"),
    ],
)
def test_a_bad_candidate_is_one_line(truing, tmp_path, change, message):
    first, *rows = ROWS["best-of-n"]
    path = write_jsonl(tmp_path / "a.jsonl", [first | change, *rows])
    code, out, err = truing("measure", "best-of-n", path)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("largest", "message"),
    [(1, "largest must be an integer, 2 or more, got 1"), (9, "no question has more than 3")],
)
def test_a_largest_n_that_no_question_has_is_refused(truing, tmp_path, largest, message):
    path = write_jsonl(tmp_path / "a.jsonl", ROWS["best-of-n"])
    code, out, err = truing("measure", "best-of-n", path, "--largest", largest)
    assert (code, out) == (2, "")
    assert message in err
