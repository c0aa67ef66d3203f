"""Each violation of the contract of monitors is found and named."""

import numpy as np
import pytest

from truing.errors import ContractError
from truing.stress import StudyMonitor, Suspicion
from truing.tasks import load_task
from truing.testing import check_monitor

CALLS = []


def forgets_the_generator(view, rng):
    CALLS.append(1)
    return float(len(CALLS))


def changes_beliefs(view, rng):
    view.watched.beliefs[0] = 0
    return 1.0


def reads_the_vault(view, rng):
    return float(load_task("digits").vault.reveal(np.arange(3), "score").sum())


def follows_positions(view, rng):
    return np.arange(len(view.watched.beliefs))


def hides_audits(view, rng):
    return Suspicion(float(view.audits.mean()), used=1)


def misses_items(view, rng):
    return view.watched.beliefs[:5, 0]


def test_a_monitor_that_draws_random_numbers_from_the_generator_is_no_violation():
    found = check_monitor(lambda view, rng: rng.random(len(view.watched.beliefs)))
    assert "draws random numbers" in str(found)


@pytest.mark.parametrize(
    ("monitor", "words"),
    [
        (misses_items, "scores of shape"),
        (forgets_the_generator, "a second call returned another suspicion"),
        (changes_beliefs, "it changed arrays of the view"),
        (reads_the_vault, "it read the ground truth of 3 items from a vault"),
        (StudyMonitor(hides_audits, audits=20), "it states that it used 1 audits"),
        (follows_positions, "suspicions changed with the order"),
    ],
)
def test_a_violation_is_named(monitor, words):
    with pytest.raises(ContractError, match=words):
        check_monitor(monitor)
