"""A run folder contains one run; another run replaces it only with `overwrite`."""

from __future__ import annotations

import datetime
import json
import os
import shutil

import pytest

import truing
from truing.errors import UserError
from truing.research import ChooseProtocol, Referee, ResearchConfig
from truing.runs import (
    ABOUT,
    GAME,
    LEDGER,
    REFEREE,
    RESEARCH,
    STUDY,
    ClaimedFolder,
    claim_folder,
    find_run,
    read_about,
)

GAME_RUN = truing.Game("prover-verifier")


def names(folder) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_folder_with_a_run_of_another_kind_is_refused_and_unchanged(tmp_path):
    with ClaimedFolder(tmp_path, GAME, "{}"):
        pass
    with pytest.raises(UserError, match="contains another game run; use --overwrite") as found:
        ClaimedFolder(tmp_path, STUDY, "{}").__enter__()
    assert "(in Python: overwrite=True) to replace it" in str(found.value)
    assert "--out (in Python: out=FOLDER)" in str(found.value)
    assert names(tmp_path) == {GAME.configuration, ABOUT}


def test_a_folder_with_other_files_is_used_and_the_run_continues(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    for _ in range(2):
        with ClaimedFolder(tmp_path, STUDY, "{}"):
            pass
    with pytest.raises(UserError, match="contains another study run"):
        ClaimedFolder(tmp_path, STUDY, "[]").__enter__()


EARLIER_STUDY = """{
  "tasks": [
    "digits"
  ],
  "weak": [
    "pca-4"
  ],
  "strong": [
    "pca-16"
  ],
  "methods": [
    "naive"
  ],
  "seeds": 1,
  "baseline": "pinned",
  "metric": "accuracy",
  "diagnostics": false,
  "aliases": {}
}
"""  # before studies had the field best_of_n


def test_a_study_folder_without_later_fields_contains_the_same_study(tmp_path):
    (tmp_path / STUDY.configuration).write_text(EARLIER_STUDY)
    named = truing.Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive", seeds=1)
    for study in (named, truing.Study(**json.loads(EARLIER_STUDY))):
        with ClaimedFolder(tmp_path, STUDY, study.model_dump_json(indent=2) + "\n"):
            pass
    more = truing.Study(**json.loads(EARLIER_STUDY), best_of_n=True)
    assert truing.Study(**json.loads(more.model_dump_json())) == more
    with pytest.raises(UserError, match="contains another study run"):
        ClaimedFolder(tmp_path, STUDY, more.model_dump_json(indent=2) + "\n").__enter__()


def test_overwrite_replaces_a_run_and_keeps_the_files_of_the_user(tmp_path, alone, tiny_study):
    folder = tmp_path / "run"
    truing.run(tiny_study, out=folder, engine=alone)
    (folder / "notes.txt").write_text("mine")
    (folder / "charts" / "mine.png").write_text("mine")
    truing.run(GAME_RUN, out=folder, overwrite=True)
    assert names(folder / "charts") == {"mine.png", "figures.svg", "figures.csv"}
    assert names(folder) == {
        "notes.txt",
        "charts",
        ABOUT,
        "game.json",
        "outcome.json",
        "environment.json",
        "report.html",
    }


def test_overwrite_removes_the_ledgers_of_a_research_run(tmp_path):
    from truing.research import Budget, ChooseProtocol, ResearchConfig

    problem = ChooseProtocol(cases=10, seeds=2)
    config = ResearchConfig(problem=problem, budget=Budget(each=1), finalists=1)
    run = truing.ResearchRun(researchers="random", config=config)
    truing.run(run, out=tmp_path / "run")
    truing.run(GAME_RUN, out=tmp_path / "run", overwrite=True)
    assert find_run(tmp_path / "run").kind is GAME
    assert not {"random", "secret", "signing_key", "report.json"} & names(tmp_path / "run")


def test_overwrite_does_not_repeat_the_same_run(tmp_path):
    first = truing.run(GAME_RUN, out=tmp_path / "run", name="first")
    truing.run(GAME_RUN, out=tmp_path / "run", overwrite=True)
    assert find_run(first.folder).about.name == "first"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"game.json": "{}", "people/ada": ""}, "contains answers of people, which --overwrite"),
        ({REFEREE.configuration: "x"}, "contains a referee's ledger, which --overwrite"),
        ({"study.json": '{"theirs": 1}'}, "study.json is not readable as a study run; delete it"),
        ({"study.json": "no JSON"}, "study.json is not readable as a study run; delete it"),
    ],
)
def test_overwrite_refuses_what_cannot_be_computed_again(tmp_path, files, message):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=message):
        truing.run(truing.Game("bisection-debate"), out=tmp_path, overwrite=True)
    assert {path.split("/")[0] for path in files} == names(tmp_path)


def test_overwrite_does_not_follow_a_link(tmp_path):
    truing.run(GAME_RUN, out=tmp_path / "run")
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "picture.svg").write_text("theirs")
    shutil.rmtree(tmp_path / "run" / "charts")
    (tmp_path / "run" / "charts").symlink_to(theirs)
    more = truing.Game("prover-verifier", seed=1)
    truing.run(more, out=tmp_path / "run", overwrite=True)
    assert (theirs / "picture.svg").read_text() == "theirs"


