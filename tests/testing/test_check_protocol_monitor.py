"""check_monitor of a monitor of protocols names the condition that is violated."""

import numpy as np
import pytest

from truing.errors import ContractError, UserError
from truing.oversight.questions import load_questions
from truing.stress import MONITORS, ProtocolMonitor, Suspicion
from truing.testing import check_monitor

CALLS = []
OUTSIDE = ("scout",)  # needs a file
BUILT_IN = [
    name
    for name in MONITORS.describe()
    if "FEATURES" not in name
    and name not in OUTSIDE
    and isinstance(MONITORS.build(name).value, ProtocolMonitor)
]


def forgets_the_generator(view, rng):
    CALLS.append(1)
    return float(len(CALLS))


def changes_reviews(view, rng):
    view.reviews[0] += 1
    return 1.0


def reads_the_vault(view, rng):
    return float(load_questions("cases,count=2").vault.reveal(np.arange(2), "score").sum())


def follows_positions(view, rng):
    return np.arange(view.count)


def hides_audits(view, rng):
    return Suspicion(float(view.audits.mean()), used=1)


def misses_plays(view, rng):
    return np.zeros(view.count - 1)


def refuses(view, rng):
    raise UserError("no debater speaks")


@pytest.mark.parametrize(
    "name", [f"{one},audits=30" if "verdict" in one else one for one in BUILT_IN]
)
def test_each_built_in_monitor_satisfies_the_contract(name):
    assert "the monitor does not change the view" in check_monitor(name).conditions


@pytest.mark.parametrize(
    ("monitor", "words"),
    [
        (ProtocolMonitor(misses_plays), "scores of shape"),
        (ProtocolMonitor(forgets_the_generator), "a second call returned another suspicion"),
        (
            ProtocolMonitor(changes_reviews, reviewer="truing/judge"),
            "it changed arrays of the view",
        ),
        (ProtocolMonitor(reads_the_vault), "it read the ground truth of 2 items from a vault"),
        (ProtocolMonitor(hides_audits, audits=20), "it states that it used 1 audits"),
        (ProtocolMonitor(follows_positions), "suspicions changed with the order"),
        (ProtocolMonitor(refuses), "no debater speaks"),
    ],
)
def test_a_violation_is_named(monitor, words):
    with pytest.raises(ContractError, match=words):
        check_monitor(monitor)


def test_a_monitor_of_an_unknown_kind_is_refused():
    class Other:
        kind = "game"

    with pytest.raises(UserError, match="'Other' is a monitor of the kind game, which is unknown"):
        check_monitor(Other())
