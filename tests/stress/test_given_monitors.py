"""Functions, objects and files as monitors."""

import numpy as np
import pytest

from truing.errors import UserError
from truing.stress import MONITORS, StudyMonitor, Suspicion
from truing.stress.monitors import ask_monitor, give_monitors
from truing.testing import honest_view


def doubt(view, rng):
    return 1 - view.watched.beliefs.max(axis=1)


def ask(given):
    (name,) = give_monitors(given)
    monitor = MONITORS.build(name).value
    return ask_monitor(name, monitor, honest_view(monitor), np.random.default_rng(0))


def test_a_function_may_return_a_score_per_item_a_number_or_a_suspicion():
    scores = ask(doubt)
    assert scores.system == pytest.approx(scores.items.mean())
    number = ask(lambda view, rng: np.float64(0.25))
    assert (number.system, number.items) == (0.25, None)
    assert ask(lambda view, rng: Suspicion(2, used=0)).used == 0


def test_an_object_a_factory_and_a_name_are_monitors():
    monitor = StudyMonitor(doubt, trusted=10)
    names = give_monitors([monitor, lambda: monitor, {"small probe": "probe,trusted=20"}])
    assert [name.partition("@")[0] for name in names] == ["doubt", "lambda", "small-probe"]
    assert [MONITORS.build(name).value.trusted for name in names] == [10, 10, 20]


def test_a_function_in_a_file_is_a_monitor(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(
        "import truing.stress as stress\n"
        "def doubt(view, rng):\n"
        "    return 1 - view.watched.beliefs.max(axis=1)\n"
        "def small(trusted: int = 30):\n"
        "    return stress.StudyMonitor(doubt, trusted=trusted)\n"
    )
    assert ask(f"{path}:doubt").items.shape == (120,)
    (name,) = give_monitors(f"{path}:small,trusted=40")
    assert MONITORS.build(name).value.trusted == 40


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (3, "monitors must be a name, a function, a monitor"),
        (lambda one: 1, r"lambda\(one\) is not a monitor"),
        (StudyMonitor, "StudyMonitor is a class"),
        ({1: "probe"}, "the keys of a dict are names, got 1"),
    ],
)
def test_an_object_that_cannot_be_a_monitor_is_refused_in_one_line(given, words):
    with pytest.raises(UserError, match=words) as refusal:
        give_monitors(given)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda view, rng: doubt(view, rng)[:-1], r"scores of shape \(119,\); the shape must be"),
        (lambda view, rng: np.full(120, np.nan), "no finite score for 120 of 120 watched items"),
        (lambda view, rng: float("nan"), "returned nan for the system"),
        (lambda view, rng: None, "returned a value of NoneType"),
        (lambda view, rng: "high", "returned a value of str"),
        (lambda view, rng: Suspicion(1, used=1), "used 1 audited items, but its budget is 0"),
        (lambda view, rng: view.vault, "no attribute 'vault'"),
    ],
)
def test_a_wrong_suspicion_is_one_line(function, words):
    with pytest.raises(UserError, match=words) as refusal:
        ask(function)
    assert "\n" not in str(refusal.value)
