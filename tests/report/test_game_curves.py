"""Values at several sizes or steps are drawn as a curve, beside exact values."""

from truing.measures import Estimate
from truing.report.page._game_curves import read_curve

SHARE = Estimate(0.6, 0.5, 0.7)


def leaves(*names):
    return [(("wins", name), SHARE) for name in names]


def test_whole_numbers_are_a_curve_in_their_order():
    exact = [(("optimal_play", "wins"), 0.75), (("optimal_play", "losses"), 0.25)]
    group = leaves("64", "0", "4")
    curve = read_curve("wins", group, [*group, *exact])
    assert [at for at, _ in curve.points] == [0, 4, 64]
    assert curve.exact == {"optimal play": 0.75}
    assert curve.finding == (
        "Wins: 0.600 [0.500, 0.700] at 0, 0.600 [0.500, 0.700] at 64; optimal play: 0.75."
    )


def test_names_and_few_numbers_are_no_curve():
    for group in (leaves("0", "1"), leaves("0", "1", "both"), leaves("first", "second", "third")):
        assert read_curve("wins", group, group) is None
