"""Matches: the grid of judges, panels and debaters, and cross-play."""

from __future__ import annotations

import pytest

import truing
from truing.errors import UserError
from truing.lab import read_run
from truing.oversight import Cast
from truing.oversight.questions import load_questions
from truing.runs import OVERSIGHT
from truing.tasks import Item

CASES = load_questions("cases,count=2").questions


def named(matches) -> list[tuple[str, str, str]]:
    return [(one.protocol, one.players().judge, one.players().agent) for one in matches]


def asked(**models) -> truing.Oversight:
    return truing.Oversight(protocols=["blind", "debate"], questions="cases,count=2", **models)


def test_each_judge_and_each_panel_is_a_row():
    grid = asked(judge=["j", "k"], panel=["j", "k"], debater="a")
    assert named(grid.matches) == [
        ("blind", "j", ""),
        ("blind", "k", ""),
        ("blind", "j, k", ""),
        ("debate", "j", "a"),
        ("debate", "k", "a"),
        ("debate", "j, k", "a"),
    ]


def test_a_panel_is_a_list_or_a_text_and_several_are_a_list_of_these():
    assert asked(panel=["j", "k"]).cast == asked(panel="j+k").cast
    assert asked(panel=[["j", "k"], "k+l"]).cast.judges == (("j", "k"), ("k", "l"))
    assert asked(panel=["j", "j"]).cast.judges == (("j", "j"),), "two draws of one model"


@pytest.mark.parametrize("panel", ["j", ["j"], [["j", "k"], ["l"]], []])
def test_a_panel_has_two_or_more_models(panel):
    with pytest.raises(UserError, match=r"must have (two|one) or more models"):
        asked(panel=panel)


def test_a_judge_or_debater_given_twice_is_one():
    twice = asked(judge=["j", "j"], debater=["a", "b", "a"])
    assert twice.cast == asked(judge="j", debater=["a", "b"]).cast


def test_debaters_play_each_other_in_both_seats_and_themselves():
    cast = Cast(judges=(("j",),), debaters=("a", "b"))
    assert [agent for _, _, agent in named(cast.matches(["debate"], CASES))] == [
        *("a", "a, b", "b, a", "b")
    ]
    assert [one.players().argued_by(2) for one in cast.matches(["debate"], CASES)] == [
        *[("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]
    ]
    alone = cast.matches(["consultancy", "critique"], CASES)
    assert [agent for _, _, agent in named(alone)] == ["a", "b", "a", "b"]
    assert alone[0].players().argued_by(2) == ()


def test_models_of_other_roles_keep_their_role():
    cast = Cast(judges=(("j",),), debaters=("a", "b"), roles={"critic": ("c",)})
    assert [agent for _, _, agent in named(cast.matches(["critique"], CASES))] == ["a, c", "b, c"]


def test_two_debaters_need_two_answers():
    three = Item("q3", "Which?", ("1", "2", "3"))
    cast = Cast(judges=(("j",),), debaters=("a", "b"))
    with pytest.raises(UserError, match=r"'q3' has 3 answers, but 2 models argue .* \(a, b\)"):
        cast.matches(["debate"], [*CASES, three])
    assert cast.matches(["consultancy"], [three])
    assert Cast(judges=(("j",),), debaters=("a",)).matches(["debate"], [three])


def test_a_role_without_a_model_is_named():
    with pytest.raises(UserError, match="role 'judge' has no model"):
        _ = asked(debater="a").matches


def test_a_recorded_grid_is_the_same_grid(tmp_path):
    models = {
        "judge": ["truing/judge", "truing/judge,skill=0.5"],
        "panel": "truing/judge+truing/judge,skill=0.5",
        "debater": ["truing/debater", "truing/debater,skill=0.5"],
    }
    run = truing.Oversight(protocols="debate,rounds=1", questions="cases,count=1", **models)
    (tmp_path / OVERSIGHT.configuration).write_text(run.text)
    again = read_run(tmp_path)
    assert (again, again.text, again.matches) == (run, run.text, run.matches)
    assert len(run.matches) == 3 * 4
