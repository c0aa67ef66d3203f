"""Bisection debate: certainty against every liar, and the control against its closed form."""

import numpy as np
import pytest

from truing.errors import UserError
from truing.oversight.games import GAMES
from truing.oversight.games._bisection import STRATEGIES, Computation, bisect, inverse, make_liar


def quiet(*_):
    """Progress that nobody watches."""


def play(specification, seed=0):
    return GAMES.build(specification).value(np.random.default_rng(seed), quiet).values


def test_the_trace_is_the_computation_step_by_step():
    made = Computation.draw(np.random.default_rng(0), 200)
    state = int(made.states[0])
    for t in range(200):
        state = (int(made.a[t]) * state + int(made.b[t])) % 2**64
        assert state == int(made.states[t + 1])
    assert (made.a % 2 == 1).all()


def test_a_false_trace_is_correct_after_its_one_false_step():
    rng = np.random.default_rng(1)
    made = Computation.draw(rng, 100)
    t, since = np.arange(101), np.full(101, 37)
    false = made.states + made.carried(np.full(101, 5, np.uint64), since, t)
    wrong = made.step(t[:-1], false[:-1]) != false[1:]
    assert np.flatnonzero(wrong).tolist() == [36]
    assert (false[37:] != made.states[37:]).all()


def test_inverses_modulo_two_to_the_64_are_exact():
    odd = np.random.default_rng(2).integers(2**64, size=1000, dtype=np.uint64) | np.uint64(1)
    assert (odd * inverse(odd) == 1).all()


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 64, 65, 1000])
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("liar_first", [True, False])
def test_every_liar_is_caught_in_every_seat(steps, strategy, liar_first):
    rng = np.random.default_rng(steps)
    made = Computation.draw(rng, steps)
    caught, rounds = bisect(made, make_liar(strategy, made, 200, rng), 200, liar_first)
    assert caught.all()
    assert rounds <= (steps - 1).bit_length()


def test_every_lie_about_a_short_computation_is_caught():
    """All 2^6 places where a liar may lie on the way, exhaustively."""
    made = Computation.draw(np.random.default_rng(3), 7)
    lies = (np.arange(64)[:, None] >> np.arange(6)) & 1  # (liars, points 1 to 6)
    lies = np.column_stack([np.zeros(64), lies, np.ones(64)]).astype(np.uint64)
    for liar_first in (True, False):
        caught, _ = bisect(made, lambda t: lies[np.arange(64), t], 64, liar_first)
        assert caught.all()


def test_a_shared_error_of_both_sides_is_not_caught():
    """The test can fail: two debaters who both err at the end leave nobody to believe."""
    rng = np.random.default_rng(4)
    made = Computation.draw(rng, 50)
    made.states[-1] += np.uint64(1)
    caught, _ = bisect(made, make_liar("mimic", made, 100, rng), 100, True)
    assert not caught.any()


def test_a_million_steps_can_be_debated():
    found = play("bisection-debate,steps=1000000,debates=50,checks=100")
    assert found["rounds"] == {"most": 20, "exact": 20}
    assert found["verifier_steps"] == 1
    assert {seat.value for seats in found["caught"].values() for seat in seats.values()} == {1.0}
    assert set(found["caught"]) == set(STRATEGIES)
    assert found["honest_accepted"].value == 1.0


def test_random_checks_catch_an_error_with_probability_q_over_t():
    found = play("bisection-debate,steps=500,debates=4000,checks=60")["random_checks"]
    assert found["exact"] == 60 / 500
    assert found["caught"].low <= found["exact"] <= found["caught"].high
    assert found["caught"].high - found["caught"].low < 0.03
    assert (
        play("bisection-debate,steps=500,debates=50,checks=500")["random_checks"]["caught"].value
        == 1.0
    )


def test_the_same_seed_gives_the_same_results():
    one = "bisection-debate,steps=300,debates=200,checks=30"
    assert play(one, 5) == play(one, 5)
    assert play(one, 5) != play(one, 6)


@pytest.mark.parametrize("wrong", ["steps=0", "checks=0", "debates=0", "steps=99999999"])
def test_a_value_out_of_range_is_refused(wrong):
    with pytest.raises(UserError, match=r"must lie in \[1, "):
        GAMES.build(f"bisection-debate,{wrong}")


def test_the_control_checks_all_steps_of_a_short_computation():
    checks = play("bisection-debate,steps=10,debates=50", 1)["random_checks"]
    assert (checks["q"], checks["caught"].value, checks["exact"]) == (10, 1.0, 1.0)
