"""Minimax over sets of pixels: against brute force, and where the answer is known by hand."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from truing.oversight.pixels._answers import _beats, consult, debate, verdicts, wins
from truing.oversight.pixels._judge import SparseJudge
from truing.oversight.pixels._minimax import (
    judge_all,
    judge_outcomes,
    make_lattice,
    minimax,
    outcomes,
    pack,
    unpack,
)
from truing.oversight.pixels._search import Debates, play, search


def colex(most, size):
    return sorted(combinations(range(most), size), key=lambda held: held[::-1])


def random_judge(rng, pixels=9, hidden=8, classes=4):
    shapes = [(pixels, hidden), (pixels, hidden), (hidden,), (hidden, classes), (classes,)]
    return SparseJudge(*(rng.standard_normal(shape).astype(np.float32) for shape in shapes))


def brute_force(wins_at, most, pixels, first, shown=frozenset()):
    """Whether the side in question wins from a position, by plain recursion."""
    if len(shown) == pixels:
        return wins_at(shown)
    moves = (
        brute_force(wins_at, most, pixels, first, shown | {p})
        for p in range(most)
        if p not in shown
    )
    return any(moves) if first == (len(shown) % 2 == 0) else all(moves)


def additive_judge(evidence):
    """Two classes: the logit of class 0 over class 1 is the sum of the shown pixels' evidence."""
    held = np.zeros((len(evidence), 2), np.float32)
    held[:, 0] = evidence
    bias, out = np.array([100, 0], np.float32), np.array([[1, 0], [0, 0]], np.float32)
    return SparseJudge(np.zeros_like(held), held, bias, out, np.array([-100, 0], np.float32))


def test_the_lattice_contains_every_set_with_one_more_pixel():
    lattice = make_lattice(7, 4)
    for size, above in enumerate(lattice.above):
        larger = colex(7, size + 1)
        for rank, held in enumerate(colex(7, size)):
            made = {larger[above[pixel, rank]] for pixel in range(7)}
            assert made == {tuple(sorted({*held, p})) for p in range(7) if p not in held}


@pytest.mark.parametrize("pixels", [2, 4])
def test_every_set_is_judged_as_it_would_be_alone(pixels):
    rng = np.random.default_rng(pixels)
    judge, image = random_judge(rng), rng.random(9).astype(np.float32)
    logits = judge_all(judge, judge.contributions(image, np.arange(9)), pixels)
    views = np.array(colex(9, pixels))
    alone = judge.judge(np.tile(image, (len(views), 1)), views)
    np.testing.assert_allclose(logits.T, alone, atol=1e-4)


@pytest.mark.parametrize("pixels", [2, 4])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_minimax_equals_brute_force(pixels, first, seed):
    rng = np.random.default_rng(seed)
    most, debates = 7, 70  # more debates than a word has bits
    sets = {frozenset(held): rank for rank, held in enumerate(colex(most, pixels))}
    won = rng.random((debates, len(sets))) < 0.55
    found = minimax(make_lattice(9, pixels), won, most, first)  # a lattice of larger images serves
    expected = [
        brute_force(lambda held, row=row: row[sets[held]], most, pixels, first) for row in won
    ]
    assert found.tolist() == expected
    assert 0 < found.sum() < debates or pixels == 4


def test_bits_are_packed_and_unpacked_without_loss():
    bits = np.random.default_rng(0).random((130, 5)) < 0.5
    words = pack(bits)
    assert words.shape == (3, 5)
    assert all(np.array_equal(unpack(words[:, i], 130), bits[:, i]) for i in range(5))


@pytest.mark.parametrize(
    ("evidence", "first", "second"),
    [
        # Sides take the best left in turn; the honest one argues class 0 and loses ties.
        ([3, 1, -2, -2], True, True),
        ([2, 1, -1, -3], False, False),
        ([1, 1, -1, -1], False, False),
        ([0.3, 0.2, 0.1, 0.1, 0.1], True, True),
    ],
)
def test_with_additive_evidence_each_side_shows_its_strongest_pixel(evidence, first, second):
    evidence = np.array(evidence, np.float32)
    judge, n = additive_judge(evidence), len(evidence)
    won = outcomes(judge_all(judge, judge.contributions(np.ones(n), np.arange(n)), 2), truth=0)
    found = [minimax(make_lattice(n, 2), won, n, one)[1] for one in (True, False)]
    best, worst = evidence.max(), evidence.min()
    assert found == [first, second] == [best + worst > 0] * 2


def test_the_last_speaker_wins_unless_one_pixel_decides():
    won = np.array([[held in ((0, 1), (0, 2), (0, 3)) for held in colex(4, 2)]])
    assert minimax(make_lattice(4, 2), won, 4, first=True).tolist() == [True]
    won = np.array([[held in ((0, 1), (2, 3)) for held in colex(4, 2)]])
    assert minimax(make_lattice(4, 2), won, 4, first=True).tolist() == [False]
    assert minimax(make_lattice(4, 2), won, 4, first=False).tolist() == [True]


