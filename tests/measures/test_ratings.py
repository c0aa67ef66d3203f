"""Bradley-Terry ratings from weighted games."""

import dataclasses
import math
from dataclasses import astuple

import numpy as np
import pytest

from truing.measures import GameResult, rate_players


def rate(games, **options):
    return rate_players(games, **{"rng": np.random.default_rng(0), **options})


def ratings(games):
    return {(p.player, p.role): p.rating.value for p in rate(games)}


def season(strengths, games, seed, roles=(None, None)):
    """Single games between players drawn at random, won as Bradley and Terry say."""
    rng = np.random.default_rng(seed)
    played = []
    for _ in range(games):
        i, j = rng.choice(len(strengths), 2, replace=False).tolist()
        chance = 1 / (1 + 10 ** ((strengths[j] - strengths[i]) / 400))
        played.append(GameResult(f"p{i}", f"p{j}", float(rng.random() < chance), roles=roles))
    return played


def test_two_players_have_the_closed_form():
    found = ratings([GameResult("a", "b", 1.0)] * 7 + [GameResult("a", "b", 0.0)] * 3)
    assert found["a", None] - found["b", None] == pytest.approx(400 * math.log10(7 / 3))
    assert found["a", None] + found["b", None] == pytest.approx(2 * 1500)


def test_expected_scores_equal_observed_scores():
    """The likelihood's condition: every player's expected total is its total."""
    games = season([1700, 1500, 1400, 1450], 300, seed=1)
    found = ratings(games)
    for player in ("p0", "p1", "p2", "p3"):
        won = expected = 0.0
        for game in games:
            for me, other, score in (
                (game.first, game.second, game.score),
                (game.second, game.first, 1 - game.score),
            ):
                if me == player:
                    won += score
                    expected += 1 / (1 + 10 ** ((found[other, None] - found[me, None]) / 400))
        assert expected == pytest.approx(won, abs=1e-6)


def test_planted_strengths_are_recovered_within_their_intervals():
    strengths = [1800, 1600, 1500, 1400, 1200]
    found = rate(season(strengths, 3000, seed=2))
    assert [p.player for p in found] == ["p0", "p1", "p2", "p3", "p4"]
    for player, strength in zip(found, strengths, strict=True):
        assert player.rating.low < strength < player.rating.high
        assert player.rating.high - player.rating.low < 80
        assert player.note == ""


def test_a_weight_is_equivalent_to_repeated_rows():
    rows = [
        GameResult("a", "b", 1.0),
        GameResult("b", "c", 1.0),
        GameResult("c", "a", 1.0),
        GameResult("a", "c", 0.5),
    ]
    weighted = [
        dataclasses.replace(row, games=n) for row, n in zip(rows, (5, 2, 3, 4), strict=True)
    ]
    repeated = [row for row, n in zip(rows, (5, 2, 3, 4), strict=True) for _ in range(n)]
    assert ratings(weighted) == pytest.approx(ratings(repeated))
    assert {p.player: p.games for p in rate(weighted)} == {"a": 12, "b": 7, "c": 9}


@pytest.mark.parametrize("written", ["counts", "halves", "swapped", "shuffled", "one draw a row"])
def test_equal_games_have_equal_intervals_in_any_notation(written):
    rows = [GameResult("a", "b", 1.0)] * 7 + [GameResult("a", "b", 0.0)] * 3
    rows += [GameResult("b", "c", 0.5)] * 6 + [GameResult("c", "a", 1 / 3, games=3)]
    other = {
        "counts": [
            GameResult("a", "b", 0.7, games=10),
            GameResult("b", "c", 0.5, games=6),
            rows[-1],
        ],
        "halves": [*rows, *rows],
        "swapped": [GameResult(g.second, g.first, 1 - g.score, g.games) for g in rows],
        "shuffled": [rows[i] for i in np.random.default_rng(1).permutation(len(rows))],
        "one draw a row": [
            *rows[:10],
            *[GameResult("b", "c", float(i % 2)) for i in range(6)],
            rows[-1],
        ],
    }[written]
    if written == "halves":
        other = [dataclasses.replace(game, games=game.games / 2) for game in other]
    assert rate(other) == rate(rows)


