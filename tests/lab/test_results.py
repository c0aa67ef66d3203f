"""Results of runs: rows, the best row, filters, text, charts, and what `load` reads again."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import truing
from tests.conftest import write_tiny
from truing.errors import UnknownNameError, UserError
from truing.lab import RunResult
from truing.research import Budget, ChooseProtocol, ResearchConfig
from truing.studies import LocalEngine

pytestmark = pytest.mark.usefixtures("charts")

KINDS = ["study", "oversight", "research", "game"]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A result of each kind."""
    folder = tmp_path_factory.mktemp("results")
    study = truing.Study(
        tasks=str(write_tiny(folder / "tiny.jsonl")),
        weak="pca-1",
        strong=["pca-5", "pca-8"],
        methods=["naive", "confidence", "bootstrap", "oracle"],
        seeds=3,
    )
    oversight = truing.Oversight(
        protocols=["blind", "consultancy", "debate"],
        questions="cases,count=30",
        judge="truing/judge",
        debater="truing/debater",
    )
    problem = ChooseProtocol(cases=10, seeds=2)
    config = ResearchConfig(problem=problem, budget=Budget(each=3), finalists=2)
    research = truing.ResearchRun(researchers=["search", "random"], config=config)
    game = truing.Game("bisection-debate", {"steps": 64, "debates": 50, "checks": 8})
    return {
        "study": truing.run(study, out=folder / "study", engine=LocalEngine(1)),
        "oversight": truing.run(oversight, out=folder / "oversight"),
        "research": truing.run(research, out=folder / "research"),
        "game": truing.run(game, out=folder / "game"),
    }


@pytest.fixture
def study(results):
    return results["study"]


