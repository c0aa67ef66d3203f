"""The demo ends with five lines: what was seen, and what to do next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from truing.cli._demo import EXPLAINED, JUDGES, explain
from truing.report import interval_text
from truing.studies import Study, complete, make_plan, make_rows


@pytest.fixture
def results(tiny, store, alone):
    """Two results with the names of the demo's supervisors, students and methods."""
    methods = ["naive", "confidence", "oracle", "shuffled"]
    study = Study(tasks=str(tiny), weak="pca-1", strong="pca-5", methods=methods, seeds=3)
    plan = make_plan(study)
    complete(plan, store, alone)
    rows = make_rows(plan, store)
    weak, strong = EXPLAINED
    judged = [replace(rows[0], weak=judge, strong=strong) for judge in JUDGES]
    named = [replace(row, weak=weak, strong=strong) for row in rows]
    return [SimpleNamespace(rows=found, folder=Path("runs/demo")) for found in (named, judged)]


def test_the_five_lines_state_results_with_intervals_and_the_next_step(results):
    study, judged = results
    lines = explain(study, judged)
    assert len(lines) == 5
    assert interval_text(study.rows[0].recovered) in lines[0]
    assert "oracle has PGR 1.00" in lines[2]
    accuracy = judged.rows[0].weak_accuracy
    assert f"judge {accuracy:.2f} -> {accuracy:.2f}" in lines[3]
    assert {"runs/demo/report.html,", "truing", "docs/tour.md."} <= set(lines[4].split())


@pytest.mark.parametrize("verdict", ["better", "worse", "inconclusive", "better on this seed"])
def test_only_a_method_that_is_better_is_called_the_best(results, verdict):
    study, judged = results
    for at, row in enumerate(study.rows):
        if row.difference:
            changed = replace(row.difference, verdict=verdict)
            study.rows[at] = replace(row, difference=changed)
    line = explain(study, judged)[1]
    if verdict.startswith("better"):
        assert "confidence" in line  # and not the oracle, which is a control
        assert f"({verdict})" in line
    else:
        assert line == "No method is better than naive training there."
