"""Results in a notebook: a table and a chart, and data frames where pandas is there."""

from __future__ import annotations

import base64
import re
import shutil
import sys
from dataclasses import replace
from xml.etree import ElementTree

import pytest

import truing
from tests.conftest import make_tiny_study, write_tiny
from truing.errors import UserError
from truing.lab import Oversight, ResearchRun, run_oversight, run_research
from truing.research import ResearchConfig
from truing.studies import LocalEngine

pytestmark = pytest.mark.usefixtures("charts")

EMBEDDED = {"judge": ("truing/judge",), "debater": ("truing/debater",)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def tiny(folder):
    return write_tiny(folder / "tiny.jsonl")


@pytest.fixture(scope="module")
def result(tiny, folder):
    return truing.run(make_tiny_study(tiny), out=folder / "run", engine=LocalEngine(1))


@pytest.fixture
def own_result(result, tmp_path):
    """The result with a folder that a test may change."""
    return replace(result, folder=shutil.copytree(result.folder, tmp_path / "run"))


@pytest.fixture(scope="module")
def overseen(folder):
    return run_oversight(
        Oversight(protocols=["blind", "debate"], questions="cases,count=6", **EMBEDDED),
        out=folder / "asked",
    )


@pytest.fixture(scope="module")
def researched(tiny, folder):
    problem = {
        "kind": "weak-to-strong",
        "climb": [str(tiny)],
        "other_tasks": [],
        "weak": "pca-1",
        "strong": "pca-5",
        "seeds": 2,
    }
    budget = {"each": 2, "all": 4}
    config = ResearchConfig(problem=problem, budget=budget, finalists=1, files=False)
    return run_research(ResearchRun(researchers="random", config=config), out=folder / "research")


def pictures(page):
    found = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    return [ElementTree.fromstring(base64.b64decode(one)) for one in found]


def test_a_study_displays_a_table_and_a_chart(result):
    page = result._repr_html_()
    assert "<table>" in page
    assert all(row.method in page for row in result.rows)
    (picture,) = pictures(page)
    assert picture.tag.endswith("svg")


def test_oversight_and_research_display_a_table_and_a_chart(overseen, researched):
    for found, name in ((overseen, "debate"), (researched, "random")):
        page = found._repr_html_()
        assert "<table>" in page
        assert name in page
        assert len(pictures(page)) == 1


def test_a_notebook_marks_simulated_results(overseen):
    assert "Simulated" in overseen._repr_html_()


def test_notebook_output_loads_nothing_and_runs_no_script(result, overseen):
    for found in (result, overseen):
        page = found._repr_html_()
        assert "<script" not in page
        assert not re.search(r'(src|href)="(?!data:)', page)


def test_names_are_escaped_in_a_notebook(result):
    rows = tuple(replace(row, task="<script>alert(1)</script>") for row in result.rows)
    page = replace(result, rows=rows)._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_study_displays_the_comparison_with_naive_and_its_verdict_before_the_chart(result):
    page = result._repr_html_()
    difference = result.rows[1].difference
    verdict = page.index(f"<td>{difference.verdict}</td>")
    assert page.index(f"{difference.value:+.3f}") < verdict < page.index("<img")


def test_a_filtered_result_displays_its_rows_only(result):
    page = result.filter(method="naive")._repr_html_()
    assert "naive" in page
    assert "confidence" not in page


def test_a_run_with_a_deleted_folder_is_still_displayed(own_result):
    shutil.rmtree(own_result.folder)
    assert "<table>" in own_result._repr_html_()


def test_a_game_displays_a_table_and_a_chart_also_with_a_deleted_folder(tmp_path):
    played = truing.run(truing.Game("prover-verifier"), out=tmp_path / "game")
    shutil.rmtree(tmp_path / "game")
    page = played._repr_html_()
    assert "<table>" in page
    assert "Simulated" in page
    assert len(pictures(page)) == 1


def test_a_data_frame_of_a_study_has_all_rows_and_values(result):
    frame = result.to_pandas()
    assert list(frame["method"]) == ["naive", "confidence"]
    assert list(frame["pgr"]) == [row.pgr for row in result.rows]
    (difference,) = frame["difference_value"].dropna()
    assert difference == result.rows[1].difference.value
    assert not [name for name in frame if frame[name].map(type).isin([dict, list, tuple]).any()]


def test_a_data_frame_of_oversight_has_one_row_per_verdict(overseen):
    frame = overseen.to_pandas()
    assert len(frame) == len(overseen.overseen.records) == 12
    blind = frame[frame["protocol"] == "blind"]
    expected = [
        belief[truth] > belief[1 - truth]
        for belief, truth in zip(blind["belief"], blind["truth"], strict=True)
    ]
    assert list(blind["right"]) == expected


def test_a_data_frame_of_research_has_one_row_per_finalist_and_tier(researched):
    frame = researched.to_pandas()
    assert list(frame["tier"]) == ["climb", "sealed"]
    (finalist,) = researched.reports["random"].finalists
    (sealed,) = finalist.gains["sealed"]
    assert frame["gain"].iloc[1] == sealed.value
    assert frame["gain_low"].iloc[1] == sealed.low


def test_oversight_and_research_runs_name_their_folder(overseen, researched):
    assert len(overseen.overseen.records) == 12
    assert (overseen.folder / "judgements.jsonl").is_file()
    assert list(researched.reports) == ["random"]
    assert (researched.folder / "research.json").is_file()


def test_without_pandas_the_message_says_how_to_install_it(result, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UserError, match="pip install pandas"):
        result.to_pandas()
