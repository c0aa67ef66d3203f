"""Planted errors in tables, page, chart, finding and comparison of studies."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from tests.report.folders import row, study_folder
from truing.measures import Estimate
from truing.report import compare_runs, compare_table, draw_study, make_page, page_html, table
from truing.report.page._planted_finding import planted_finding
from truing.runs import find_run
from truing.studies import InheritanceDifference, PlantedRow, Rates

EVEN = Estimate(0.1, 0.05, 0.15)


def planted(value: float, difference: float | None = None, **changed) -> PlantedRow:
    """A planted row; its difference from naive is significant if it has one."""
    found = None
    if difference is not None:
        verdict = "more" if difference > 0 else "less"
        ends = difference - 0.02, difference + 0.02
        found = InheritanceDifference(difference, *ends, 0.001, 0.002, verdict)
    fields = {
        "plant": "backdoor",
        "strength": 0.05,
        "corrupts": "student",
        "trigger": "the word 'cf'",
        "accuracy": Estimate(0.78, 0.75, 0.81),
        "cost": Estimate(0.02, 0.01, 0.03),
        "pgr": Estimate(0.4, 0.3, 0.5),
        "pgr_sd": 0.1,
        "inheritance": Estimate(value, value - 0.1, value + 0.1),
        "rates": Rates(Estimate(value + 0.1, 0.0, 1.0), EVEN, Estimate(0.9, 0.85, 0.95), EVEN),
        "items": 539.0,
        "difference": found,
        "by_seed": {"inheritance": [value, None, value], "accuracy": [0.78, 0.78, 0.78]},
    }
    return PlantedRow(**{**fields, **changed})


ROWS = (
    row(planted=(planted(0.7), planted(0.3, plant="liar", trigger="", corrupts="supervisor"))),
    row(
        method="confidence",
        planted=(planted(0.8, 0.1), planted(0.1, -0.2, plant="liar", trigger="")),
    ),
    row(method="oracle"),
)


def printed(shown, width: int = 60) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(shown)
    return " ".join(console.file.getvalue().split())


def test_the_terminal_shows_pgr_and_inheritance_by_plant_and_method():
    wide = printed(table(ROWS), 100)
    assert "backdoor 0.05 labels 0.90" in wide
    assert "naive 0.40 [0.30, 0.50] 0.70 [0.60, 0.80]" in wide
    assert "confidence 0.40 [0.30, 0.50] 0.80 [0.70, 0.90] +0.100 more" in wide
    assert "liar 0.05 labels 0.90" in wide
    assert "+0.100 more" in printed(table(ROWS), 60)  # no verdict is cut


def test_rows_without_plants_have_no_word_on_them():
    assert "planted" not in printed(table([row()])).lower()
    assert planted_finding([row()]) == []


def test_the_finding_names_what_naive_inherits_and_the_methods_that_differ():
    (sentence,) = planted_finding(ROWS)
    assert sentence == (
        "Planted errors (backdoor 0.05, 1 of 2 plants; model organisms): students of naive inherit "
        "0.70 [0.60, 0.80] of them (planted labels: 0.90); more than naive: confidence +0.10 "
        "(Holm-corrected over 2 comparisons)."
    )


def test_the_page_has_a_section_a_chart_and_the_mark(tmp_path, charts):
    folder = study_folder(tmp_path / "run", list(ROWS))
    html = page_html(make_page(find_run(folder)))
    assert "Planted errors: model organisms" in html
    assert "Inheritance of planted errors by method" in html
    assert "backdoor 0.05 (corrupt student, with the word" in html
    assert find_run(folder).rows == list(ROWS)


def test_the_chart_has_inheritance_and_pgr_of_each_method():
    (drawing,) = (one for one in draw_study(ROWS) if one.name == "inheritance")
    titles = [one.title for one in drawing.subplots]
    assert titles == [
        "backdoor 0.05: inheritance",
        "backdoor 0.05: PGR",
        "liar 0.05: inheritance",
        "liar 0.05: PGR",
    ]
    points = [
        (one["plant"], one["row"], one["value"])
        for one in drawing.rows
        if one["series"] == "planted, 95%" and one["quantity"] == "inheritance"
    ]
    assert ("liar", "confidence", 0.1) in points
    assert len(points) == 4


def test_two_studies_are_compared_on_the_plants_that_both_have(tmp_path, store):
    lower = planted(0.2)
    other = row(planted=(lower, replace(lower, plant="biased-supervisor")))
    folders = [study_folder(tmp_path / name, [one]) for name, one in (("a", ROWS[0]), ("b", other))]
    found = compare_runs(folders, store)
    (one,) = (each for each in found.compared if "plant" in each.names)
    assert (one.first, one.second) == (0.7, 0.2)
    assert one.value == pytest.approx(-0.5)
    assert "inheritance of planted errors (backdoor 0.05)" in printed(compare_table(found), 100)


def test_a_plant_that_changes_too_few_items_is_stated_as_undefined():
    nothing = Estimate(None, None, None)
    few = planted(0.0, inheritance=nothing, note="the plant changes too few test items")
    text = printed(table([row(planted=(few,))]), 100)
    assert "naive 0.40 [0.30, 0.50] undefined" in text
    assert "planted: the plant changes too few test items." in text
    assert planted_finding([row(planted=(few,))]) == []