@pytest.mark.parametrize("games", [6, 100])
def test_draws_alone_have_an_interval(games):
    """100 games that are all drawn are at most as telling as 50 won and 50 lost."""
    drawn = rate([GameResult("a", "b", 0.5)] * games)
    split = rate([GameResult("a", "b", float(i % 2)) for i in range(games)])
    assert drawn == split
    for player in drawn:
        assert player.rating.low < 1500 < player.rating.high
        # Half a normal interval of a share of 1/2, on the scale of ratings; 6 games: Student's t.
        half = 1.96 * (400 / math.log(10)) * 2 / math.sqrt(games) / 2
        assert 0.9 * half < (player.rating.high - player.rating.low) / 2 < 2.0 * half


def test_clusters_that_agree_exactly_have_an_interval():
    """Each cluster then counts as a single game with its score."""
    rows = [GameResult("a", "b", 0.5, games=4, cluster=f"q{i}") for i in range(6)]
    assert rate(rows)[0].rating.high - rate(rows)[0].rating.low > 300
    one = [GameResult("a", "b", 0.5, cluster=f"q{i}") for i in range(6)]
    assert [(p.rating.low, p.rating.high) for p in rate(one)] == [
        pytest.approx((p.rating.low, p.rating.high)) for p in rate(rows)
    ]


def test_a_mean_score_and_its_complement_give_equal_ratings():
    assert ratings([GameResult("a", "b", 0.7, games=10)]) == pytest.approx(
        ratings([GameResult("b", "a", 0.3, games=10)])
    )


def test_guard_and_adversary_are_fitted_separately():
    roles = ("guard", "adversary")
    strength = {
        ("x", "guard"): 1700,
        ("y", "guard"): 1400,
        ("x", "adversary"): 1300,
        ("y", "adversary"): 1600,
    }
    games = []
    for guard in "xy":
        for adversary in "xy":
            gap = strength[adversary, "adversary"] - strength[guard, "guard"]
            score = 1 / (1 + 10 ** (gap / 400))
            games.append(GameResult(guard, adversary, score, games=1000, roles=roles))
    assert ratings(games) == pytest.approx({key: float(value) for key, value in strength.items()})
    found = rate(games)
    assert [(p.role, p.player) for p in found] == [
        ("guard", "x"),
        ("guard", "y"),
        ("adversary", "y"),
        ("adversary", "x"),
    ]


def test_an_unbeaten_player_has_no_upper_end_and_a_note():
    games = (
        [GameResult("a", "b", 1.0)] * 5
        + [GameResult("b", "c", 1.0)] * 3
        + [GameResult("c", "b", 1.0)] * 3
    )
    found = {p.player: p for p in rate(games)}
    assert (found["a"].rating.high, found["b"].rating.low, found["c"].rating.low) == (
        None,
        None,
        None,
    )
    assert found["a"].rating.low is not None
    assert found["b"].rating.high is not None
    assert all("one drawn game was added" in p.note for p in found.values())
    # With that drawn game a scores 5.5 of 6 against b.
    assert found["a"].rating.value - found["b"].rating.value == pytest.approx(
        400 * math.log10(5.5 / 0.5)
    )


def test_players_without_a_connecting_game_are_not_compared():
    games = [GameResult("a", "b", 0.5, games=4), GameResult("x", "y", 0.75, games=8)]
    found = {p.player: p for p in rate(games)}
    assert [found[p].component for p in "abxy"] == [1, 1, 2, 2]
    assert found["a"].rating.value == pytest.approx(1500)
    assert found["x"].rating.value + found["y"].rating.value == pytest.approx(3000)


