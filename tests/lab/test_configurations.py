"""The objects that `run` runs: what they accept, and what they say about a mistake."""

from __future__ import annotations

import pytest

import truing
from truing.errors import UserError
from truing.research import ResearchConfig


def asked(**given) -> truing.Oversight:
    return truing.Oversight(
        **{"protocols": "blind", "questions": "cases,count=2", "judge": "truing/judge", **given}
    )


def test_one_name_is_as_good_as_a_list():
    assert asked() == asked(protocols=["blind", "blind,panel=1"], judge=["truing/judge"])
    assert asked().text == asked(protocols=("blind",)).text
    one = truing.ResearchRun(researchers="random")
    assert one.researchers == ("random",)
    assert one.config == ResearchConfig()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"protocols": []}, r"protocols must have one or more names, got \[\]"),
        ({"protocols": 3}, "protocols must be a name, a Protocol, .* got 3"),
        ({"protocols": "debat"}, "unknown protocol 'debat'; did you mean debate"),
        ({"models": {"judge": "truing/judge"}}, "unknown role 'models'"),
        ({"limit": 0}, "limit must be an integer, 1 or more, or None"),
    ],
)
def test_a_wrong_oversight_run_is_one_line(given, message):
    with pytest.raises(UserError, match=message):
        asked(**given)


def test_a_wrong_research_run_is_one_line():
    with pytest.raises(UserError, match=r"researchers must have one or more names, got \[\]"):
        truing.ResearchRun(researchers=())
    with pytest.raises(UserError, match="config must be a ResearchConfig, got"):
        truing.ResearchRun(researchers="random", config={})


def test_arguments_of_a_game_are_values_or_texts():
    by_value = truing.Game("nested-oversight", arguments={"gap": 250.0, "levels": 4}, seed=3)
    by_text = truing.Game("nested-oversight", arguments={"gap": "250", "levels": "4"}, seed=3)
    assert by_value == by_text
    assert by_value.text == by_text.text
    assert by_value.arguments["domain"] == "debate"


@pytest.mark.parametrize(
    ("arguments", "seed", "message"),
    [
        ({"level": 4}, 0, "no argument 'level'; allowed: domain, gap, levels"),
        ({"levels": 2.5}, 0, "levels must be an integer, got '2.5'"),
        ({}, -1, "seed must be 0 or more, got -1"),
    ],
)
def test_a_wrong_game_is_one_line(arguments, seed, message):
    with pytest.raises(UserError, match=message):
        truing.Game("nested-oversight", arguments=arguments, seed=seed)


def test_an_option_of_another_run_is_one_line():
    message = r"'engine' of run\(Game, ...\); allowed: out, name, overwrite, watch, progress"
    with pytest.raises(UserError, match=message):
        truing.run(truing.Game("prover-verifier"), engine=None)
