"""One or two seeds: no chart, page, table, comparison or data frame says better or worse."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from tests.report import folders
from truing.report import draw_study, make_page, page_html, table
from truing.runs import find_run
from truing.server.view._study import _line
from truing.studies import DifferenceFromNaive


def rows_of(seeds: int):
    """Rows of an older run folder, which says `better` whatever the number of seeds."""
    better = DifferenceFromNaive(0.05, 0.02, 0.08, 0.001, 0.002, "better")
    return [folders.row(seeds=seeds), folders.row(seeds=seeds, method="gce", difference=better)]


@pytest.mark.parametrize(
    ("seeds", "verdict"), [(1, "better on this seed"), (2, "better on these 2 seeds")]
)
def test_verdicts_of_a_folder_are_restricted_by_the_number_of_seeds(tmp_path, seeds, verdict):
    run = find_run(folders.study_folder(tmp_path, rows_of(seeds)))
    assert run.rows[1].difference.verdict == verdict
    html = page_html(make_page(run))
    assert f"1 {verdict}" in html
    assert "0 better, 0 worse" in html
    assert "Use 3 seeds or more for a verdict" in html
    assert _line(rows_of(seeds)[1].to_json()).verdict == verdict


def test_the_chart_shows_a_restricted_verdict_in_another_shade(tmp_path):
    few = find_run(folders.study_folder(tmp_path / "few", rows_of(1))).rows
    many = find_run(folders.study_folder(tmp_path / "many", rows_of(3))).rows
    (drawn,) = [one for one in draw_study(few) if one.name == "against-naive"]
    (other,) = [one for one in draw_study(many) if one.name == "against-naive"]
    assert drawn.marks[0].name == "better on this seed"
    assert other.marks[0].name == "better"
    assert drawn.marks[0].shade != other.marks[0].shade
    assert drawn.marks[0].shape == other.marks[0].shape
    series = {row["series"] for row in csv.DictReader(io.StringIO(drawn.csv))}
    assert series == {"better on this seed"}


def test_the_terminal_dims_the_restricted_verdict(tmp_path):
    from rich.console import Console

    rows = find_run(folders.study_folder(tmp_path, rows_of(1))).rows
    styled = Console(width=100, force_terminal=True, color_system="standard", file=io.StringIO())
    styled.print(table(rows))
    shown = styled.file.getvalue()
    assert "\x1b[2mbetter on this seed\x1b[0m" in shown


@pytest.mark.parametrize("width", [12, 20, 30, 40, 60, 80, 120])
def test_no_width_cuts_a_number_or_a_verdict(width):
    from rich.console import Console

    long = DifferenceFromNaive(-0.05, -0.08, -0.02, 0.001, 0.002, "worse on these 2 seeds")
    held = [folders.row(), folders.row(method="composition,targets=gce", difference=long)]
    held = [replace(one, diagnostics=folders.diagnostics()) for one in held]
    narrow = Console(width=width, file=io.StringIO())
    narrow.print(table(held))
    words = narrow.file.getvalue().split()
    shown = "".join(words)
    assert "…" not in shown
    for whole in ("0.50", "[0.40,", "0.60]", "-0.050", "worse", "seeds"):
        assert whole in words or f"{whole}." in words, (whole, width)
    if width < 60:
        assert "PGR[95%]:0.50[0.40,0.60]" in shown


def test_rows_of_one_seed_state_what_their_verdict_is_based_on(tmp_path, monkeypatch):
    from truing import Study, run

    monkeypatch.setenv("TRUING_STORE", str(tmp_path / "store"))
    study = Study(
        tasks="digits", weak="pca-4", strong="pca-16", methods=["naive", "shuffled"], seeds=1
    )
    found = run(study, out=tmp_path / "run")
    difference = found.rows[1].difference
    assert difference.verdict == "worse on this seed"
    assert difference.verdict_basis == "items of 1 seed"
    held = [json.loads(line) for line in (tmp_path / "run" / "results.jsonl").open()]
    assert held[1]["difference"]["verdict"] == "worse on this seed"
    assert held[1]["difference"]["verdict_basis"] == "items of 1 seed"
