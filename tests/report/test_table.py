"""What a person sees in a terminal: tables of eighty columns, and no figure without interval."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from truing.measures import UNDEFINED, Estimate
from truing.report import interval_text, table
from truing.studies import LocalEngine, Store, Study, complete, make_plan, make_rows


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    study = Study(
        tasks="digits",
        weak="pca-8",
        strong="spectral-16",
        methods=["naive", "confidence", "shuffled"],
        seeds=3,
        diagnostics=True,
    )
    plan, store = make_plan(study), Store(tmp_path_factory.mktemp("report"))
    complete(plan, store, LocalEngine(1))
    return make_rows(plan, store)


def printed(rows) -> str:
    console = Console(width=80, record=True, file=io.StringIO(), highlight=False)
    console.print(table(rows))
    return console.export_text()


def test_values_are_written_with_their_intervals():
    assert interval_text(Estimate(0.421, 0.3, 0.5)) == "0.42 [0.30, 0.50]"
    assert interval_text(Estimate(0.421, None, 0.5)) == "0.42 [-inf, 0.50]"
    assert interval_text(Estimate(0.421, 0.3, None)) == "0.42 [0.30, inf]"
    assert interval_text(UNDEFINED) == "undefined"


def test_the_table_fits_eighty_columns_and_cuts_nothing(rows):
    text = printed(rows)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    for row in rows:
        assert interval_text(row.recovered) in text


def test_the_table_says_what_its_intervals_cover(rows):
    text = printed(rows)
    assert "3 seeds, 539 test items, pinned baselines" in text
    assert "Holm-corrected" in text


def test_diagnostics_are_shown_where_there_are_some(rows):
    assert "corrected" in printed(rows)
    assert "corrected and" not in printed([replace(row, diagnostics=None) for row in rows])


def test_notes_and_simulations_are_printed(rows):
    changed = [replace(row, note="the gap is unclear", simulated=True) for row in rows]
    assert "Note: the gap is unclear." in printed(changed)
    assert "pca-8 (simulated) supervises spectral-16" in printed(changed)


def test_names_with_markup_are_printed_unchanged(rows):
    odd = [replace(row, method="[bold red]</script>") for row in rows]
    assert "[bold red]</script>" in printed(odd)
