"""A grid of judges and agents: table in the terminal, JSON, report page, charts and dashboard."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from tests.grids import planted_grid
from tests.report.folders import oversight_folder
from truing.measures import measure_oversight
from truing.report import compare_runs, oversight_summary, protocol_rows, short_names
from truing.report.drawing import NARROW
from truing.report.page import make_page
from truing.report.page._agents_charts import draw_pairings
from truing.report.page._judged_tables import agents_section
from truing.report.page._strength_chart import draw_strength
from truing.runs import find_run

AGENTS = ["weak", "middle", "strong"]
PREFIX = "openai/"  # which all names share


def line(one):
    """A judgement as a row of judgements.jsonl; names of models begin with their provider."""

    def named(name):
        return re.sub(r"(judge|weak|middle|strong)", PREFIX + r"\1", name)

    return {
        "question": one.question,
        "protocol": one.protocol,
        "truth": one.truth,
        "belief": [float(p) for p in one.belief],
        "judge": named(one.judge),
        "agent": named(one.agent) if one.agent else None,
        "argued": one.argued,
        "assigned": one.assigned,
        "argued_by": [named(name) for name in one.argued_by],
        "simulated": True,
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    rows = [line(one) for one in planted_grid(questions=12)]
    return oversight_folder(tmp_path_factory.mktemp("grid"), rows)


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(0)
    return measure_oversight(planted_grid(questions=24), rng=rng, replicates=50)


@pytest.fixture(scope="module")
def page(folder):
    return make_page(find_run(folder))


def printed(table, width):
    out = io.StringIO()
    Console(file=out, width=width).print(table)
    return out.getvalue()


def test_the_table_has_a_part_per_judge_and_a_row_per_protocol_and_agent(found):
    lines = printed(oversight_summary(found), 120).splitlines()
    parts = [at for at, text in enumerate(lines) if text.startswith("judge: ")]
    assert [lines[at] for at in parts] == ["judge: judge-0", "judge: judge-1"]
    own = [text.split("  ")[0] for text in lines[parts[0] + 2 : parts[0] + 6]]
    assert own == ["blind", "consultancy by weak", "consultancy by middle", "consultancy by strong"]
    assert any(text.startswith("debate by weak against strong ") for text in lines)
    family = f"over all {len(found.comparisons)} comparisons (pairs of protocols, judges and agents"
    assert family in " ".join(lines)


def test_the_table_fits_60_columns(found):
    text, wide = (printed(oversight_summary(found), width) for width in (60, 120))
    assert max(map(len, text.splitlines())) <= 60
    numbers = re.compile(r"\d\.\d{3}\b")
    assert sorted(numbers.findall(text)) == sorted(numbers.findall(wide))


def test_rows_name_their_judge_and_agent(found):
    rows = protocol_rows(found)
    row = next(one for one in rows if one.label == "debate by strong, judged by judge-1")
    assert (row.protocol, row.judge, row.agent) == ("debate", "judge-1", "strong")
    assert row.difference is not None
    assert str(row).startswith("debate by strong, judged by judge-1: accuracy ")
    (pair,) = [
        one
        for one in found.comparisons
        if {one.first, one.second} == {row.label, "blind, judged by judge-1"}
    ]
    assert row.difference.value == pytest.approx(-pair.shared.value)
    assert row.p_holm == pair.p_holm


def test_names_lose_the_provider_that_all_share(folder):
    from truing.runs import measure_judgements

    whole = measure_judgements(folder / "judgements.jsonl")
    short = short_names(whole)
    assert whole.protocols[1].name == "consultancy by openai/weak, judged by openai/judge-0"
    assert short.protocols[1].name == "consultancy by weak, judged by judge-0"
    assert [one.honest for one in short.pairings[:1]] == ["weak"]
    mixed = [one.name for one in short.protocols if one.mixed and one.judge == "judge-0"]
    assert mixed[0] == "debate by weak against middle, judged by judge-0"


def test_the_json_states_judge_and_agent_of_each_row(folder, truing):
    code, out, _ = truing("measure", "oversight", str(folder / "judgements.jsonl"), "--json")
    assert code == 0
    found = json.loads(out)
    assert {(one["judge"], one["agent"]) for one in found["protocols"]} >= {
        ("openai/judge-0", None),
        ("openai/judge-1", "openai/strong"),
    }
    row = next(one for one in found["protocols"] if one["agent"] == "openai/strong")
    assert row["strength_low"] < row["strength"] < row["strength_high"]
    assert {"macro_f1", "macro_f1_low", "obfuscation", "critic_advantage", "ase_1"} <= row.keys()
    assert found["strength"] == "elo"
    assert {one["between"] for one in found["comparisons"]} == {"protocols", "judges", "agents"}
    first = found["comparisons"][0]["conditions"][0]
    assert first == {"protocol": "blind", "judge": "openai/judge-0", "agent": None}
    assert len(found["pairings"]) == 18
    assert {one["agent"] for one in found["ratings"]} == {f"openai/{one}" for one in AGENTS}


def test_the_first_chart_is_accuracy_and_asd_by_strength_one_pair_of_subplots_per_judge(page):
    assert page.chart.name == "agent-strength"
    titles = [one.title for one in page.chart.subplots]
    assert titles == [
        f"{what}, judged by {judge}"
        for judge in ("judge-0", "judge-1")
        for what in ("accuracy", "ASD")
    ]
    assert [mark.name for mark in page.chart.marks] == ["consultancy", "debate", "no agent"]
    values = [*csv.DictReader(io.StringIO(page.chart.csv))]
    own = [
        one
        for one in values
        if (one["judge"], one["protocol"], one["measure"]) == ("judge-0", "debate", "accuracy")
    ]
    assert [one["agent"] for one in own] == AGENTS
    assert all(float(one["low"]) <= float(one["value"]) <= float(one["high"]) for one in own)
    assert "1 is weak; 2 is middle; 3 is strong" in page.chart.reading
    assert "Kenton et al. 2024" in page.chart.reading


def test_ratings_of_agents_that_never_argue_in_the_same_play_are_on_the_page(found):
    apart = replace(found, pairings=())
    section = agents_section(apart)
    assert [one.name for one in section.drawings] == ["agent-ratings"]
    assert [one.caption for one in section.tables] == [
        "Elo ratings of the agents, with 95% intervals"
    ]


def test_the_page_has_cross_play_ratings_and_all_comparisons(page):
    sections = {one.name: one for one in page.sections}
    agents = sections["agents"]
    assert [one.name for one in agents.drawings] == ["cross-play", "agent-ratings"]
    ratings_chart = agents.drawings[1]
    titles = [one.title for one in ratings_chart.subplots]
    assert titles == ["debate, judged by judge-0", "debate, judged by judge-1"]
    games, ratings = agents.tables
    groups = dict(games.groups)
    assert [*groups] == ["debate, judged by judge-0", "debate, judged by judge-1"]
    assert all(len(rows) == 9 for rows in groups.values())
    assert {row[0] for row in dict(ratings.groups)["debate, judged by judge-0"]} == set(AGENTS)
    (table,) = sections["compared"].tables
    titles = [name for name, _ in table.groups]
    assert titles[:1] == ["judged by judge-0"]
    assert "judges: judge-0 - judge-1" in titles
    assert "between agents, judged by judge-1" in titles
    assert sections["compared"].heading == "Protocols, judges and agents compared"
    (accuracy,) = sections["accuracy"].tables
    assert [name for name, _ in accuracy.groups] == ["judged by judge-0", "judged by judge-1"]
    assert "#macro-F1" in accuracy.columns


def test_the_finding_counts_the_verdicts_against_the_same_judge_without_help(page):
    text = " ".join(page.finding)
    assert re.search(r"The highest accuracy on 12 questions is \d", text)
    assert "Compared with the same judge without help: " in text
    assert "(24 comparisons, Holm-corrected over 55)" in text


def test_the_charts_can_be_drawn(found, charts):
    strength = draw_strength(found).subplots[0].svg(NARROW)
    texts = {"".join(one.itertext()) for one in strength.iter() if one.tag.endswith("text")}
    assert {"1", "2", "3", "blind", "accuracy"} <= texts
    wins = draw_pairings(found).subplots[0].svg(NARROW)
    cells = [one for one in wins.iter() if one.tag.endswith("text")]
    values = {f"{one.honest_wins.value:.2f}" for one in found.pairings if one.judge == "judge-0"}
    assert values <= {"".join(one.itertext()) for one in cells}


def test_one_judge_and_agent_look_as_before(tmp_path):
    rows = [
        line(one)
        for one in planted_grid(questions=12)
        if one.judge == "judge-0" and one.agent in (None, "strong")
    ]
    page = make_page(find_run(oversight_folder(tmp_path, rows)))
    assert page.chart.name == "accuracy"
    assert {one.name for one in page.sections}.isdisjoint({"agents"})
    text = " ".join(page.finding)
    assert "judge-0" not in text
    assert "strong" not in text


def test_two_grids_are_compared_row_by_row(folder, tmp_path):
    other = planted_grid(questions=24, skills=(1.5,), seed=1)
    second = oversight_folder(tmp_path, [line(one) for one in other])
    for one in (folder, second):
        (one / "about.json").write_text("{}")
    compared = compare_runs([folder, second]).compared
    names = [one.names["protocol"][0] for one in compared]
    assert "consultancy by openai/weak, judged by openai/judge-0" in names
    assert not any("judge-1" in name for name in names)
