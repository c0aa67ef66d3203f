"""Tables of recorded results at any width and in a pipe: no number is cut."""

from __future__ import annotations

import json
import shlex
import subprocess

import pytest

ONE_SEED = [
    {"group": "g", "role": role, "seed": 0, "accuracy": accuracy, "n_test": 500}
    for role, accuracy in (("weak", 0.6), ("transfer", 0.7), ("ceiling", 0.8))
]
DRAWS = [{"first": "A", "second": "B", "score": 0.5}] * 6
VERDICTS = [
    {"question": f"q{i}", "truth": 0, "belief": [p, 1 - p], "protocol": protocol, "argued": i % 2}
    for i in range(12)
    for protocol, p in (("consultancy", 0.8 if i % 3 else 0.3), ("critique", 0.4 + 0.05 * i))
]


@pytest.fixture
def measured(truing, tmp_path, monkeypatch):
    """What `truing measure` prints of rows, in so many columns or in a pipe."""

    def measure(verb, rows, columns=None):
        path = tmp_path / "rows.jsonl"
        path.write_text("\n".join(map(json.dumps, rows)))
        monkeypatch.delenv("COLUMNS")
        if columns is not None:
            monkeypatch.setenv("COLUMNS", str(columns))
        code, shown, err = truing("measure", verb, path)
        assert code == 0, err
        assert "…" not in shown
        if columns:
            assert max(map(len, shown.splitlines())) <= columns
        return shown

    return measure


@pytest.mark.parametrize("columns", [20, 40, 60, None])
def test_pgr_of_one_seed_is_not_cut(measured, columns):
    shown = measured("pgr", ONE_SEED, columns)
    words = shown.split()
    for whole in ("0.50", "[0.23,", "0.75]", "0.6000", "0.7000", "0.8000"):
        assert whole in words
    assert "only one seed" in " ".join(words)
    assert "not shown" not in shown
    if columns is None:
        assert "0.50 [0.23, 0.75]" in shown
        assert "0.6000    0.7000   0.8000" in shown


@pytest.mark.parametrize("columns", [24, 40, None])
def test_ratings_are_not_cut(measured, columns):
    words = measured("ratings", DRAWS, columns).split()
    assert words.count("1500") == 2
    low, high = (float(word.strip("[,]")) for word in words[words.index("1500") + 1 :][:2])
    assert low < 1400 < 1600 < high


@pytest.mark.parametrize("columns", [40, 60, None])
def test_the_verdict_of_protocols_is_not_cut(measured, columns):
    shown = measured("oversight", VERDICTS, columns)
    assert "inconclusive" in shown.split()
    assert {"consultancy", "critique"} <= set(shown.split())


def test_output_to_a_pipe_is_not_cut_or_wrapped(measured):
    group = "g" * 150
    lines = measured("pgr", [row | {"group": group} for row in ONE_SEED]).splitlines()
    assert " ".join(lines[0].split()) == "group PGR [95%] sd weak transfer ceiling seeds"
    assert " ".join(lines[1].split()) == f"{group} 0.50 [0.23, 0.75] 0.6000 0.7000 0.8000 1"
    assert lines[2] == ""
    assert len(lines) == 4


@pytest.mark.parametrize("verb", ["pgr", "ratings", "oversight"])
def test_a_closed_standard_output_gives_no_traceback(tmp_path, verb, warm):
    path = tmp_path / "rows.jsonl"
    rows = {"pgr": ONE_SEED, "ratings": DRAWS, "oversight": VERDICTS}[verb]
    path.write_text("\n".join(map(json.dumps, rows)))
    command = shlex.join([str(warm), "-m", "truing", "measure", verb, str(path)])
    done = subprocess.run(f"{command} >&-", shell=True, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
