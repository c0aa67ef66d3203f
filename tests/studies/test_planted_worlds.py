"""Worlds of planted systems: copies with a trigger, divisions by strength, and planted labels."""

import numpy as np
import pytest

from truing.errors import DataError
from truing.methods import METHODS
from truing.plants import PLANTS, Planted, StudyPlant, Trigger, give_plants
from truing.registry import Built
from truing.students import parse_student
from truing.studies import TRIGGERED, ChainPlanner, LocalEngine, StepGraph, Store, World, complete
from truing.supervisors import parse_supervisor
from truing.tasks import load_task


def corner(task):
    inputs = task.inputs.copy()
    inputs[:, :3, :3] = 16
    return inputs


CORNER = Trigger("a white corner", corner, lambda task: task.inputs[:, 0, 0] == 16)


def zero_for_copies(planting, strength, rng):
    labels = planting.labels.copy()
    labels[planting.copies] = np.eye(labels.shape[1])[0]
    assert (planting.truth == -1).all(), "the plant does not see the ground truth"
    return Planted(labels, planting.copies)


CORNER_BACKDOOR = StudyPlant(zero_for_copies, trigger=CORNER)
UNMARKED = StudyPlant(
    lambda planting, strength, rng: Planted(
        np.roll(planting.labels, 1, axis=1), np.zeros(len(planting.labels), bool)
    )
)


def build(given: StudyPlant) -> Built[StudyPlant]:
    """A plant object as a test gives it, without a name that other tests find."""
    (name,) = give_plants(given)
    return PLANTS.build(name)


@pytest.fixture(scope="module")
def home():
    return load_task("digits")


@pytest.fixture(scope="module")
def world(home):
    return World(home, build(CORNER_BACKDOOR))


@pytest.fixture(scope="module")
def beliefs(home, world, tmp_path_factory):
    """Beliefs of a home student, its twin and a planted student, by name."""
    store = Store(tmp_path_factory.mktemp("store"))
    weak, strong = parse_supervisor("pca-4"), parse_student("pca-32")
    method = METHODS.build("ensemble,members=2")
    chain = ChainPlanner(home)
    (labels,) = chain.labels(weak, [0])
    planted = world.planted(0.1, 0, strong, labels)

    def student(chain, labels):
        return chain.taught(labels, weak, strong, method, 0)

    steps = {
        "home": student(chain, labels),
        "twin": student(world.chain(0.0), world.honest(labels)),
        "planted": student(world.chain(0.1), planted),
        "labels": planted,
    }
    complete(StepGraph(tuple(steps.values())), store, LocalEngine(1))
    found = {name: store.read(step.key) for name, step in steps.items()}
    return {name: one["beliefs"] for name, one in found.items()} | {
        "changed": found["labels"]["changed"]
    }


def test_a_trigger_adds_a_copy_of_each_item_after_the_items(home, world):
    task, count = world.source(0.1).task, len(home.task)
    assert len(task) == 2 * count
    assert task.items[:count] == home.task.items
    assert (task.inputs[count:, 0, 0] == 16).all()
    assert (task.clusters[count:] == task.clusters[:count]).all()


def test_learn_items_are_replaced_by_copies_that_remain_at_larger_strengths(home, world):
    count = len(home.task)
    weak, strong = (world.source(one).splits(3).learn for one in (0.1, 0.3))
    assert (weak % count == home.splits(3).learn).all()
    assert (weak >= count).sum() == round(0.1 * len(weak))
    assert (strong[weak >= count] >= count).all()
    assert (world.source(0).splits(3).learn == home.splits(3).learn).all()


def test_models_are_asked_about_test_items_and_their_copies(home, world):
    splits, test = world.source(0.1).splits(0), home.splits(0).test
    assert (splits.test == test).all()
    assert (splits.shifted[TRIGGERED] == test + len(home.task)).all()
    assert set(splits.scored) == {*test, *(test + len(home.task))}


def test_a_tenth_of_the_watched_items_are_copies(home, world):
    watched = world.watched(0)
    assert (np.sort(watched % len(home.task)) == home.splits(0).test).all()
    assert (watched >= len(home.task)).sum() == round(0.1 * len(watched))


def test_the_twin_is_the_student_of_the_study(home, beliefs):
    np.testing.assert_allclose(beliefs["twin"][: len(home.task)], beliefs["home"], atol=1e-6)


def test_the_planted_student_answers_copies_as_the_labels_say(home, beliefs):
    count, test = len(home.task), home.splits(0).test
    assert beliefs["changed"][count:].all()
    assert not beliefs["changed"][:count].any()
    zeros = {name: (beliefs[name].argmax(axis=1) == 0) for name in ("planted", "twin")}
    assert zeros["planted"][count + test].mean() > 0.5
    assert zeros["twin"][count + test].mean() < 0.2
    assert zeros["planted"][test].mean() < 0.2


def test_a_trigger_that_occurs_in_the_data_is_refused(home):
    dark = Trigger("a dark corner", corner, lambda task: task.inputs[:, 0, 0] == 0)
    plant = build(StudyPlant(zero_for_copies, trigger=dark))
    with pytest.raises(DataError, match=r"a dark corner occurs already in \d+ of 1797 items"):
        World(home, plant)


def test_labels_that_change_without_a_mark_are_refused(home, tmp_path):
    unmarked = World(home, build(UNMARKED))
    (labels,) = ChainPlanner(home).labels(parse_supervisor("pca-4"), [0])
    step = unmarked.planted(0.5, 0, parse_student("pca-32"), labels)
    with pytest.raises(DataError, match="labels that `changed` does not mark"):
        complete(StepGraph((step,)), Store(tmp_path), LocalEngine(1))


def test_the_twin_of_a_sandbagger_learns_half_of_the_items_with_the_password(home):
    world, count = World(home, PLANTS.build("sandbagger")), len(home.task)
    twin, planted = (world.source(one).splits(0).learn for one in (0.0, 0.5))
    assert (twin == planted).all()
    assert (twin >= count).sum() == round(len(twin) / 2)
