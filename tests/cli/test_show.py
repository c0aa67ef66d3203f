"""`truing show`: any run folder, intact, running, stopped, broken or foreign."""

from __future__ import annotations

import json
import shlex
import shutil

import pytest

from tests.cli.test_cli import w2s
from tests.report.stress_rows import stress_folder
from tests.runs.test_frozen_runs import FROZEN
from truing.runs import Live


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("study", ["Weak-to-strong on digits", "finished, 6 rows, 3 seeds", "recovers 31%", "PGR"]),
        ("oversight", ["finished, 3 protocols", "from blind", "inconclusive"]),
        ("judge", ["judge was right in 1 of 2 verdicts", "command: truing judge"]),
        ("research", ["2 researchers, 4 methods each", "search tried 4", "sealed gain"]),
        ("game", ["Game: bisection-debate", "ours [95%]", "command: truing game"]),
        ("comparison", ["Run of kind comparison", "finished, 2 runs"]),
    ],
)
def test_every_kind_of_run_is_shown(truing, kind, parts):
    code, out, err = truing("show", FROZEN / kind)
    assert (code, err) == (0, "")
    assert all(part in " ".join(out.split()) for part in parts)
    lines = [line for line in out.splitlines() if not line.startswith("command: ")]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("study", "rows"),
        ("oversight", "protocols"),
        ("research", "researchers"),
        ("game", "results"),
    ],
)
def test_the_json_has_facts_and_results(truing, kind, field):
    found = json.loads(truing("show", FROZEN / kind, "--json")[1])
    assert found["kind"] == kind
    assert found["status"] == "finished"
    assert found["command"].startswith("truing ")
    assert found["finding"]
    assert found[field]


def test_a_stress_test_is_shown_with_its_power_card(truing, tmp_path):
    folder = stress_folder(tmp_path / "one")
    code, out, err = truing("show", folder)
    assert (code, err) == (0, "")
    text = " ".join(out.split())
    assert "stress, finished, 3 plants, 3 monitors, 3 strengths" in text
    assert "detects 2 of 3 plants" in text
    assert "Power card: 80% power at 5% false alarms" in text
    assert "TPR@1%" not in text
    assert "TPR@1%" in truing("show", folder, "--full")[1]
    found = json.loads(truing("show", folder, "--json")[1])
    assert (len(found["rows"]), len(found["card"])) == (27, 9)


def test_full_prints_all_tables(truing):
    assert "JSE" not in truing("show", FROZEN / "oversight")[1]
    assert "JSE" in truing("show", FROZEN / "oversight", "--full")[1]


def test_the_name_date_and_command_of_a_run_are_shown(truing, tiny):
    truing(*w2s(tiny, "--out", "first", "--name", "Tiny, first try"))
    out = truing("show", "first")[1]
    assert out.startswith("Tiny, first try (Weak-to-strong on ")
    assert "first: study, finished, 1 row, 2 seeds, started 20" in out
    words = shlex.split(out.splitlines()[-1].removeprefix("command: truing "))
    assert words[-4:] == ["--out", "first", "--name", "Tiny, first try"]
    again = json.loads(truing(*words, "--workers", 1, "--json")[1])
    assert again["work"]["trainings"] == 0
    assert again["folder"] == "first"


def test_a_running_run_shows_its_progress_and_no_results(truing, tmp_path):
    shutil.copytree(FROZEN / "study", tmp_path / "run")
    (tmp_path / "run" / "results.jsonl").unlink()
    with Live(tmp_path / "run") as live:
        live("train student", 3, 12)
        code, out, _ = truing("show", "run")
    assert code == 0
    assert "running (train student: 3 of 12)" in out
    assert "note:" not in out


@pytest.mark.parametrize(
    ("kind", "file", "message"),
    [
        ("study", "study.json", "broken (study.json is not a JSON object)"),
        ("study", "results.jsonl", "broken (results.jsonl was cut short or is damaged)"),
        ("oversight", "judgements.jsonl", "broken (judgements.jsonl was cut short"),
        ("research", "search/ledger.sqlite", "note: The results cannot be read ("),
    ],
)
def test_a_damaged_part_is_named(truing, tmp_path, kind, file, message):
    shutil.copytree(FROZEN / kind, tmp_path / "run")
    (tmp_path / "run" / file).write_text("{damaged")
    code, out, err = truing("show", "run")
    assert (code, err) == (0, "")
    assert message in " ".join(out.split())


def test_a_stopped_run_says_how_to_continue(truing, tmp_path):
    shutil.copytree(FROZEN / "research", tmp_path / "run")
    (tmp_path / "run" / "report.json").unlink()
    out = " ".join(truing("show", "run")[1].split())
    assert "research, cut short" in out
    assert "run it again to continue it" in out
    assert "to continue: truing research --problem weak-to-strong" in out
    assert out.endswith("--out run")


def test_a_folder_without_a_run_is_one_line(truing, tmp_path):
    (tmp_path / "empty").mkdir()
    code, _, err = truing("show", "empty")
    assert code == 2
    assert err.startswith("truing: empty contains no run; a run folder contains one of study.json")
    assert truing("show", "nosuch")[2].startswith("truing: nosuch does not exist")
