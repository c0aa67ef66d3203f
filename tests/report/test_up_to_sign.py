"""Reports state values up to sign apart, and what they mean."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.report.folders import row, study_folder
from truing.measures import Estimate
from truing.report import table, write_report
from truing.runs import find_run

SIGNED = row(weak="ccs:lsa-8", oracle_signed_accuracy=Estimate(0.812, 0.75, 0.87))
STATED = "oracle-signed weak accuracy 0.812 [0.750, 0.870]"


def printed(rows):
    console = Console(width=80, record=True, file=io.StringIO(), highlight=False)
    console.print(table(rows))
    return " ".join(console.export_text().split())


def test_the_table_states_it_beside_the_accuracy_of_the_supervisor():
    text = printed([SIGNED])
    assert "weak accuracy 0.700" in text
    assert STATED in text
    assert "No label uses it." in text


def test_other_supervisors_have_none():
    assert "racle-signed" not in printed([row()])


def test_the_page_and_the_run_folder_state_it(tmp_path):
    folder = study_folder(tmp_path / "run", [SIGNED])
    write_report(folder)
    assert STATED in (folder / "report.html").read_text()
    (read,) = find_run(folder).rows
    assert read.oracle_signed_accuracy == SIGNED.oracle_signed_accuracy


@pytest.mark.parametrize("signed", [None, Estimate(0.812, 0.75, 0.87)])
def test_a_row_is_written_and_read_as_it_is(signed):
    written = row(oracle_signed_accuracy=signed).to_json()
    assert ("oracle_signed_accuracy" in written) == (signed is not None)
    if signed:
        assert written["oracle_signed_accuracy"] == {"value": 0.812, "low": 0.75, "high": 0.87}


def test_agreement_with_a_distractor_is_stated_for_supervisor_and_students():
    found = {"liberal": {"weak": Estimate(0.62, 0.55, 0.7), "transfer": Estimate(0.66, 0.6, 0.72)}}
    text = printed([row(distractors=found)])
    stated = "agreement with liberal: supervisor 0.62 [0.55, 0.70], naive 0.66 [0.60, 0.72]"
    assert stated in text
    assert "Agreement with a distractor is up to sign" in text
