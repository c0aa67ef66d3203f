"""check_game passes each built-in game, and names the condition that is violated."""

from __future__ import annotations

import pytest

from truing.errors import ContractError, UserError
from truing.oversight.games import GAMES
from truing.oversight.pixels import _judge
from truing.testing import check_game
from truing.testing._games import GAME

BROKEN = "tests/testing/broken_games.py"
GAME_ARGUMENTS = {
    "bisection-debate": ",steps=64,debates=8,checks=4",
    "nested-oversight": ",levels=3",
    "obfuscated-arguments": ",rounds=3,debates=50",
    "pixel-debate": ",pixels=2,debates=3,judges=1",
    "prover-estimator": ",doublings=3",
    "prover-verifier": "",
    "self-play": ",steps=4,games=10,seeds=2",
}
RESULTS = "results are numbers, texts and sampled values"
VIOLATES = {
    "set": (RESULTS, "the result 'tosses' is of type set"),
    "reserved": (RESULTS, "'seed' is the name of a result, and of a field of the run folder"),
    "dotted": (RESULTS, "a result is named 'heads.first'"),
    "outside": ("sampled values are finite and lie in", r"'tails.all' is 0.5 .* \[0.6, 0.7\]"),
    "state": ("the same generator state leads to the same", r"'plays' is \d+ in the first play"),
    "misnamed": ("each published value belongs to a result", "no result 'head' .*: heads"),
    "over": ("progress has a phase, and 0 <= done", "progress 'tosses' has 2 steps done of 1"),
}


@pytest.mark.parametrize("name", GAMES.describe())
def test_each_built_in_game_satisfies_the_contract(name, monkeypatch):
    monkeypatch.setattr(_judge, "STEPS", 20)
    check_game(name + GAME_ARGUMENTS[name])


def test_all_conditions_of_a_game_are_checked():
    checked = check_game(f"{BROKEN}:whole")
    assert checked.conditions == tuple(words for words, _ in GAME.conditions)


@pytest.mark.parametrize("name", VIOLATES)
def test_a_violated_condition_is_named(name):
    words, detail = VIOLATES[name]
    with pytest.raises(ContractError, match=detail) as found:
        check_game(f"{BROKEN}:{name}")
    assert f"; required: {words}" in str(found.value)


def test_each_condition_has_a_game_that_violates_it():
    named = list(dict.fromkeys(words for words, _ in VIOLATES.values()))
    for words, wanted in zip(named, GAME.conditions, strict=True):
        assert wanted[0].startswith(words)


def test_an_unknown_game_is_an_error_of_the_user():
    with pytest.raises(UserError, match="did you mean pixel-debate"):
        check_game("pixel-debat")
