"""Self-play: exact values against enumeration, and learners that reach them."""

from itertools import product

import numpy as np
import pytest

from truing.errors import UserError
from truing.oversight.agents import posterior
from truing.oversight.games import GAMES
from truing.oversight.self_play import (
    LEARNERS,
    CasesWorld,
    PixelWorld,
    Training,
    matrix_value,
    train,
)

NO_JUDGE = np.zeros((1, 0))


def quiet(*_):
    pass


def play(specification):
    return GAMES.build(specification).value(np.random.default_rng(0), quiet).values


def uniform(world):
    return tuple(
        (one / one.sum(axis=1, keepdims=True))[None] for one in (world.honest, world.dishonest)
    )


@pytest.mark.parametrize(
    ("payoffs", "value"),
    [
        ([[1, 0], [0, 1]], 1 / 2),  # matching pennies
        ([[1, 0], [0, 3]], 3 / 4),  # mixtures (3/4, 1/4)
        ([[2, 3], [0, 5]], 2),  # a saddle point
    ],
)
def test_the_value_of_a_matrix_game(payoffs, value):
    assert matrix_value(np.array(payoffs, float)) == pytest.approx(value)


@pytest.mark.parametrize("bias", [0.0, 2.0])
def test_win_rates_of_cases_agree_with_enumerated_reading(bias):
    """Each clue is understood or not, one after another."""
    world = CasesWorld(clues=5, quotes=2, skill=0.7, bias=bias, debate=True, bluffs=True)
    found = world.wins(world.judges(1))[0]
    for (a, (shown, sure)), (b, (others, other_sure)) in product(
        enumerate(world.actions), repeat=2
    ):
        wins = 0.0
        for reading in product((0, 1), repeat=int(shown + others)):
            chance = 0.7 ** sum(reading) * 0.3 ** (len(reading) - sum(reading))
            seen = sum(reading[: int(shown)]), sum(reading[int(shown) :])
            belief = posterior(seen, (2, 2), 5, 0.5, 1000, 0.7)
            odds = np.log(belief / (1 - belief)) + bias * (sure - other_sure)
            wins += chance * (0.5 if abs(odds) < 1e-12 else odds > 0)
        assert found[a, b] == pytest.approx(wins), (a, b)


def test_minimax_of_pixels_agrees_with_recursion():
    rng = np.random.default_rng(1)
    nonzero = rng.random((3, 5)) < 0.9
    world = PixelWorld(nonzero, 4, rng.random((3, 5)) < 0.5)

    def value(image, shown):
        if len(shown) == 4:
            return float(world.won[image, world.sets[4].index(tuple(sorted(shown)))])
        free = [p for p in np.flatnonzero(nonzero[image]) if p not in shown]
        return (max, min)[len(shown) % 2](value(image, (*shown, p)) for p in free)

    images = [i for i in range(3) if nonzero[i].sum() >= 4]
    found = PixelWorld(nonzero[images], 4, world.won[images]).exact()["optimal_play"]
    assert found["honest_wins"] == pytest.approx(np.mean([value(i, ()) for i in images]))


def test_moves_of_pixels_are_those_of_the_policies_and_end_in_the_judged_set():
    rng = np.random.default_rng(2)
    world = PixelWorld(np.ones((2, 4), bool), 2, rng.random((2, 6)) < 0.5)
    policies = uniform(world)
    first, second = world.play(policies, NO_JUDGE, 4000, rng)
    assert np.array_equal(first.wins, 1 - second.wins)
    assert (first.actions != second.actions).all(), "a pixel is shown once"
    assert first.wins.mean() == pytest.approx(
        world.rates(policies, NO_JUDGE)["honest_wins"][0], abs=0.03
    )


@pytest.mark.parametrize("learner", LEARNERS)
def test_learners_find_a_dominant_action(learner):
    consultancy = CasesWorld(5, 2, 0.8, 3.0, debate=False, bluffs=True)
    measured = train(
        consultancy,
        Training(learner, 150, 100, 3, {"policy-gradient": 2.0, "expert-iteration": 0.2}[learner]),
        np.random.default_rng(0),
        quiet,
    )
    exact = consultancy.exact()["optimal_play"]
    for side in ("honest_wins", "dishonest_wins"):
        assert measured[150][side] == pytest.approx(np.full(3, exact[side]), abs=0.05)
        assert (measured[150][side] > measured[0][side]).all()


@pytest.mark.parametrize("learner", LEARNERS)
def test_debate_converges_to_its_equilibrium_and_a_bias_is_hacked(learner):
    for bias, better in ((0.0, True), (3.0, False)):
        values = play(f"self-play,bias={bias},learner={learner},steps=200,games=100,seeds=3")
        last, first = values["honest_wins"]["200"], values["honest_wins"]["0"]
        assert last.value == pytest.approx(values["optimal_play"]["honest_wins"], abs=0.02)
        assert (last.value > first.value) == better
        assert values["exploitability"]["200"].value < 0.05


def test_a_learning_judge_gives_up_its_bias():
    fixed, learning = (
        play(f"self-play,bias=3,judge={judge},steps=300,games=100,seeds=4")
        for judge in ("fixed", "learning")
    )
    assert learning["judge_accuracy"]["300"].low > fixed["judge_accuracy"]["300"].high


@pytest.mark.parametrize("judge", ["fixed", "learning"])
def test_provers_and_verifiers_reach_a_complete_and_sound_equilibrium(judge):
    values = play(f"self-play,world=prover-verifier,judge={judge},steps=200,games=100,seeds=3")
    assert values["honest_wins"]["200"].value == pytest.approx(1, abs=0.05)
    assert values["dishonest_wins"]["200"].value == pytest.approx(0, abs=0.05)


def test_a_judge_of_pixels_does_not_learn():
    with pytest.raises(UserError, match="judge must be fixed with world=pixels, got 'learning'"):
        GAMES.build("self-play,world=pixels,judge=learning")