def test_a_default_folder_has_a_date_a_task_and_the_methods(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parts = {"tasks": ("data/My wine.csv.gz",), "methods": ("naive", "own.py:mine", "gce,q=0.5")}
    folder = claim_folder(STUDY, "{}", parts).path
    date, words = folder.name[:10], folder.name[11:-7]
    assert date == datetime.date.today().isoformat()
    assert words == "My-wine-naive-mine-gce"
    assert claim_folder(STUDY, "[]", parts).path != folder


def test_a_default_folder_has_50_characters_at_most(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    many = {"tasks": ("a" * 90,), "methods": tuple(f"method-{i}" for i in range(12))}
    folder = claim_folder(STUDY, "{}", many).path
    assert folder.name[11:-7] == f"{'a' * 16}-12-methods"
    assert len(claim_folder(STUDY, "{}", many, name="word " * 16).path.name) <= 50
    assert claim_folder(STUDY, "{}", many, name="Größe / 2").path.name[11:-7] == "Groe-2"


def test_the_same_configuration_continues_its_folder_on_another_day(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = truing.run(GAME_RUN).folder
    yesterday = first.with_name(f"2020-01-01{first.name[10:]}")
    first.rename(yesterday)
    assert truing.run(GAME_RUN).folder == yesterday
    (yesterday / "game.json").write_text("{}")  # another configuration with the same digest
    assert truing.run(GAME_RUN).folder == first


def test_a_name_is_stored_and_a_new_name_replaces_it(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    folder = truing.run(GAME_RUN, name="Provers, first try").folder
    started = read_about(folder, GAME).started
    assert truing.run(GAME_RUN).folder == folder
    assert read_about(folder, GAME).name == "Provers, first try"
    truing.run(GAME_RUN, name="Provers, first try")
    assert caplog.messages == []
    assert truing.run(GAME_RUN, name="Provers").folder == folder
    assert read_about(folder, GAME) == truing.runs.About("Provers", started)
    assert caplog.messages == [f"{folder}: this run is now named 'Provers'; its folder stays"]


def test_a_folder_without_about_has_the_time_of_its_progress(tmp_path, alone, tiny_study):
    folder = truing.run(tiny_study, out=tmp_path / "run", engine=alone).folder
    began = json.loads((folder / "progress.json").read_text())["began"]
    (folder / ABOUT).write_text("{")
    assert read_about(folder, STUDY).started.timestamp() == pytest.approx(began)
    (folder / "progress.json").unlink()
    assert read_about(folder, STUDY).started.timestamp() == pytest.approx(began, abs=60)


@pytest.mark.parametrize("reported", [False, True])
def test_a_served_research_run_started_with_the_first_entry_of_its_ledger(
    tmp_path, truing, reported
):
    place = tmp_path / "served"
    with Referee(place, ResearchConfig(problem=ChooseProtocol(cases=10, seeds=2))).ledger as ledger:
        opened = datetime.datetime.fromisoformat(ledger.entries()[0].time)
    if reported:
        (place / "research.json").write_text(json.dumps({"config": {}, "served": True}))
    later = opened.timestamp() + 86_400
    for path in place.iterdir():
        os.utime(path, (later, later))
    kind = RESEARCH if reported else REFEREE
    assert read_about(place, kind).started == opened
    code, out, _ = truing("show", place, "--json")
    assert (code, datetime.datetime.fromisoformat(json.loads(out)["started"])) == (0, opened)


def test_a_damaged_ledger_has_no_first_entry(tmp_path):
    (tmp_path / LEDGER).write_text("no database")
    os.utime(tmp_path / LEDGER, (1e9, 1e9))
    assert read_about(tmp_path, REFEREE).started.timestamp() == 1e9


@pytest.mark.parametrize("name", ["two\nlines", "x" * 81, 3])
def test_a_name_is_one_line_of_text(tmp_path, name):
    with pytest.raises(UserError, match="name must be one line of at most 80 characters"):
        truing.run(GAME_RUN, out=tmp_path, name=name)


@pytest.mark.parametrize(
    "text", ['{"name": 3, "started": 4}', "[]", '{"name": "a\\u0000b", "started": "9999999"}', ""]
)
def test_a_damaged_about_is_read_as_far_as_possible(tmp_path, text):
    truing.run(GAME_RUN, out=tmp_path, name="first")
    (tmp_path / ABOUT).write_text(text)
    about = read_about(tmp_path, GAME)
    assert about.started is not None
    assert about.name in ("", "a\ufffdb")


def test_the_name_is_shown_in_the_report_the_dashboard_and_a_comparison(
    tmp_path, alone, tiny_study
):
    from truing.report import compare_runs, compare_table
    from truing.server.view import Index

    folder = tmp_path / "runs" / "run"
    truing.run(tiny_study, out=folder, engine=alone, name="<First> try")
    assert "<h1>&lt;First&gt; try (Weak-to-strong on " in (folder / "report.html").read_text()
    (shown,) = Index([tmp_path / "runs"]).runs()
    assert shown.name == "<First> try (runs/run)"
    lines = compare_table(compare_runs([folder, folder])).renderables
    assert lines[0].text == f"run 0: <First> try ({folder})"
    truing.run(tiny_study, out=folder, engine=alone, name="Second try")
    assert "<h1>Second try (" in (folder / "report.html").read_text()
