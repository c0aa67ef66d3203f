"""A run of two judges and two debaters: its rows, its filters and its report."""

from __future__ import annotations

import pytest

from tests import grids
from tests.grids import JUDGES, run_grid
from truing.errors import UnknownNameError
from truing.lab import load
from truing.report.page import make_page
from truing.runs import find_run

DEBATERS = grids.DEBATERS[:2]


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return run_grid(tmp_path_factory.mktemp("grid") / "run", 2, DEBATERS)


def test_a_row_for_each_protocol_judge_and_agent(result):
    judges = list(dict.fromkeys(row.judge for row in result))
    assert len(judges) == len(JUDGES)
    for judge in judges:
        own = [row for row in result if row.judge == judge]
        assert [row.agent for row in own if row.protocol == "blind"] == [None]
        assert len([row for row in own if row.protocol == "consultancy"]) == len(DEBATERS)
        assert len([row for row in own if row.protocol == "debate"]) == len(DEBATERS) ** 2
    assert {one.judge for one in result.measures.ratings} == set(judges)
    assert len(result.measures.pairings) == len(JUDGES) * len(DEBATERS) ** 2


def test_rows_can_be_filtered_by_judge_and_agent(result):
    judge, agent = result[0].judge, result[1].agent
    kept = result.filter(judge=judge, agent=agent)
    assert {(row.judge, row.agent) for row in kept} == {(judge, agent)}
    assert {(row.judge, row.agent) for row in kept.overseen.records} == {(judge, agent)}
    assert kept.rows[0] in result.rows
    with pytest.raises(UnknownNameError, match="unknown judge 'nobody'"):
        result.filter(judge="nobody")


def test_the_report_begins_with_the_figure_of_strength(result):
    page = make_page(find_run(result.folder))
    assert page.chart.name == "agent-strength"
    assert load(result.folder).charts[0] == "agent-strength"
