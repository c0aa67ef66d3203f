"""A study of several tasks: the mean over tasks in tables, charts and JSON values."""

from __future__ import annotations

import csv
import io

import pytest

from tests.report.folders import row, study_folder
from truing.report import as_text, draw_study, table
from truing.report.page import make_page
from truing.runs import find_run
from truing.studies import means_over_tasks

VALUES = {"amazon": 0.2, "imdb": 0.4, "yelp": 0.6}


def rows(**changed):
    return [
        row(task=task, pgr=value, pgr_low=value - 0.1, pgr_high=value + 0.1, **changed)
        for task, value in VALUES.items()
    ]


def test_three_tasks_have_a_mean_and_two_have_none():
    (mean,) = means_over_tasks(rows())
    assert (mean.tasks, mean.all_tasks, mean.pgr.value) == (3, 3, pytest.approx(0.4))
    assert mean.pgr.low < 0.2  # wider than the interval of a task
    assert means_over_tasks(rows()[:2]) == []


def test_each_supervisor_student_and_method_has_its_own_mean():
    several = [*rows(), *rows(method="confidence"), *rows(strong="pca-8"), *rows(weak="pca-1")]
    assert len(means_over_tasks(several)) == 4


def test_the_table_shows_means_and_what_their_intervals_cover():
    undefined = row(task="gsm8k", pgr=None, pgr_low=None, pgr_high=None)
    text = " ".join(as_text(table([*rows(), undefined])).split())
    assert "mean over tasks: pca-4 supervises spectral-16" in text
    assert "0.40 [-0.10, 0.90] 3 of 4" in text
    assert "Tasks are the units of a mean over tasks" in text
    assert "mean over tasks" not in as_text(table(rows()[:2]))


def test_the_chart_has_a_row_for_each_task_and_for_the_mean():
    several = [*rows(), *rows(method="oracle", control="upper")]
    (drawing,) = [one for one in draw_study(several) if one.name == "pgr-by-task"]
    drawn = list(csv.DictReader(io.StringIO(drawing.csv)))
    assert [one["row"] for one in drawn] == [*VALUES, "mean over 3 tasks"]
    assert {one["series"] for one in drawn} == {"naive"}  # no controls
    assert not [one for one in draw_study(rows()[:1]) if one.name == "pgr-by-task"]


def test_the_report_has_a_section_by_task(tmp_path):
    page = make_page(find_run(study_folder(tmp_path, rows())))
    (section,) = [one for one in page.sections if one.heading == "By task"]
    assert [one.name for one in section.drawings] == ["pgr-by-task"]
    assert section.tables[0].rows[1] == ("naive", "0.40 [-0.10, 0.90]", "3")
