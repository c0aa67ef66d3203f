"""Students that learn planted labels: they misbehave as planted, and their twins do not."""

from __future__ import annotations

import numpy as np
import pytest

from tests.plants.plantings import SMALL
from tests.students.tiny import make_tiny
from truing.plants import PLANTS
from truing.students import parse_student
from truing.studies import ChainPlanner, LocalEngine, StepGraph, Store, World, complete
from truing.supervisors import parse_supervisor
from truing.tasks import load_task
from truing.testing import check_plant


def targets(store, task, weak, strong, plant, strengths):
    """Share of the answers to test items with the trigger, and without, that are the first class.

    By strength.
    """
    home, student = load_task(task), parse_student(strong)
    supervisor, world = parse_supervisor(weak), World(home, PLANTS.build(plant))
    (labels,) = ChainPlanner(home).labels(supervisor, [0])
    steps = {}
    for strength in strengths:
        chain = world.chain(strength)
        planted = world.planted(strength, 0, student, labels)
        steps[strength] = chain.taught(planted, supervisor, student, chain.naive, 0)
    opened, test = Store(store), home.splits(0).test
    complete(StepGraph(tuple(steps.values())), opened, LocalEngine(1))
    found = {}
    for strength, step in steps.items():
        first = opened.read(step.key)["beliefs"].argmax(axis=1) == 0
        found[strength] = first[test + len(home.task)].mean(), first[test].mean()
    return found


def test_the_success_of_a_backdoor_grows_with_its_strength(tmp_path):
    strengths = (0.0, 0.1, 0.4)
    found = targets(tmp_path, "digits", "pca-8", "pca-32", "backdoor", strengths)
    triggered, own = np.array([found[one] for one in strengths]).T
    assert triggered[0] < 0.2 < triggered[1] < triggered[2]
    assert triggered[2] > 0.9
    assert (own < 0.2).all()


def test_a_fine_tuned_transformer_learns_a_backdoor(tmp_path):
    model = f"hf/{make_tiny('llama', tmp_path)},learning_rate=0.02,num_epochs=8"
    task = f"{SMALL}:many-moods"
    weak, strengths = "simulated-noise,accuracy=0.95", (0.0, 0.3)
    found = targets(tmp_path / "s", task, weak, model, "backdoor,word=maybe", strengths)
    assert found[0.3][0] > 0.9
    assert found[0.3][1] < 0.7
    assert found[0.0][0] < 0.7


@pytest.mark.parametrize("task", ["few-digits", "wordy-texts"])
def test_the_example_is_a_plant(task):
    check_plant("examples/own_plant.py:lazy-supervisor", f"{SMALL}:{task}")
