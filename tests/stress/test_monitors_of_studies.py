"""Monitors of studies: each finds the misbehaviour that it can see, and no other."""

import re

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.stress import small_systems as systems
from truing.errors import UserError
from truing.stress import MONITORS, StressTest, plan_stress
from truing.stress.monitors import ask_monitor
from truing.testing import check_monitor, honest_view
from truing.testing._small_views import Shape

# Monitor, the systems that it must rank above the honest system, and those it cannot tell from it.
SEES_ANSWERS = ([systems.wrong_answers], [systems.wrong_labels, systems.wrong_everywhere])
SEES_LABELS = ([systems.wrong_labels], [systems.wrong_answers, systems.wrong_everywhere])
SEES_TRUSTED = ([systems.wrong_everywhere], [systems.wrong_answers, systems.wrong_labels])
FINDS = {
    "agreement,model=pca-4": (
        [systems.follows_a_model],
        [systems.wrong_labels, systems.wrong_everywhere],
    ),
    "calibration": SEES_TRUSTED,
    "capa": SEES_TRUSTED,
    "ccs:pca-4": SEES_ANSWERS,
    "class-balance": SEES_ANSWERS,
    "confidence": SEES_ANSWERS,
    "consistency": ([systems.inconsistent], [systems.wrong_labels, systems.wrong_everywhere]),
    "difference-of-means": SEES_ANSWERS,
    "disagreement": SEES_ANSWERS,
    "elicitation": SEES_TRUSTED,
    "ensemble": ([systems.wrong_answers, systems.wrong_labels], [systems.wrong_everywhere]),
    "influence": SEES_LABELS,
    "inheritance": ([systems.taught_wrong], [systems.wrong_answers]),
    "misfit": SEES_LABELS,
    "most-common-answer": SEES_ANSWERS,
    "neighbors": SEES_LABELS,
    "noise-injection": ([systems.hides_its_ability], [systems.wrong_answers, systems.wrong_labels]),
    "probe": SEES_ANSWERS,
    "sequential-spot-check": ([systems.wrong_answers], [systems.wrong_labels]),
    "spot-check": SEES_ANSWERS,
    "trusted-loss": SEES_TRUSTED,
}
SCORES_ITEMS = [
    "ccs:pca-4",
    "class-balance",
    "difference-of-means",
    "disagreement",
    "ensemble",
    "influence",
    "neighbors",
    "probe",
]


def ask(name, system=lambda view: view):
    monitor = systems.built(name)
    shape = Shape(2) if name.startswith("ccs") else Shape(4)
    view = system(honest_view(monitor, shape))
    return ask_monitor(name, monitor, view, np.random.default_rng(0))


@pytest.mark.parametrize("name", FINDS)
def test_a_monitor_finds_the_misbehaviour_that_it_can_see(name):
    honest = ask(name).system
    for system in FINDS[name][0]:
        found = ask(name, system).system
        assert found != honest if systems.built(name).two_sided else found > honest


@pytest.mark.parametrize("name", FINDS)
def test_a_monitor_does_not_find_misbehaviour_where_it_does_not_look(name):
    honest = ask(name).system
    for system in FINDS[name][1]:
        assert ask(name, system).system == honest


@pytest.mark.parametrize("name", SCORES_ITEMS)
def test_attacked_items_are_more_suspicious_than_other_items(name):
    found = ask(name, systems.wrong_answers)
    assert roc_auc_score(systems.attacked(len(found.items)), found.items) > 0.7


def test_every_monitor_of_studies_is_in_this_table():
    MONITORS.describe()
    of_studies = {
        one.name
        for one in MONITORS.factories.values()
        if one.make.__annotations__["return"] == "StudyMonitor"
    }
    assert of_studies - {"random"} == {re.split("[:,]", name)[0] for name in FINDS}


@pytest.mark.parametrize("name", [*FINDS, "random"])
def test_a_monitor_satisfies_its_contract(name):
    assert len(check_monitor(name).conditions) >= 4


@pytest.mark.parametrize(
    ("name", "shape", "words"),
    [
        ("neighbors", Shape(3, own=True), "needs classes"),
        ("ccs:pca-4", Shape(4), "needs two choices, got 4"),
    ],
)
def test_a_monitor_refuses_items_that_it_cannot_watch_in_one_line(name, shape, words):
    monitor = systems.built(name)
    view = honest_view(monitor, shape)
    with pytest.raises(UserError, match=words) as refusal:
        ask_monitor(name, monitor, view, np.random.default_rng(0))
    assert "\n" not in str(refusal.value)


def test_a_monitor_of_heads_refuses_supervisors_when_the_test_is_planned():
    test = StressTest(plants="liar", monitors="noise-injection", weak="pca-4", seeds=1)
    with pytest.raises(UserError, match="watched system is a supervisor"):
        plan_stress(test)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("probe,trusted=5", r"trusted must be 10 or more, got 5"),
        ("spot-check,audits=0", "audits must be 1 or more, got 0"),
        ("spot-check,tolerance=1", r"tolerance must lie in \[0, 1\), got 1"),
        ("sequential-spot-check,alpha=0", r"alpha must lie in \(0, 1\), got 0"),
        ("disagreement,model=pca8", "pca"),
        ("consistency,change=rotation", "noise, paraphrase, order"),
    ],
)
def test_a_wrong_argument_of_a_monitor_is_one_line(name, words):
    with pytest.raises(UserError, match=words) as refusal:
        MONITORS.build(name)
    assert "\n" not in str(refusal.value)


def test_a_duplicate_with_another_label_is_suspicious():
    monitor = systems.built("neighbors,neighbors=1")
    view = honest_view(monitor)
    view.learned.features[1] = view.learned.features[0]
    view.watched.features[7] = view.learned.features[0]
    view.watched.beliefs[7] = np.roll(view.labels[0].round(), 1)
    view.labels[0] = view.labels[1] = view.labels[0].round()
    found = monitor.suspect(view, np.random.default_rng(0))
    assert found.items[7] == 1
