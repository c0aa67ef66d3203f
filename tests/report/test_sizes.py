"""Charts against the size of the student: PGR and accuracy, with their intervals."""

from __future__ import annotations

import csv
import io

from tests.report.folders import row, study_folder
from truing.report import draw_study
from truing.report.drawing import WIDE
from truing.report.page import make_page
from truing.runs import find_run

NAMES = ("pgr-by-size", "accuracy-by-size")


def rows():
    return [
        row(strong=f"hf/m@layer-{layer}", parameters=size, layers=layer, method=method)
        for layer, size in ((6, 10_000_000), (12, 20_000_000))
        for method in ("naive", "confidence")
    ]


def charts(held):
    return {one.name: one for one in draw_study(held) if one.name in NAMES}


def test_students_of_several_sizes_have_both_charts():
    drawn = charts(rows())
    values = list(csv.DictReader(io.StringIO(drawn["pgr-by-size"].csv)))
    assert {(one["series"], one["parameters"]) for one in values} == {
        (method, size) for method in ("naive", "confidence") for size in ("10000000", "20000000")
    }
    assert all(float(one["low"]) < float(one["value"]) < float(one["high"]) for one in values)
    marks = [mark.name for mark in drawn["accuracy-by-size"].marks]
    assert marks == ["naive, transfer", "confidence, transfer", "ceiling", "weak supervisor"]


def test_students_of_one_size_or_of_unknown_size_have_none():
    assert charts(rows()[:2]) == {}
    assert charts([row(), row(strong="pca-8")]) == {}


def test_a_value_beyond_the_axis_is_a_triangle_with_its_number():
    far = row(strong="hf/m@layer-18", parameters=30_000_000, pgr=-9.0, pgr_low=None, pgr_high=None)
    drawing = charts([*rows(), far])["pgr-by-size"]
    layers = drawing.subplots[0].chart(WIDE)["layer"]
    texts = {v["text"] for layer in layers for v in layer["data"]["values"] if "text" in v}
    assert texts == {"-9"}
    assert "A triangle with a number is a value beyond the axis" in drawing.reading
    assert "triangle" not in charts(rows())["pgr-by-size"].reading


def test_the_report_has_a_section_by_size(tmp_path):
    page = make_page(find_run(study_folder(tmp_path, rows())))
    (section,) = [one for one in page.sections if one.heading == "By size of the student"]
    assert tuple(one.name for one in section.drawings) == NAMES
