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
        Oversight(protocols=["blind", "debate"], questions="cases,count=6", models=EMBEDDED),
        out=folder / "asked",
    )


@pytest.fixture(scope="module")
def researched(tiny, folder):
    problem = {
        "kind": "weak-to-strong",
        "climb": [str(tiny)],
        "transfer": [],
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


def test_names_are_escaped_in_a_notebook(own_result):
    results = own_result.folder / "results.jsonl"
    results.write_text(results.read_text().replace("tiny.jsonl", "<script>alert(1)</script>"))
    page = own_result._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_run_with_a_deleted_folder_displays_plain_text(own_result):
    shutil.rmtree(own_result.folder)
    assert own_result._repr_html_() is None
    assert "Row(" in repr(own_result)


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


def test_oversight_and_research_runs_unpack_into_the_result_and_the_folder(overseen, researched):
    found, folder = overseen
    assert len(found.records) == 12
    assert (folder / "judgements.jsonl").is_file()
    reports, folder = researched
    assert list(reports) == ["random"]
    assert (folder / "research.json").is_file()


def test_without_pandas_the_message_says_how_to_install_it(result, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UserError, match="pip install pandas"):
        result.to_pandas()
