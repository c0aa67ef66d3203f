"""`truing oversee --pressure`: curves, run folder, repetition, and errors before a run."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path

import pytest

from truing import load, run
from truing.errors import UnknownNameError, UserError
from truing.lab import Oversight, read_oversight

JUDGES = ["truing/judge,skill=1", "truing/judge,skill=1,bias=length"]
DEBATER = "truing/debater,manner=true"
RUN = (
    *("oversee", "--task", "cases,count=12", "--debater", DEBATER, "--out", "run"),
    *("--protocol", "blind", "--protocol", "debate,rounds=1", "--pressure", "1,2,4"),
    *(word for judge in JUDGES for word in ("--judge", judge)),
)


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """Run `truing` in one folder; returns exit code, output and error output."""
    from truing.cli import main

    folder = tmp_path_factory.mktemp("pressure")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("COLUMNS", "60")
        yield main, patch
    gc.collect()


@pytest.fixture
def truing(command, capsys):
    main, patch = command

    def call(*words: str) -> tuple[int, str, str]:
        patch.setattr(sys, "argv", ["truing", *words])
        patch.setenv("TRUING_STORE", str(Path("store").absolute()))  # one for all tests
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return call


@pytest.fixture
def found(truing):
    """JSON of the run, which is played once: later calls find it finished."""
    code, out, _ = truing(*RUN, "--json")
    assert code == 0
    return json.loads(out)


def test_there_is_a_curve_for_each_judge_and_a_comparison_of_them(found):
    pressed = found["pressure"]
    assert pressed["counts"] == [1, 2, 4]
    names = [one.replace(",", ":") for one in JUDGES]
    assert [one["judge"] for one in pressed["curves"]] == names
    assert {one["protocol"] for one in pressed["curves"]} == {"debate,rounds=1"}
    assert [(one["first"], one["second"]) for one in pressed["comparisons"]] == [tuple(names)]
    assert all(one["simulated"] and one["candidates"] == 4 for one in pressed["curves"])


def test_judgements_and_their_measures_are_as_without_pressure(found):
    assert {one["protocol"] for one in found["protocols"]} == {"blind", "debate,rounds=1"}
    assert sum(one["n"] for one in found["protocols"]) == 4 * 12


def test_a_recorded_file_gives_the_same_curves(found, truing):
    code, out, _ = truing("measure", "pressure", "run/pressure.jsonl", "--json")
    assert code == 0
    assert json.loads(out) == found["pressure"]


def test_show_prints_the_curves_and_the_command_repeats_the_run(found, truing):
    _, out, _ = truing("show", "run")
    assert "Pressure: among n candidate plays" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 60 or "command: " in out
    _, out, _ = truing("show", "run", "--json")
    shown = json.loads(out)
    assert "--pressure 1,2,4" in shown["command"]
    assert shown["pressure"] == found["pressure"]


def test_missing_candidates_are_played_again_with_equal_results(found, truing):
    path = Path("run/pressure.jsonl")
    before = path.read_bytes()
    path.write_bytes(b"".join(before.splitlines(keepends=True)[:20]))
    code, _, _ = truing(*RUN, "--json")
    assert code == 0
    assert path.read_bytes() == before


def test_the_page_and_the_charts_show_the_pressure(found):
    assert "Pressure on the judge" in Path("run/report.html").read_text()
    rows = Path("run/charts/pressure.csv").read_text().splitlines()
    assert len(rows) == 1 + 2 * 3 * 5  # judges, n, and series


def test_python_reads_and_repeats_the_run(found):
    asked = read_oversight(Path("run"))
    assert (asked.pressure, asked.candidates) == ((1, 2, 4), 2 * 12 * 4)
    result = run(asked, out="run")
    assert json.loads(json.dumps(result.pressure.to_json())) == found["pressure"]
    assert "pressure" in result.charts
    assert load("run") == result


def test_a_reader_selects(truing):
    code, out, _ = truing(
        *("oversee", "--task", "cases,count=4", "--protocol", "consultancy,rounds=1", "--json"),
        *("--judge", "truing/judge", "--debater", DEBATER, "--pressure", "2", "--swap"),
        *("--role", "reader=truing/judge,bias=length"),
    )
    (curve,) = json.loads(out)["pressure"]["curves"]
    assert (code, curve["reader"]) == (0, "truing/judge:bias=length")
    assert (curve["pools"], curve["questions"]) == (8, 4)
    assert curve["points"][0]["judge"]["value"] != curve["points"][0]["proxy"]["value"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"protocols": ["debate"]}, "--protocol debate,rounds=1|debate: pressure requires a prot"),
        ({"protocols": ["blind"]}, "there are only blind; add a protocol such as debate,rounds=1"),
        ({"pressure": [1]}, "pressure must contain a number above 1"),
        ({"pressure": [0, 2]}, "pressure must be integers from 1 to 1,000, got 0"),
        ({"limit": 1}, "2 or more independent questions for its intervals, got 1"),
    ],
)
def test_a_run_that_cannot_be_measured_is_refused_before_it_begins(options, message):
    given = {"protocols": ["debate,rounds=1"], "questions": "cases,count=4", "pressure": [1, 2]}
    with pytest.raises(UserError, match=message):
        Oversight(**{**given, **options}, judge="truing/judge", debater="truing/debater")


def test_the_reader_is_a_role_only_under_pressure():
    given = {"protocols": ["blind"], "questions": "cases,count=4", "judge": "truing/judge"}
    with pytest.raises(UnknownNameError, match="unknown role 'reader'"):
        Oversight(**given, reader="truing/judge")
