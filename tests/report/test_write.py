"""Reports are drawn from a folder's own files: again, elsewhere, and where some are broken."""

from __future__ import annotations

import html
import json
import re
import shutil

import pytest

from tests.report.folders import (
    MACHINE,
    game_folder,
    oversight_folder,
    research_folder,
    row,
    rows,
    study_folder,
    verdicts,
    write,
)
from truing.errors import UserError
from truing.lab import run
from truing.report import write_report
from truing.studies import LocalEngine, Study

pytestmark = pytest.mark.usefixtures("charts")


def test_a_run_writes_its_report_and_the_folder_suffices_to_redraw_it(tiny, tmp_path, store):
    study = Study(tasks=str(tiny), weak="pca-1", strong="pca-5", methods=["naive", "gce"], seeds=2)
    first = run(study, out=tmp_path / "run", engine=LocalEngine(1), store=store).folder
    files = {path.relative_to(first) for path in first.rglob("*.*")}
    assert {str(path) for path in files} >= {
        "report.html",
        "charts/transfer.svg",
        "charts/transfer.csv",
        "charts/pgr.csv",
        "charts/against-naive.svg",
    }
    text = (first / "report.html").read_text()
    assert "one seed" not in text
    assert "PGR by method and by seed" in text
    moved = tmp_path / "elsewhere" / "run"
    shutil.copytree(first, moved)
    for drawn in (moved / "report.html", *(moved / "charts").iterdir()):
        drawn.unlink()
    tiny.unlink()  # neither data nor store are asked
    shutil.rmtree(store.folder)
    write_report(moved)
    assert (moved / "report.html").read_text() == text
    for chart in (first / "charts").iterdir():
        assert (moved / "charts" / chart.name).read_bytes() == chart.read_bytes()


def test_the_seeds_of_the_chart_are_those_of_the_study(tiny, tmp_path, store):
    study = Study(tasks=str(tiny), weak="pca-1", strong="pca-5", methods="naive", seeds=3)
    found = run(study, out=tmp_path / "run", engine=LocalEngine(1), store=store)
    (only,) = found.rows
    for role in ("weak", "transfer", "ceiling"):
        seeds = only.by_seed[role]
        assert len(seeds) == 3
        assert sum(seeds) / 3 == pytest.approx(getattr(only, f"{role}_accuracy"))
    csv = (tmp_path / "run" / "charts" / "pgr.csv").read_text().splitlines()
    alone = [float(line.split(",")[-3]) for line in csv if ",seed " in line]
    assert sum(alone) / 3 == pytest.approx(only.pgr)


def test_equal_results_are_not_redrawn(tiny, tmp_path, store):
    study = Study(tasks=str(tiny), weak="pca-1", strong="pca-5", methods="naive", seeds=1)
    how = {"out": tmp_path / "run", "engine": LocalEngine(1), "store": store}
    page = run(study, **how).folder / "report.html"
    page.write_text("mine")
    run(study, **how)
    assert page.read_text() == "mine"
    page.unlink()
    run(study, **how)
    assert "Weak-to-strong on tiny.jsonl" in page.read_text()


def test_the_command_writes_reports_of_folders_of_every_kind(truing, tmp_path):
    folders = [
        study_folder(tmp_path / "study", rows()),
        oversight_folder(tmp_path / "oversight", verdicts()),
        research_folder(tmp_path / "research"),
        game_folder(tmp_path / "game"),
    ]
    code, out, _ = truing("report", *folders)
    assert code == 0
    assert out.splitlines() == [str(folder / "report.html") for folder in folders]
    code, out, _ = truing("report", folders[0], "--json")
    assert json.loads(out) == {"reports": [str(folders[0] / "report.html")], "mistakes": []}


def test_a_folder_without_a_run_is_one_clear_line(truing, tmp_path):
    assert "does not exist or is not a folder" in truing("report", "nowhere")[2]
    code, out, err = truing("report", tmp_path)
    assert (code, out) == (2, "")
    assert "contains no run; a run folder contains one of study.json, oversight.json" in err
    assert len(err.splitlines()) == 1
    folder = study_folder(tmp_path / "good", [row()])
    code, out, err = truing("report", tmp_path, folder)
    assert (code, out) == (2, f"{folder / 'report.html'}\n")  # which is drawn all the same


def warned(folder) -> str:
    """What a folder's page warns of."""
    text = write_report(folder).read_text()
    assert text.endswith("</html>")
    held = re.search(r'<section class="warning".*?</section>', text, flags=re.DOTALL)
    return html.unescape(held[0]) if held else ""


def test_no_code_that_a_folder_names_is_run(tmp_path):
    mark = tmp_path / "it ran"
    (tmp_path / "evil.py").write_text(f"open({str(mark)!r}, 'w')")
    evil = f"{tmp_path / 'evil.py'}:name"
    study_folder(tmp_path / "study", rows(evil, task=evil, strong=evil))
    oversight_folder(tmp_path / "oversight", verdicts(evil), evil)
    folder = research_folder(tmp_path / "research", evil)
    stated = json.loads((folder / "research.json").read_text())
    stated["config"]["problem"] |= {"weak": evil, "climb": [evil]}
    write(folder / "research.json", stated | {"researchers": [evil]})
    write(folder / "environment.json", MACHINE)
    game_folder(tmp_path / "game", evil)
    for kind in ("study", "oversight", "research", "game"):
        write_report(tmp_path / kind)
    assert not mark.exists()
    assert "does not state whether the research run was simulated" in warned(folder)


