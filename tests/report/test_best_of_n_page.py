"""The chart and the tables of best-of-n in the report of a study."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from tests.report.folders import row, study_folder
from truing.measures import best_of_n
from truing.report import draw_study
from truing.report.page import make_page
from truing.runs import find_run


def curve(noise, seed=0):
    rng = np.random.default_rng(seed)
    truth, questions = rng.integers(2, size=160), np.repeat(np.arange(40), 4)
    rewards = truth + rng.normal(0, noise, (2, 160))
    return best_of_n(rewards, truth, questions, rng=rng, replicates=100)


@pytest.fixture(scope="module")
def rows():
    weak, ceiling = curve(3), curve(0.3)
    return [
        row(method=name, best_of_n={"weak": weak, "transfer": curve(noise), "ceiling": ceiling})
        for name, noise in (("naive", 2), ("confidence", 1))
    ]


def test_the_chart_has_a_line_per_method_beside_ceiling_and_supervisor(rows, charts):
    (drawing,) = [one for one in draw_study(rows) if one.name == "best-of-n"]
    values = list(csv.DictReader(io.StringIO(drawing.csv)))
    series = ["ceiling", "weak supervisor", "naive", "confidence"]
    assert [(one["series"], one["n"]) for one in values] == [
        (name, n) for name in series for n in "124"
    ]
    assert all(float(one["low"]) <= float(one["value"]) <= float(one["high"]) for one in values)
    assert {one["kl"] for one in values if one["n"] == "1"} == {"0.0"}
    assert drawing.svg.count("<svg") == 2
    assert "40 questions" in drawing.reading


def test_a_ceiling_of_a_single_method_has_its_own_line_with_the_name_of_the_method(rows, charts):
    own = {**rows[0].best_of_n, "ceiling": curve(0.2)}
    study = [*rows, row(method="co-teaching", best_of_n=own)]
    (drawing,) = [one for one in draw_study(study) if one.name == "best-of-n"]
    values = csv.DictReader(io.StringIO(drawing.csv))
    series = [one["series"] for one in values if one["n"] == "1"]
    assert series[:3] == ["ceiling", "ceiling of co-teaching", "weak supervisor"]
    assert [mark.name for mark in drawing.marks][3:6] == series[:3]


def test_a_study_without_curves_has_no_chart_and_no_section(tmp_path, rows):
    assert "best-of-n" not in [one.name for one in draw_study([row()])]
    page = make_page(find_run(study_folder(tmp_path, [row()])))
    assert "Best of n" not in [one.heading for one in page.sections]


def test_the_report_has_a_table_with_kl_and_references(tmp_path, rows):
    page = make_page(find_run(study_folder(tmp_path, rows)))
    assert not page.warnings
    (section,) = [one for one in page.sections if one.heading == "Best of n"]
    (table,) = section.tables
    assert table.columns == ("", "#n = 1", "#n = 2", "#n = 4")
    assert [line[0] for line in table.rows] == [
        "KL (nats)",
        "oracle",
        "ceiling",
        "weak supervisor",
        "naive",
        "confidence",
    ]
    assert table.rows[0][1:] == ("0.00", "0.19", "0.64")


def test_the_command_of_the_page_measures_the_curves_again(tmp_path, rows):
    folder = study_folder(tmp_path, rows)
    stated = json.loads((folder / "study.json").read_text())
    (folder / "study.json").write_text(json.dumps({**stated, "best_of_n": True}))
    assert make_page(find_run(folder)).command.endswith(" --best-of-n")
