"""Tables of a stress test in a terminal of 60 columns."""

from dataclasses import replace

import pytest
from rich.console import Console

from tests.report.stress_rows import power_rows, stress_row, stress_rows
from truing.measures import Estimate
from truing.report import power_card, stress_summary
from truing.report._stress_texts import cost_lines, strength_text


def lines(shown, width=60):
    console = Console(width=width, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(shown)
    return captured.get().splitlines()


def test_no_line_is_longer_than_60_columns_and_no_number_is_cut():
    rows = stress_rows()
    for shown in (stress_summary(rows), power_card(power_rows(rows), rows)):
        found = lines(shown)
        assert max(map(len, found)) <= 60
        assert not any("…" in line for line in found)


def test_each_row_has_auroc_rates_and_audits_with_intervals():
    (shown,) = (line for line in lines(stress_summary([stress_row()]), 120) if "probe" in line)
    for cell in (" 0.97 [0.87, 1.00] ", " 70% [46, 88] ", " 100% [83, 100] ", " 12 [8, 17]"):
        assert cell in shown


def test_accuracies_of_planted_systems_and_twins_are_shown():
    text = "\n".join(lines(stress_summary([stress_row(cost=0.03)]), 120))
    assert "0.900 [0.890, 0.910]  0.930 [0.920, 0.940]  +0.030 [+0.025, +0.035]" in text


@pytest.mark.parametrize(
    ("cost", "named"),
    [
        (Estimate(0.03, 0.02, 0.04), True),
        (Estimate(0.03, -0.01, 0.07), False),
        (Estimate(0.0002, 0.0001, 0.0003), False),
        (Estimate(0.03, None, None), False),
    ],
)
def test_a_cost_is_named_if_its_interval_is_clearly_above_zero(cost, named):
    found = list(cost_lines([stress_row(cost=0.03, plant="backdoor"), _second(cost)]))
    assert any(one.startswith("liar costs accuracy (0.03") for one in found) is named


def _second(cost):
    return replace(stress_row("liar", 0.2), cost=cost)


@pytest.mark.parametrize(
    ("strength", "text"),
    [
        (Estimate(0.0312, 0.01, 0.05), "0.031 [0.01, 0.05]"),
        (Estimate(0.01, None, 0.01), "0.01 [0, 0.01]"),
        (Estimate(0.12, 0.05, None), "0.12 [0.05, inf]"),
        (Estimate(None, 0.05, None), "not reached at 0.2 [0.05, inf]"),
        (Estimate(None, 0.2, None), "above 0.2"),
        (Estimate(None, None, None), "not reached at 0.2"),
    ],
)
def test_the_smallest_strength_is_in_plain_words(strength, text):
    (row,) = power_rows([stress_row(strength=0.2)])
    assert strength_text(replace(row, strength=strength)) == text


def test_the_card_names_false_alarms_of_the_twins_and_labels():
    rows = stress_rows(["backdoor"])
    (shown,) = (line for line in lines(power_card(power_rows(rows), rows), 120) if "spot" in line)
    words = "spot-check,audits=50 0.2 [0.05, 0.2] 50 12 [8, 17] 0% [0, 17]"
    assert shown.split() == words.split()


def test_notes_name_the_rows_that_they_concern():
    rows = [stress_row(), stress_row(monitor="disagreement", note="too few references")]
    text = " ".join(lines(stress_summary(rows)))
    assert "backdoor at 0.05 (disagreement): too few references." in text


def test_simulated_and_planted_systems_are_marked():
    text = " ".join(lines(stress_summary([stress_row(simulated=True)])))
    assert "Planted on purpose: model organisms." in text
    assert "Simulated: embedded agents took part" in text


def test_systems_are_named_if_a_run_has_several():
    other = stress_row(system={"protocol": "debate", "questions": "cases"})
    text = "\n".join(lines(stress_summary([stress_row(), other]), 100))
    assert "backdoor (digits: pca-8 supervises spectral-64) (planted)" in text
    assert "backdoor (debate on cases) (planted)" in text