@pytest.fixture
def overseen(results):
    return results["oversight"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_loaded_result_equals_the_result_of_the_run(results, kind):
    assert truing.load(results[kind].folder) == results[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_loop_over_a_result_yields_its_rows(results, kind):
    result = results[kind]
    assert isinstance(result, RunResult)
    assert list(result) == list(result.rows)
    assert len(result) == len(result.rows) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_is_a_sequence_of_its_rows(results, kind):
    result = results[kind]
    rows = result.rows
    assert (result[0], result[-1], result[np.int64(1)]) == (rows[0], rows[-1], rows[1])
    assert result[:2] == rows[:2]
    assert rows[1] in result
    assert list(reversed(result)) == list(reversed(rows))
    with pytest.raises(IndexError, match=f"the result has {len(rows)} rows, got the number 99"):
        result[99]
    with pytest.raises(UserError, match=r"rows of a result have numbers.*result\.filter"):
        result["naive"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_representation_is_short(results, kind):
    text = repr(results[kind])
    assert text.startswith(type(results[kind]).__name__)
    assert f"{len(results[kind])} rows" in text
    assert "\n" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_public_names_of_a_result_can_be_completed(results, kind):
    names = set(dir(results[kind]))
    assert {"charts", "folder", "plot", "rows", "to_pandas"} <= names
    assert {"best", "filter"} <= names


@pytest.mark.parametrize("kind", KINDS)
def test_charts_are_drawn_by_name_and_saved(results, kind, tmp_path):
    result = results[kind]
    assert repr(result.plot()) == f"Chart({result.charts[0]!r})"
    for name in result.charts:
        chart = result.plot(name)
        assert chart.drawing.name == name
        assert chart.save(tmp_path / f"{name}.svg").read_text().startswith("<svg")
        assert "<img" in chart._repr_html_()
    starts = {".png": b"\x89PNG", ".pdf": b"%PDF"}
    for ending, start in starts.items():
        saved = result.plot().save(tmp_path / "charts" / f"chart{ending}")
        assert saved.read_bytes().startswith(start)


def test_an_unknown_chart_or_ending_is_one_line(study, tmp_path):
    with pytest.raises(UnknownNameError, match="unknown chart 'transfr'; did you mean transfer"):
        study.plot("transfr")
    with pytest.raises(UserError, match=r"allowed: \.svg, \.png, \.pdf, \.csv"):
        study.plot().save(tmp_path / "chart.bmp")


def test_a_result_without_rows_has_no_chart(study):
    empty = dataclasses.replace(study, rows=())
    with pytest.raises(UserError, match="this result has no chart"):
        empty.plot()
    assert str(empty) == "no rows"


def test_the_best_row_has_the_largest_difference_from_naive_and_is_no_control(study):
    compared = [row for row in study if row.difference and row.method != "oracle"]
    assert study.best() == max(compared, key=lambda row: row.difference.value)
    assert study.best() == study.best(by="difference")
    others = [row for row in study if row.method != "oracle"]
    assert study.best(by="pgr") == max(others, key=lambda row: row.pgr)


def test_naive_is_the_best_of_worse_methods(study):
    worse = [row if row.difference is None else _with_difference(row, -0.1) for row in study.rows]
    assert dataclasses.replace(study, rows=tuple(worse)).best().method == "naive"


def _with_difference(row, value):
    return dataclasses.replace(row, difference=dataclasses.replace(row.difference, value=value))


def test_without_naive_the_best_row_has_the_largest_pgr(study):
    alone = [dataclasses.replace(row, difference=None) for row in study if row.method != "naive"]
    result = dataclasses.replace(study, rows=tuple(alone))
    assert result.best() == result.best(by="pgr")
    with pytest.raises(UserError, match="no row has a difference from naive"):
        result.best(by="difference")


def test_controls_alone_have_no_best_row(study):
    with pytest.raises(UserError, match="controls are left out"):
        study.filter(method="oracle").best()
    with pytest.raises(UserError, match="by must be 'difference' or 'pgr', got 'accuracy'"):
        study.best(by="accuracy")


def test_a_filter_keeps_rows_and_their_verdicts(study):
    found = study.filter(strong="pca-5", method=["naive", "bootstrap"])
    assert [(row.strong, row.method) for row in found] == [
        ("pca-5", "naive"),
        ("pca-5", "bootstrap"),
    ]
    assert all(row in study.rows for row in found)
    assert found.folder == study.folder
    assert study.filter() == study


def test_a_filter_takes_the_path_of_a_file(study):
    task = study.rows[0].task
    assert study.filter(task=f"some/folder/{task}") == study


def test_an_unknown_name_in_a_filter_has_a_suggestion(study, overseen, results):
    with pytest.raises(UnknownNameError, match="unknown method 'naiv'; did you mean naive"):
        study.filter(method="naiv")
    with pytest.raises(UnknownNameError, match="unknown strong student 'pca-6'; did you mean pca-"):
        study.filter(strong="pca-6")
    with pytest.raises(UnknownNameError, match="unknown protocol 'debat'; did you mean debate"):
        overseen.filter(protocol="debat")
    with pytest.raises(UnknownNameError, match="unknown researcher 'serch'; did you mean search"):
        results["research"].filter(researcher="serch")


def test_print_shows_the_table_of_the_command_line(study, monkeypatch):
    from truing.report import table

    monkeypatch.setenv("COLUMNS", "80")
    from rich.console import Console

    console = Console(width=80, highlight=False, color_system=None)
    with console.capture() as captured:
        console.print(table(study.rows))
    lines = [line.rstrip() for line in captured.get().rstrip().splitlines()]
    assert str(study).splitlines() == lines
    assert max(map(len, lines)) <= 80


def test_a_printed_row_is_one_line_with_its_verdict(study, overseen, results):
    row = study.best()
    assert str(row).endswith(f"from naive, {row.difference.verdict}")
    protocol = overseen.filter(protocol="debate").rows[0]
    assert str(protocol).endswith(f"from blind, {protocol.verdict}")
    finalist = results["research"].best()
    assert str(finalist).startswith(f"{finalist.researcher}: protocol,")
    assert str(finalist).endswith(
        f"sealed gain {finalist.scores['sealed']:+.3f}, {finalist.verdict}"
    )
    for one in (row, protocol, finalist):  # as the last line of a cell shows it
        assert repr(one) == f"<{type(one).__name__} {one}>"


def test_print_shows_the_summary_of_an_oversight_run_as_the_command_line_prints_it(overseen):
    from truing.report import as_text, oversight_summary

    text = str(overseen)
    assert text.startswith(as_text(oversight_summary(overseen.measures)))
    assert "30 questions; intervals are 95%, clustered by question." in text.splitlines()


def test_print_shows_the_summary_of_a_research_run_as_the_command_line_prints_it(results):
    from truing.report import as_text, research_summary

    research = results["research"]
    text = str(research)
    best = research.filter(researcher="search").best().content
    assert text.startswith(as_text(research_summary(research.reports)))
    assert [line.split()[0] for line in text.splitlines()[1:3]] == ["search", "random"]
    assert "3 of 3" in text
    assert best in "".join(text.split())  # long names are folded


@pytest.mark.parametrize("kind", ["oversight", "research"])
def test_a_printed_result_of_programs_says_that_it_is_simulated(results, kind):
    assert "Simulated: " in str(results[kind])


def test_oversight_rows_have_the_difference_from_blind(overseen):
    by_name = {row.protocol: row for row in overseen}
    blind, debate = by_name["blind"], by_name["debate"]
    assert blind.difference is None
    expected = debate.accuracy.value - blind.accuracy.value  # the same questions
    assert debate.difference.value == pytest.approx(expected)
    assert debate.difference.low < debate.difference.value < debate.difference.high
    assert debate.verdict == "better"
    assert overseen.best() == max(overseen, key=lambda row: row.accuracy.value)


def test_filtered_oversight_keeps_the_differences_of_the_whole_run(overseen):
    (row,) = overseen.filter(protocol="debate")
    assert row == next(one for one in overseen if one.protocol == "debate")
    assert "blind" not in str(overseen.filter(protocol="debate")).splitlines()[1]


def test_research_rows_are_the_finalists(results):
    research = results["research"]
    assert {row.researcher for row in research} == {"search", "random"}
    assert research.best().scores["sealed"] == max(row.scores["sealed"] for row in research)
    assert {row.researcher for row in research.filter(researcher="random")} == {"random"}


def test_game_rows_are_the_measured_and_the_published_values(results):
    game = results["game"]
    sampled = [row for row in game if row.low is not None]
    assert all(row.low <= row.value <= row.high for row in sampled)
    assert list(game.to_pandas()["measure"]) == [row.measure for row in game]
    assert "published" in str(game).splitlines()[0]


def test_a_game_has_measures_and_no_best_row(results):
    game = results["game"]
    with pytest.raises(UserError, match=r"a game has no best row.*result\.filter"):
        game.best()
    group = next(row.measure for row in game if row.low is not None).partition(".")[0]
    found = game.filter(measure=group)
    assert [*found] == [row for row in game if row.measure.startswith(group)]
    assert len(found) < len(game)
    assert [*game.filter(measure=[game[1].measure, game[0].measure])] == [*game[:2]]
    assert found.charts
    assert game[0].measure not in found._repr_html_()
    with pytest.raises(UnknownNameError, match="unknown measure 'honest'"):
        game.filter(measure="honest")
    with pytest.raises(UserError, match="measure must be a name or a list of names, got 3"):
        game.filter(measure=3)