def test_notes_of_fine_tuning_are_shown(tmp_path):
    folder = study_folder(tmp_path, [row(regime="fine-tuned (lora)")])
    noted = [{"student": "hf/tiny", "cut": 3, "halved": 0}, "odd"]
    write(folder / "environment.json", MACHINE | {"fine_tunings": noted})
    assert warned(folder) == ""
    text = (folder / "report.html").read_text()
    assert "Regime: fine-tuned (lora)" in text
    assert re.search('<th scope="row">hf/tiny</th><td[^>]*>3</td>', text)


def test_failed_plays_are_noted(tmp_path):
    folder = oversight_folder(tmp_path, verdicts())
    write(folder / "environment.json", MACHINE | {"plays": 64})
    assert "4 of 64 plays failed or are missing" in warned(folder)


def test_the_report_of_an_unfinished_run_says_that_results_are_missing(tmp_path):
    folder = study_folder(tmp_path, rows())
    (folder / "results.jsonl").unlink()
    assert "results.jsonl is missing: the run is not finished, or was cut short" in warned(folder)
    text = (folder / "report.html").read_text()
    assert "There are no results to show." in text
    assert "pca-4" in text  # what was asked is told all the same


def test_a_truncated_file_spoils_no_other_section(tmp_path):
    folder = study_folder(tmp_path, rows())
    results = folder / "results.jsonl"
    results.write_text(results.read_text()[:-100])
    assert "line 2 is not JSON; it may have been cut off" in warned(folder)
    assert "0.50 [0.40, 0.60]" in (folder / "report.html").read_text()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("[1, 2]", "line 2 (not a row"),
        ('{"task": "digits"}', "line 2 (weak: field required)"),
        (json.dumps(row().to_json() | {"pgr": "much"}), "line 2 (pgr: input should be"),
        (json.dumps(row().to_json()).replace("0.5", "NaN"), "line 2 is not JSON"),
        ("[" * 100_000, "line 2 is not JSON"),
        ("\x00\xff", "line 2 is not JSON"),
    ],
)
def test_an_invalid_row_is_noted_and_omitted(tmp_path, line, told):
    folder = study_folder(tmp_path, [row()])
    with (folder / "results.jsonl").open("a") as file:
        file.write(line + "\n")
    assert told in warned(folder)
    assert "0.50 [0.40, 0.60]" in (folder / "report.html").read_text()


def test_a_folder_of_a_newer_version_is_shown_in_part(tmp_path):
    folder = study_folder(tmp_path, [row()])
    write(folder / "environment.json", MACHINE | {"truing": "99.1.0"})
    write(folder / "results.jsonl", row().to_json() | {"aura": 7})
    told = warned(folder)
    assert "made by truing 99.1.0" in told
    assert "does not know and does not show: aura" in told
    assert "0.50 [0.40, 0.60]" in (folder / "report.html").read_text()


def test_rows_of_an_older_version_are_read(tmp_path):
    folder = study_folder(tmp_path, [row()])
    held = row().to_json()
    del held["by_seed"], held["regime"]
    write(folder / "results.jsonl", held)
    assert warned(folder) == ""
    assert "heads on fixed features" in (folder / "report.html").read_text()


@pytest.mark.parametrize("name", ["study.json", "environment.json"])
@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"tasks": 5, "packages": 3}'])
def test_results_are_shown_despite_any_content_of_other_files(tmp_path, name, content):
    folder = study_folder(tmp_path, [row()])
    (folder / name).write_text(content)
    warned(folder)
    assert "0.50 [0.40, 0.60]" in (folder / "report.html").read_text()


@pytest.mark.parametrize(
    "line",
    [
        "5",
        "{}",
        '{"question": "q", "truth": 9, "belief": [0.5, 0.5]}',
        '{"question": "q0", "cluster": "other", "truth": 0, "belief": [0.5, 0.5]}',
    ],
)
def test_an_unusable_verdict_is_noted(tmp_path, line):
    folder = oversight_folder(tmp_path, verdicts())
    with (folder / "judgements.jsonl").open("a") as file:
        file.write(line + "\n")
    assert "judgements.jsonl" in warned(folder)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"progress": 5}, "progress must be a valid tuple"),
        ({"finalists": [{}]}, "finalists.0.submission is missing"),
        ({"families": []}, "families must be"),
        ({"entropy": "x"}, "entropy must be"),
        ({"spent": None}, "spent must be"),
    ],
)
def test_a_malformed_report_of_a_researcher_is_left_out_with_a_warning(tmp_path, changed, field):
    folder = research_folder(tmp_path)
    reports = json.loads((folder / "report.json").read_text())
    reports["random"] = {**reports["search"], **changed}
    (folder / "report.json").write_text(json.dumps(reports))
    text = write_report(folder).read_text()
    assert "The report of random cannot be read" in text
    assert field in text
    assert "tried 4" in text
    assert "Configuration" in text


def test_an_unwritable_report_is_reported(tmp_path):
    folder = study_folder(tmp_path, [row()])
    (folder / "charts").write_text("a file in the way")
    with pytest.raises(UserError, match=r"the report in .* cannot be written to \(File exists\)"):
        write_report(folder)


def test_games_and_research_runs_write_their_reports(truing, tiny, tmp_path):
    code, out, _ = truing("game", "prover-verifier", "--json", "--out", "game")
    assert code == 0
    assert json.loads((tmp_path / "game" / "outcome.json").read_text()) == json.loads(out)
    assert "Simulated" in (tmp_path / "game" / "report.html").read_text()
    words = ["research", "--task", tiny, "--weak", "pca-1", "--strong", "pca-5", "--seeds", 2]
    words += ["--control", "none", "--researcher", "random", "--trials", 2, "--finalists", 1]
    code, _, _ = truing(*words, "--out", "research")
    assert code == 0
    text = (tmp_path / "research" / "report.html").read_text()
    assert "Gains and verdicts of the finalists" in text
    assert "Data and licenses" in text
    assert "could not be" not in text
