"""Nested oversight: the authors' own figures, and optima against brute force."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from truing.errors import UserError
from truing.oversight.games import GAMES
from truing.oversight.games._nested import FITS, REPOSITORY, START, Chain, EloCurve, with_plateau


def play(specification):
    def quiet(*_):
        pass

    return GAMES.build(specification).value(np.random.default_rng(0), quiet)


def by_hand(chain, stations):
    """The product of Elo wins, one guard after another."""
    product = 1.0
    for weak, strong in pairwise(stations):
        product /= 1 + 10 ** ((chain.houdini(strong) - chain.guard(weak)) / 400)
    return product


@pytest.mark.parametrize(
    ("domain", "levels"), [("mafia", 1), ("debate", 1), ("backdoor-code", 2), ("wargames", 1)]
)
def test_published_values_follow_from_the_published_fits(domain, levels):
    found = play(f"nested-oversight,domain={domain},levels=20").values["even_spacing"]
    assert found["success"] == pytest.approx(REPOSITORY[domain], abs=5e-5)
    assert found["optimal_levels"] == levels


@pytest.mark.parametrize("domain", FITS)
def test_success_is_the_product_of_wins(domain):
    chain = Chain(*FITS[domain], START, 700.0)
    for levels in (1, 2, 7):
        stations = chain.even(levels)
        assert chain.success(stations) == pytest.approx(by_hand(chain, stations))


CURVES = [
    (EloCurve(1.0, 0.0), EloCurve(1.0, -150.0)),
    (EloCurve(2.0, 0.0), EloCurve(1.0, 100.0)),
    (EloCurve(0.7, 50.0), EloCurve(2.0, -300.0)),
    (EloCurve(1.5, 0.0, 100.0, 500.0), EloCurve(1.0, -100.0, 0.0, 450.0)),
]


@pytest.mark.parametrize(("guard", "houdini"), CURVES)
def test_free_spacing_equals_the_best_chain_on_a_small_grid(guard, houdini):
    chain = Chain(guard, houdini, 0.0, 600.0)
    points = chain.even(9)
    best = {}
    for levels in range(1, 10):
        for inner in combinations(points[1:-1], levels - 1):
            value = by_hand(chain, [points[0], *inner, points[-1]])
            best[levels] = max(best.get(levels, 0.0), value)
    success, stations = chain.best_spacing(12, 9)
    assert success[:9] == pytest.approx(list(best.values()))
    assert success[9:] == [0.0, 0.0, 0.0]  # nine gaps hold no ten levels
    assert chain.success(stations) == pytest.approx(max(best.values()))


@pytest.mark.parametrize(("guard", "houdini"), CURVES)
def test_free_spacing_is_no_worse_than_even(guard, houdini):
    chain = Chain(guard, houdini, 0.0, 600.0)
    free, _ = chain.best_spacing(6, 60)  # even spacings of 1 to 6 levels lie on this grid
    assert all(f >= chain.success(chain.even(n)) - 1e-12 for n, f in enumerate(free, 1))


def test_even_spacing_is_best_for_equal_slopes():
    """Then every margin depends on its step alone, and log wins are concave in it."""
    chain = Chain(EloCurve(1.0, 0.0), EloCurve(1.0, -150.0), 0.0, 600.0)
    free, stations = chain.best_spacing(6, 60)
    assert free == pytest.approx([chain.success(chain.even(n)) for n in range(1, 7)])
    assert np.ptp(np.diff(stations)) == pytest.approx(0)


@pytest.mark.parametrize(("guard", "houdini"), [(1.0, 1.0), (1.0, 3.0), (3.0, 1.0)])
def test_two_levels_are_better_below_the_published_domain_gap_and_one_level_above(guard, houdini):
    """Above a domain gap of (slope + slope)/2 x gap one level is best, below it two are better.

    The line that the authors draw for wide gaps; losses of lost games then add up as Elo.
    """
    gap = 10_000.0
    for factor, better in ((0.95, 2), (1.05, 1)):
        domain_gap = factor * (guard + houdini) / 2 * gap
        chain = Chain(EloCurve(guard, 0), EloCurve(houdini, domain_gap - houdini * gap), 0.0, gap)
        behind = [chain.log_win(g[:-1], g[1:]).sum() for g in (chain.even(1), chain.even(2))]
        assert int(np.argmax(behind)) + 1 == better


def test_an_elo_curve_has_plateaus():
    curve = EloCurve.parse("2:-100:0:500")
    assert curve(np.array([-50, 50, 100, 300, 900])).tolist() == [0, 0, 100, 500, 500]


def test_backdoor_code_is_also_shown_with_the_published_plateau():
    """The authors' linear_upper_cut is min(a x + b, a x_high + b), here with x_high 1320.29."""
    slope, intercept, x_high = 1.9518243250891987, -1361.61176329289, 1320.2906445983103
    guard, houdini = with_plateau("backdoor-code")
    general = np.array([1103.0, 1300.0, 1320.0, 1400.0, 1503.0])
    theirs = np.minimum(slope * general + intercept, slope * x_high + intercept)
    assert houdini(general) == pytest.approx(theirs, abs=1e-3)
    outcome = play("nested-oversight,domain=backdoor-code,levels=20")
    assert outcome.values["even_spacing"]["success"] == pytest.approx(0.2757, abs=5e-5)
    found = outcome.values["with_plateau"]["even_spacing"]
    behind = theirs[-1] - float(guard(np.array(START)))
    assert found["optimal_levels"] == 1
    assert found["success"] == pytest.approx(1 / (1 + 10 ** (behind / 400)), abs=1e-5)
    free = outcome.values["with_plateau"]["free_spacing"]
    assert free["success"] >= found["success"] - 1e-12
    assert any("linear_upper_cut" in note for note in outcome.notes)


def test_other_domains_have_no_plateau():
    assert "with_plateau" not in play("nested-oversight,domain=mafia").values
    assert "with_plateau" not in play("nested-oversight,domain=backdoor-code,guard=1:0").values


def test_published_values_are_shown_only_for_published_settings():
    assert len(play("nested-oversight").published) == 2
    assert play("nested-oversight,gap=300").published == ()
    assert play("nested-oversight,guard=1:0").published == ()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("domain=nim", "domain must be one of mafia"),
        ("gap=0", "gap must"),
        ("levels=0", "levels must"),
        ("grid=0", "grid must"),
        ("guard=1", "curve must be slope:intercept"),
        ("guard=a:b", "curve must be slope:intercept"),
        ("houdini=1:0:5:2", "low must not"),
        ("guard=nan:1", "curve must be"),
    ],
)
def test_a_wrong_argument_is_refused(wrong, words):
    with pytest.raises(UserError, match=words):
        GAMES.build(f"nested-oversight,{wrong}")
