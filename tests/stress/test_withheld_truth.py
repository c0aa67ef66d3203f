"""Monitors see no ground truth beyond their budget, in no kind of system."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace

import cloudpickle
import numpy as np
import pytest

import truing
from tests.conftest import write_jsonl, write_tiny
from tests.stress.planted import BACKDOOR, LIAR, STUDENT_LIAR, TRUTHFUL, doubt, small_test, views
from truing.errors import UserError
from truing.plants import PLANTS
from truing.runs import ENVIRONMENT
from truing.stress import (
    MONITORS,
    MethodMonitor,
    MethodView,
    ProtocolMonitor,
    StressTest,
    StudyMonitor,
    Suspicion,
    Systems,
    plan_stress,
)
from truing.stress.methods import MethodScene
from truing.stress.methods._suspect import see_methods
from truing.stress.protocols import ProtocolScene
from truing.stress.protocols._play import run_play
from truing.stress.protocols._suspect import PlayViewer
from truing.stress.studies import StudyScene
from truing.studies import LocalEngine, StepGraph, Store, complete, make_job
from truing.tasks import Vault, load_task

BUDGET = {"trusted": 6, "audits": 4, "models": ("pca-2",), "changed": ("noise",)}
PLANTS_BY_NAME = {"liar": LIAR, "student-liar": STUDENT_LIAR, "backdoor": BACKDOOR}


def contents(one) -> object:
    """All values inside an object, which can be compared."""
    if isinstance(one, np.ndarray):
        return str(one.dtype), one.shape, one.tolist() if one.dtype == object else one.tobytes()
    if is_dataclass(one):
        return tuple(contents(getattr(one, each.name)) for each in fields(one))
    if isinstance(one, Mapping):
        return tuple((key, contents(value)) for key, value in one.items())
    return tuple(map(contents, one)) if isinstance(one, list | tuple) else one


def arrays(one) -> Iterator[np.ndarray]:
    """All arrays inside an object."""
    if isinstance(one, np.ndarray):
        yield one
    elif is_dataclass(one):
        yield from arrays([getattr(one, each.name) for each in fields(one)])
    elif isinstance(one, Mapping | list | tuple):
        for part in one.values() if isinstance(one, Mapping) else one:
            yield from arrays(part)


def is_whole(array: np.ndarray) -> bool:
    """Whether an array gives access to no values besides its own."""
    while array.base is not None:
        if not isinstance(array.base, np.ndarray) or array.base.size > array.size:
            return False
        array = array.base
    return True


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("task") / "tiny.jsonl")


def known_items(task, plant) -> np.ndarray:
    """(N,) items of a budget, or of a supervise split, of the systems with seed 0 or a reference.

    A model that a monitor asks for is trained on the supervise split.
    """
    plan = plan_stress(
        small_test(
            task,
            plants={"own": plant},
            monitors={"look": StudyMonitor(doubt, **BUDGET)},
            seeds=1,
            references=1,
        )
    )
    known = np.zeros(160, bool)
    for step in plan.steps.values():
        if step.kind == "suspect":
            for seat in step.payload.seats:
                known[seat.known % 160] = True
                known[load_task(task).splits(seat.seed).supervise] = True
    return known


def with_other_truth(task, items: np.ndarray, path):
    """The task in another file, with the next class as the ground truth of some items."""
    rows = [json.loads(line) for line in task.read_text().splitlines()]
    for row, changed in zip(rows, items, strict=True):
        if changed:
            row["truth"] = "abc"[("abc".index(row["truth"]) + 1) % 3]
    return write_jsonl(path, rows)


@pytest.mark.parametrize("name", PLANTS_BY_NAME)
def test_other_ground_truth_outside_the_budget_leaves_views_byte_identical(task, tmp_path, name):
    plants = {"own": PLANTS_BY_NAME[name]}
    known = known_items(task, plants["own"])
    assert 40 < (~known).sum() < 120
    one = {"seeds": 1, "references": 1, **BUDGET}
    seen = contents(views(task, plants, **one))
    poisoned = with_other_truth(task, ~known, tmp_path / "tiny.jsonl")
    assert contents(views(poisoned, plants, **one)) == seen
    known_too = with_other_truth(task, known, tmp_path / "tiny.jsonl")
    assert contents(views(known_too, plants, **one)) != seen


def test_an_array_of_a_view_is_no_part_of_a_larger_array(task):
    systems = views(task, {"own": BACKDOOR}, **BUDGET)
    assert all(is_whole(one) for one in arrays(systems))
    assert len(list(arrays(systems))) > 100


@pytest.mark.parametrize(
    "model", ["simulated-noise", "simulated-noise,accuracy=0.9", "mean:simulated-noise+pca-2"]
)
@pytest.mark.parametrize("plant", [LIAR, BACKDOOR], ids=["liar", "backdoor"])
def test_a_model_that_reads_the_ground_truth_of_watched_items_is_refused(task, plant, model):
    monitor = StudyMonitor(doubt, models=("pca-2", model))
    with pytest.raises(UserError, match="reads the ground truth of watched items; a monitor") as e:
        plan_stress(small_test(task, plants={"own": plant}, monitors={"asks": monitor}))
    assert "\n" not in str(e.value)


def test_payloads_of_monitors_state_neither_plant_nor_strength(task):
    strength = 0.31416
    plants = {"secret-liar": LIAR, "secret-backdoor": BACKDOOR, "secret-truthful": TRUTHFUL}
    monitors = {"look": StudyMonitor(doubt, **BUDGET)}
    plan = plan_stress(small_test(task, plants=plants, monitors=monitors, strengths=strength))
    marks = (b"secret", cloudpickle.dumps(strength)[-9:-1])
    found = {kind: [False, False] for kind in ("plant", "suspect")}
    for step in plan.steps.values():
        if step.kind in found:
            content = cloudpickle.dumps(make_job(step))
            for at, mark in enumerate(marks):
                found[step.kind][at] |= mark in content
    assert found == {"plant": [True, True], "suspect": [False, False]}


def study_plants() -> list[str]:
    """Names of the plants of studies that need no argument."""
    names = [name for name in PLANTS.describe() if ":" not in name]
    return [name for name in names if PLANTS.build(name).value.kind == "study"]


@pytest.mark.parametrize("name", study_plants())
def test_no_item_is_learned_and_watched_or_trusted_also_not_as_a_copy(name):
    monitors = StudyMonitor(doubt, trusted=20, audits=10)
    test = StressTest(plants=name, monitors={"look": monitors}, weak="pca-2", strong="pca-8")
    scene, items = StudyScene(test), len(load_task("digits").task)
    for strength in (0.0, 0.5):
        systems = Systems(test.built_plants[0], strength, (0,))
        seat = scene._seat(systems, 0, 20, 10)
        parts = [one % items for one in (seat.watched, seat.learned, seat.trusted)]
        if test.built_plants[0].value.corrupts == "supervisor":
            del parts[1]  # its labels of the learned items are watched
        assert len(np.unique(np.concatenate(parts))) == sum(map(len, parts))


@pytest.mark.parametrize("name", study_plants())
def test_a_planted_student_learns_no_ground_truth_that_its_twin_does_not_learn(name):
    plant = PLANTS.build(name).value
    assert not plant.sees_truth
    test = StressTest(plants=name, monitors="confidence", weak="pca-2", seeds=1, references=1)
    steps = [one for one in plan_stress(test).steps.values() if one.kind == "plant"]
    assert len(steps) >= len(test.strengths)
    assert {one.truth is not None for one in steps} == {plant.learns == "truth"}


QUESTIONS = "cases,count=24"


def peek(view, rng):
    """Read more ground truth than the budget."""
    return Suspicion(float(load_task("digits").vault.reveal(np.arange(3), "score").sum()))


@pytest.mark.parametrize("kind", ["study", "protocol", "method"])
def test_a_monitor_that_reads_a_vault_is_stopped_with_one_line(task, tmp_path, kind):
    of_kind = {
        "study": (StudyMonitor(peek), {"plants": {"own": LIAR}, "task": str(task)}),
        "protocol": (ProtocolMonitor(peek), {"plants": "biased-judge", "questions": QUESTIONS}),
        "method": (MethodMonitor(peek), {"plants": "off-by-one", "task": str(task)}),
    }
    monitor, fields = of_kind[kind]
    if kind != "protocol":
        fields |= {"weak": "pca-1", "strong": "pca-5"}
    test = StressTest(
        monitors={"peek": monitor}, strengths=0.5, seeds=1, references=1, fprs=0.5, **fields
    )
    with pytest.raises(UserError, match="reads the ground truth of 3 items from a vault") as error:
        truing.run(test, out=tmp_path / "run", engine=LocalEngine(1), store=Store())
    assert "monitor 'peek'" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


def seen_plays(scene: ProtocolScene, store: Store, strength: float):
    """What a monitor sees of the system with seed 0."""
    monitor = MONITORS.build("verdict-check,audits=5")
    systems = Systems(PLANTS.build("lying-consultant"), strength, (0,))
    step = scene.suspect(replace_budget(monitor, trusted=4), systems)
    graph = StepGraph(step.parents["plays"])
    for one in sorted(graph.steps.values(), key=lambda one: len(one.parents)):
        if one.key not in store:
            run_play([make_job(one)], store)
    ((view, _, _),) = PlayViewer(make_job(step), store)
    return view, step.payload.known[0].questions


def replace_budget(monitor, **budget):
    return replace(monitor, value=replace(monitor.value, **budget))


@pytest.mark.parametrize("strength", [0.0, 0.5])
def test_other_ground_truth_outside_the_budget_leaves_views_of_plays_identical(store, strength):
    scene = ProtocolScene(
        StressTest(
            plants="lying-consultant",
            monitors="verdict-check,audits=5",
            protocol="consultancy,assignment=open,rounds=1",
            questions=QUESTIONS,
        )
    )
    view, known = seen_plays(scene, store, strength)
    truth, others = scene.loaded.vault.reveal(np.arange(24), "score"), np.ones(24, bool)
    others[known] = False
    scene.loaded = replace(scene.loaded, vault=Vault(np.where(others, 1 - truth, truth)))
    assert contents(seen_plays(scene, store, strength)[0]) == contents(view)
    scene.loaded = replace(scene.loaded, vault=Vault(np.where(others, truth, 1 - truth)))
    assert contents(seen_plays(scene, store, strength)[0]) != contents(view)
    assert all(is_whole(one) for one in arrays(view))


def test_the_run_folder_of_protocols_states_how_often_the_ground_truth_was_read(tmp_path):
    test = StressTest(
        plants="lying-consultant",
        monitors="verdict-check,audits=5",
        protocol="consultancy,assignment=open,rounds=1",
        questions=QUESTIONS,
        strengths=0.5,
        seeds=2,
        references=3,
        fprs=0.25,
    )
    result = truing.run(test, out=tmp_path / "run", engine=LocalEngine(1), store=Store())
    stated = json.loads((result.folder / ENVIRONMENT).read_text())["tasks"]
    (seen,) = (one["truth_seen_now"] for one in stated.values())
    assert seen["audit"] == {"times": 3, "items": (2 + 2 + 3) * 5}


def method_views(scene: MethodScene, plant: str, store: Store) -> list[MethodView]:
    """What a monitor sees of a planted method file and of its twin."""
    found = []
    planted = Systems(PLANTS.build(plant), 0.5, (0,))
    for systems in (planted, planted.twins()):
        step = scene.suspect(MONITORS.build("label-leak,audits=7"), systems)
        parents = tuple(one for each in step.parents.values() for one in each)
        complete(StepGraph(parents), store, LocalEngine(1))
        ((view, _, _),) = see_methods(make_job(step), store)
        found.append(view)
    return found


def test_other_ground_truth_outside_the_budget_leaves_views_of_methods_identical(
    task, tmp_path, store
):
    source = load_task(task)
    known = np.zeros(160, bool)
    known[source.splits(0).supervise] = True

    def scene(data):
        monitors = "label-leak,audits=7"
        given = {"weak": "pca-1", "strong": "pca-5", "task": str(data)}
        return MethodScene(StressTest(plants="dead-weak-label", monitors=monitors, **given))

    first = scene(task)
    lesson = first._lesson(0, 7)
    known[lesson.items[lesson.audited]] = True
    poisoned = scene(with_other_truth(task, ~known, tmp_path / "tiny.jsonl"))
    for plant in ("dead-weak-label", "test-leakage"):
        views, others = (method_views(one, plant, store) for one in (first, poisoned))
        assert all(is_whole(one) for view in views for one in arrays(view.audits))
        if plant == "test-leakage":  # its calls return what the pipeline leaks
            views, others = ([replace(v, calls={}) for v in one] for one in (views, others))
        assert contents(views) == contents(others)
