"""Obfuscated arguments: simulation against closed form."""

import numpy as np
import pytest

from truing.errors import UserError
from truing.oversight.games import GAMES
from truing.oversight.games._obfuscated import debate, win_rate


def play(specification, seed=0):
    def quiet(*_):
        pass

    return GAMES.build(specification).value(np.random.default_rng(seed), quiet).values


@pytest.mark.parametrize("cue", [0.0, 0.3, 0.9])
@pytest.mark.parametrize(("branching", "depth"), [(2, 1), (2, 5), (3, 3)])
def test_the_simulation_agrees_with_the_closed_form(cue, branching, depth):
    wins = debate(cue, branching, depth, 40_000, np.random.default_rng(depth)).mean()
    exact = win_rate(cue, branching, depth)
    assert abs(wins - exact) < 4 * np.sqrt(exact * (1 - exact) / 40_000)


def test_chance_is_one_in_the_size_and_a_perfect_cue_always_wins():
    assert win_rate(0.0, 3, 4) == pytest.approx(1 / 81)
    assert win_rate(1.0, 3, 4) == 1.0
    assert debate(1.0, 3, 4, 1000, np.random.default_rng(0)).all()


def test_wins_fall_with_size_by_the_exponent():
    found = play("obfuscated-arguments,cue=0.5,rounds=8,debates=20000")
    sizes = np.array([int(size) for size in found["exact"]])
    assert sizes.tolist() == [2**d for d in range(1, 9)]
    wins = [one.value for one in found["honest_wins"].values()]
    assert wins == sorted(wins, reverse=True)
    assert list(found["exact"].values()) == pytest.approx(sizes ** found["exponent"])
    assert all(one.value == 1.0 for one in found["knowing_the_flaw"].values())
    inside = [
        one.low <= exact <= one.high
        for one, exact in zip(found["honest_wins"].values(), found["exact"].values(), strict=True)
    ]
    assert sum(inside) >= 7


def test_a_judge_without_a_cue_falls_to_chance_accuracy():
    found = play("obfuscated-arguments,cue=0,rounds=20,debates=10")["judge_accuracy"]
    assert found["2"] == 0.75
    assert found[str(2**20)] == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(
    "wrong", ["cue=-0.1", "cue=nan", "branching=1", "rounds=0", "rounds=63", "debates=0"]
)
def test_a_value_out_of_range_is_refused(wrong):
    with pytest.raises(UserError, match="must"):
        GAMES.build(f"obfuscated-arguments,{wrong}")