def test_an_honest_side_that_wins_the_open_question_wins_against_every_lie():
    rng = np.random.default_rng(1)
    lattice, open_wins = make_lattice(9, 4), 0
    for _ in range(30):
        judge, image = random_judge(rng), rng.random(9).astype(np.float32)
        won = outcomes(judge_all(judge, judge.contributions(image, np.arange(9)), 4), truth=2)
        for first in (True, False):
            found = minimax(lattice, won, 9, first)
            open_wins += found[2]
            assert not found[2] or found.all()
    assert open_wins > 3


@pytest.fixture(scope="module")
def debated():
    """48 debates over 6 images of 9 pixels before one judge, and minimax's word on each."""
    rng = np.random.default_rng(2)
    judge, images = random_judge(rng), rng.uniform(0.1, 1, (6, 9)).astype(np.float32)
    contributions = np.array([judge.contributions(image, np.arange(9)) for image in images])
    first, image, lie = (part.ravel() for part in np.indices((2, 6, 4)))
    free, zeros = np.ones((6, 9), bool), np.zeros(48, int)
    debates = Debates(judge, contributions, free, image, zeros, lie, first == 1, 4)
    lattice = make_lattice(9, 4)
    won = [outcomes(judge_all(judge, one, 4), truth=0) for one in contributions]
    exact = [
        minimax(lattice, won[i], 9, f == 1)[b] for f, i, b in zip(first, image, lie, strict=True)
    ]
    return debates, np.array(exact)


def test_searching_sides_play_as_minimax_does_when_rollouts_are_many(debated):
    debates, exact = debated
    rng = np.random.default_rng(0)
    agree = [np.mean(debates.won(play(debates, n, rng)) == exact) for n in (5, 1500)]
    assert agree[0] < 0.9
    assert agree[1] >= 47 / 48


def test_the_value_of_a_search_nears_minimax_as_rollouts_grow(debated):
    debates, exact = debated
    rng, start = np.random.default_rng(0), np.zeros((48, 0), int)
    errors = [np.abs(search(debates, start, n, rng)[1] - exact).mean() for n in (100, 1500, 5000)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.2


def test_search_shows_each_existing_pixel_at_most_once():
    rng = np.random.default_rng(3)
    judge = random_judge(rng)
    contributions = np.zeros((2, 6, 8), np.float32)
    free = np.array([[True] * 6, [True] * 4 + [False] * 2])
    image = np.array([0, 1, 1])
    zeros = np.zeros(3, int)
    debates = Debates(judge, contributions, free, image, zeros, zeros + 1, zeros > 0, 4)
    shown = play(debates, 40, rng)
    assert all(len(set(row)) == 4 for row in shown.tolist())
    assert (shown[1:] < 4).all()


def test_an_open_debate_is_won_by_an_unrefuted_answer():
    beats = np.array([[0, 1, 1], [0, 0, 1], [1, 0, 0]], bool)
    assert verdicts(beats).tolist() == [1, 0, 0]
    assert wins(beats).tolist() == [2 + 1, 1 + 1, 1 + 0]
    assert verdicts(np.ones((4, 4), bool)).tolist() == [0.25] * 4


def test_a_cycle_of_refutations_gives_equal_verdict_shares():
    beats = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], bool)
    assert verdicts(beats).tolist() == pytest.approx([1 / 3] * 3)
    never = np.zeros((3, 3), bool)
    assert verdicts(never).tolist() == pytest.approx([1 / 3] * 3)


def test_the_refutations_of_an_answer_have_equal_shares():
    beats = np.array([[0, 0, 1], [1, 0, 0], [0, 0, 0]], bool)  # answers 0 and 1 refute answer 2
    assert verdicts(beats).tolist() == pytest.approx([1 / 6, 1 / 2, 1 / 3])


def test_debates_without_known_truth_equal_brute_force_over_answers():
    rng = np.random.default_rng(4)
    judge, image = random_judge(rng, pixels=6), rng.uniform(0.1, 1, 6).astype(np.float32)
    found = _beats(judge, image, make_lattice(6, 2))

    def first_wins(a, b):
        def judged(held):
            logits = judge.judge(image[None], np.array([sorted(held)]))[0]
            return logits[a] > logits[b]

        return brute_force(judged, 6, 2, True)

    for a in range(4):
        for b in range(4):
            assert a == b or found[a, b] == first_wins(a, b)
    every = debate(judge, image[None], 2, every_pair=True)
    assert every.sum() == 4 * 3
    assert debate(judge, image[None], 2, every_pair=False).sum() == pytest.approx(1)


def test_a_consultant_shows_the_strongest_pixels_for_its_answer():
    evidence = np.array([3, 1, -2, -2.5])
    found = consult(additive_judge(evidence), np.ones((1, 4), np.float32), 2)
    np.testing.assert_allclose(found[0], [4, 4.5], rtol=1e-4)


def test_judging_in_blocks_equals_judging_at_once(monkeypatch):
    rng = np.random.default_rng(3)
    judge, image = random_judge(rng), rng.random(9)
    added = judge.contributions(image, np.arange(9))
    whole = outcomes(judge_all(judge, added, 4), truth=1)
    for block in (7, 2**18):
        monkeypatch.setattr("truing.oversight.pixels._minimax.AT_ONCE", block)
        assert (judge_outcomes(judge, added, 4, truth=1) == whole).all()
