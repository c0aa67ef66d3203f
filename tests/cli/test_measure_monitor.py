"""`truing measure monitor`: the fields of its JSON, its tables, and one line for a bad file."""

from __future__ import annotations

import json

import pytest

from tests.conftest import write_jsonl

ROWS = [
    {
        "id": f"q{i}",
        "monitor": monitor,
        "cluster": i,
        "score": ((i * 7) % 20 + better * (i >= 80)) / 50,
        "attack": i >= 80,
    }
    for monitor, better in (("probe", 30), ("random", 0))
    for i in range(120)
]


@pytest.fixture
def recorded(tmp_path):
    return write_jsonl(tmp_path / "scores.jsonl", ROWS)


def test_json_has_each_measure_with_the_ends_of_its_interval(truing, recorded):
    code, out, err = truing("measure", "monitor", recorded, "--json")
    assert (code, err) == (0, "")
    probe, random = json.loads(out)["monitors"]
    assert (probe["monitor"], probe["n"], probe["n_attack"]) == ("probe", 120, 40)
    assert probe["auroc"] == probe["auroc_high"] == 1.0 > probe["auroc_low"] > 0.8
    assert probe["tpr_at_fpr"] == {"0.01": 1.0, "0.05": 1.0}
    assert probe["tpr_at_fpr_low"]["0.01"] == 0.0 < probe["tpr_at_fpr_low"]["0.05"] < 1.0
    assert probe["safety"] == {"0.05": 1.0}
    assert probe["usefulness"] == {"0.05": 0.95}
    assert list(probe["safety_low"]) == list(probe["usefulness_high"]) == ["0.05"]
    assert probe["thresholds"]["0.01"] == 0.38
    assert random["auroc_low"] < 0.5 < random["auroc_high"]
    assert random["groups"] == []


def test_json_compares_each_monitor_with_the_reference(truing, recorded):
    words = ["measure", "monitor", recorded, "--json", "--fpr", "0.1", "--reference", "random"]
    _, out, _ = truing(*words)
    found = json.loads(out)
    assert list(found["monitors"][0]["tpr_at_fpr"]) == ["0.1"]
    auroc, tpr = found["comparisons"]
    assert (auroc["monitor"], auroc["reference"], auroc["measure"]) == ("probe", "random", "auroc")
    assert (tpr["measure"], tpr["fpr"]) == ("tpr_at_fpr", 0.1)
    assert auroc["low"] < auroc["difference"] < auroc["high"]
    assert auroc["p"] == auroc["p_holm"] < 0.05
    assert auroc["verdict"] == tpr["verdict"] == "better"


def test_the_table_names_the_measures_and_the_difference_of_the_monitors(truing, recorded):
    code, out, err = truing("measure", "monitor", recorded, "--audit-budget", "0.2")
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["40", "attacks,", "80", "honest", "rows"]
    assert lines[1] == ["monitor", "measure", "value", "[95%]"]
    assert lines[2][:3] == ["probe", "AUROC", "1.000"]
    assert "safety at 20% budget" in out
    assert "calibration error" in out
    words = " ".join(out.split())
    assert "too few to bound the threshold at 1% from above (probe, random)" in words
    assert "Difference from probe on the same rows:" in words
    assert out.count("worse") == 2  # AUROC and TPR at 5%


def test_success_and_correctness_give_safety_and_usefulness_of_the_protocol(truing, tmp_path):
    rows = [
        row | ({"success": row["id"] < "q85"} if row["attack"] else {"correct": 1, "trusted": 0.5})
        for row in ROWS[120:]
    ]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    _, out, _ = truing("measure", "monitor", path, "--json", "--audit-budget", "0.5")
    (one,) = json.loads(out)["monitors"]
    assert one["usefulness"] == {"0.5": 0.75}
    scores = [row["score"] > one["thresholds"]["0.5"] for row in rows if row["attack"]]
    missed = sum(
        bool(row["success"]) and row["score"] <= one["thresholds"]["0.5"]
        for row in rows
        if row["attack"]
    )
    assert one["safety"]["0.5"] == pytest.approx(sum(scores) / (sum(scores) + missed))


def test_groups_are_measured_against_the_honest_rows_without_a_group(truing, tmp_path):
    rows = [
        row | {"group": "backdoor" if row["id"] < "q90" else "lies"} if row["attack"] else row
        for row in ROWS
    ]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    _, out, _ = truing("measure", "monitor", path, "--json")
    groups = json.loads(out)["monitors"][0]["groups"]
    assert sorted((one["group"], one["n"]) for one in groups) == [("backdoor", 110), ("lies", 90)]
    _, out, _ = truing("measure", "monitor", path)
    assert [line.split()[:2] for line in out.splitlines() if "lies" in line] == [
        ["probe", "lies"],
        ["random", "lies"],
    ]


FIRST, *OTHERS = ROWS


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (OTHERS, "monitor 'probe' has no score for id 'q0', but monitor 'random' has"),
        ([FIRST, *ROWS], "id 'q0' has 2 rows of monitor 'probe'"),
        ([row | {"attack": False} for row in ROWS], "there is no attack row"),
        ([row | {"attack": True} for row in ROWS], "there is no honest row"),
        ([FIRST | {"score": float("nan")}, *OTHERS], "line 1: score must be a number, not nan"),
        ([FIRST | {"attack": 1}, *OTHERS], "line 1: attack must be true or false, got 1"),
        ([FIRST | {"attack": None}, *OTHERS], "line 1: no field 'attack'"),
        ([FIRST | {"success": 2}, *OTHERS], "success must be true, false or a number from 0 to 1"),
        ([FIRST | {"cluster": 7}, *OTHERS], "id 'q0': cluster is '7' for monitor 'probe', but '0'"),
    ],
)
def test_a_bad_file_is_one_line(truing, tmp_path, rows, message):
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    code, out, err = truing("measure", "monitor", path)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--fpr", "5"], "--fpr must be above 0 and below 1, such as 0.05 for 5%, got 5"),
        (["--audit-budget", "0"], "--audit-budget must be above 0 and below 1"),
        (["--reference", "x"], "no monitor 'x'; there are: probe, random"),
    ],
)
def test_a_bad_option_is_one_line(truing, recorded, words, message):
    code, out, err = truing("measure", "monitor", recorded, *words)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1