def test_too_few_games_have_no_interval():
    (first, _) = rate([GameResult("a", "b", 0.5)])
    assert (first.rating.low, first.rating.high) == (None, None)
    assert "too few" in first.note


def test_writing_every_row_of_a_cluster_twice_changes_no_interval():
    games = [
        dataclasses.replace(game, cluster=f"q{i // 3}")
        for i, game in enumerate(season([1600, 1500, 1400], 150, seed=3))
    ]
    once, twice = rate(games), rate([game for game in games for _ in "ab"])
    for a, b in zip(once, twice, strict=True):
        assert astuple(b.rating) == pytest.approx(astuple(a.rating))
        assert b.games == 2 * a.games


def test_games_in_clusters_give_wider_intervals():
    games = season([1600, 1500], 200, seed=4)
    won = [(game.first == "p0") == (game.score == 1.0) for game in games]
    shared = [
        dataclasses.replace(game, cluster=f"{won[i]}-{i % 8}") for i, game in enumerate(games)
    ]
    loose, tied = rate(games)[0], rate(shared)[0]
    assert tied.rating.high - tied.rating.low > 2 * (loose.rating.high - loose.rating.low)


@pytest.mark.parametrize("games", [10, 40])
def test_intervals_cover_where_half_of_the_games_are_drawn(games, capsys):
    """Win, draw and loss with chances .3, .5 and .2: the expected score .55 sets the rating."""
    rng, covered = np.random.default_rng(30), 0
    strength = 1500 + 200 * math.log10(0.55 / 0.45)
    for _ in range(200):
        scores = rng.choice([1.0, 0.5, 0.0], games, p=[0.3, 0.5, 0.2]).tolist()
        played = [GameResult("a", "b", score) for score in scores]
        first = next(p for p in rate(played, rng=rng, replicates=200) if p.player == "a")
        covered += first.rating.covers(strength)
    with capsys.disabled():
        print(f"\n  ratings, {games} games, half drawn: {covered / 200}")
    assert covered / 200 >= 0.93


@pytest.mark.parametrize("rows", ["single games", "sums of games"])
def test_intervals_cover_about_95_percent(rows, capsys):
    strengths = [1650, 1500, 1350]
    rng, covered = np.random.default_rng(20), 0
    for seed in range(200):
        if rows == "single games":
            games = season(strengths, 90, seed)
        else:
            games = []
            for i, j in ((0, 1), (1, 2), (0, 2)):
                chance = 1 / (1 + 10 ** ((strengths[j] - strengths[i]) / 400))
                score = float(rng.binomial(30, chance)) / 30
                games.append(GameResult(f"p{i}", f"p{j}", score, games=30))
        first = next(p for p in rate(games, rng=rng, replicates=200) if p.player == "p0")
        covered += first.rating.covers(1650)
    with capsys.disabled():
        print(f"\n  ratings, {rows}: {covered / 200}")
    assert 0.90 <= covered / 200 <= 0.99


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"score": 1.5}, "score must be from 0 to 1, got 1.5"),
        ({"score": math.nan}, "score must be from 0 to 1, got nan"),
        ({"games": 0}, "games must be above 0 and below 1e15, got 0"),
        ({"games": math.inf}, "games must be above 0 and below 1e15, got inf"),
        ({"second": "a"}, "'a' plays against itself"),
        ({"roles": ("adversary", "guard")}, "roles must be none, or guard and adversary"),
    ],
)
def test_an_invalid_game_is_refused(fields, words):
    with pytest.raises(ValueError, match=words):
        GameResult(**{"first": "a", "second": "b", "score": 1.0, **fields})


def test_a_model_may_guard_against_itself():
    assert GameResult("a", "a", 1.0, roles=("guard", "adversary")).keys == ((1, "a"), (2, "a"))


def test_no_games_are_refused():
    with pytest.raises(ValueError, match="1 or more games are needed"):
        rate([])
