"""Prover-verifier game: equilibria against closed forms and against play by play enumeration."""

from itertools import product

import numpy as np
import pytest

from truing.errors import UserError
from truing.oversight.games import GAMES
from truing.oversight.games._prover_verifier import (
    Toy,
    enumerate_pure,
    mixed_prover,
    mixed_verifier,
)

PRIORS = (0.2, 0.4, 0.5, 0.7)


def play(specification):
    def quiet(*_):
        pass

    return GAMES.build(specification).value(np.random.default_rng(0), quiet)


def by_hand(prior, erasure, believes, points):
    """Share of yes and accuracy: each input, each fate of the look, one after another."""
    yes_share, accuracy = 0.0, 0.0
    for mark, weight in ((0, 1 - prior), (1, prior / 2), (2, prior / 2)):
        message = points[mark]
        seen = "present" if message and message == mark else "absent"
        looks = [("erased", 1.0)] if message == 0 else [("erased", erasure), (seen, 1 - erasure)]
        for look, chance in looks:
            yes = believes[message, look]
            yes_share += weight * chance * yes
            accuracy += weight * chance * (yes == (mark > 0))
    return yes_share, accuracy


@pytest.mark.parametrize(("prior", "erasure"), [(0.5, 0.0), (0.4, 0.3)])
def test_leaders_agree_with_enumerated_plays(prior, erasure):
    """Two places: all 128 verifiers and 27 provers, in the most pedestrian way."""
    signals = [(0, "erased"), *product((1, 2), ("absent", "present", "erased"))]
    verifiers = [dict(zip(signals, v, strict=True)) for v in product((0, 1), repeat=7)]
    provers = list(product(range(3), repeat=3))
    pairs = np.array([[by_hand(prior, erasure, v, p) for p in provers] for v in verifiers])
    yes, accuracy = pairs[..., 0], pairs[..., 1]
    answers = yes >= yes.max(axis=1, keepdims=True) - 1e-12
    best_verifier = accuracy[answers].max()
    answers = accuracy >= accuracy.max(axis=0, keepdims=True) - 1e-12
    best_prover = yes[answers].max()

    found = enumerate_pure(Toy.make(2, prior, erasure))
    assert found.verifier_leads()["accuracy"]["highest"] == pytest.approx(best_verifier)
    led = found.prover_leads()
    scored = prior * led["completeness"]["highest"] + (1 - prior) * (1 - led["soundness"]["lowest"])
    assert scored == pytest.approx(best_prover)


@pytest.mark.parametrize("places", [1, 2, 3])
@pytest.mark.parametrize("prior", PRIORS)
def test_a_leading_verifier_is_complete_and_sound(places, prior):
    found = enumerate_pure(Toy.make(places, prior, 0.0)).verifier_leads()
    for score in ("completeness", "soundness", "accuracy"):
        assert found[score] == {"lowest": pytest.approx(1), "highest": pytest.approx(1)}


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("erasure", [0.0, 0.25, 1.0])
def test_a_leading_verifier_loses_only_erased_messages(prior, erasure):
    toy = Toy.make(2, prior, erasure)
    exact = 1 - erasure * min(prior, 1 - prior)
    assert enumerate_pure(toy).verifier_leads()["accuracy"]["lowest"] == pytest.approx(exact)
    assert mixed_verifier(toy)["accuracy"] == pytest.approx(exact)


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("erasure", [0.0, 0.25])
def test_a_leading_prover_gives_the_verifier_no_more_than_ignoring_it(prior, erasure):
    found = mixed_prover(Toy.make(2, prior, erasure))
    assert found["yes"] == pytest.approx(min(1, 2 * prior))
    assert found["accuracy"] == pytest.approx(max(prior, 1 - prior))
    assert found["completeness"] == pytest.approx(1)
    assert found["soundness"] < 0.8


def test_a_leading_prover_with_even_odds_is_never_sound():
    found = enumerate_pure(Toy.make(2, 0.5, 0.0)).prover_leads()
    assert found["soundness"] == {"lowest": 0.0, "highest": 0.0}
    assert found["accuracy"]["highest"] == 0.5


def test_a_deterministic_leading_prover_is_honest_if_yes_is_rare():
    found = enumerate_pure(Toy.make(2, 0.4, 0.0)).prover_leads()
    assert found["soundness"]["lowest"] == found["completeness"]["lowest"] == 1.0


def test_simultaneous_play_has_good_and_bad_equilibria():
    found = enumerate_pure(Toy.make(2, 0.5, 0.0)).nash()
    assert found["accuracy"] == {"lowest": 0.5, "highest": 1.0}
    assert found["soundness"] == {"lowest": 0.0, "highest": 1.0}


def test_the_game_agrees_with_its_paper():
    outcome = play("prover-verifier")
    for one in outcome.published:
        value = outcome.values
        for name in one.name.split("."):
            value = value[name]
        assert value == pytest.approx(one.value)
    assert len(outcome.published) == 4
    assert play("prover-verifier,erasure=0.5").published == ()


@pytest.mark.parametrize("wrong", ["places=4", "places=0", "prior=0", "prior=1", "erasure=1.5"])
def test_a_value_out_of_range_is_refused(wrong):
    with pytest.raises(UserError, match="must"):
        GAMES.build(f"prover-verifier,{wrong}")
