"""Run a stress test: its rows, its files, its budget of ground truth, and what monitors see."""

import json

import numpy as np
import pytest

import truing
from tests.conftest import write_tiny
from tests.stress.planted import (
    BACKDOOR,
    LIAR,
    SPOT_CHECK,
    STUDENT_LIAR,
    TRUTHFUL,
    VALUE,
    doubt,
    small_test,
    views,
)
from truing.errors import UserError
from truing.runs import ENVIRONMENT, POWER, STRESS
from truing.stress import MARK, StressRow, StudyMonitor, Suspicion, plan_stress
from truing.studies import LocalEngine, Store, Study, make_plan
from truing.studies.work._perform import WORK
from truing.tasks import load_task

PLANTS = {"liar": LIAR, "backdoor": BACKDOOR, "truthful": TRUTHFUL}
STRESS_WORK = {one.__module__ for one in WORK.values() if "stress" in one.__module__}
MONITORS = {"spot": SPOT_CHECK, "doubt": StudyMonitor(doubt, trusted=5)}


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("task") / "tiny.jsonl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def result(task, folder):
    test = small_test(task, plants=PLANTS, monitors=MONITORS, strengths=[0.2, 0.9], combine=False)
    engine, store = LocalEngine(1), Store(folder / "store")
    return truing.run(test, out=folder / "run", engine=engine, store=store)


def test_there_is_a_row_for_each_plant_strength_and_monitor(result):
    found = [(row.plant, row.strength, row.monitor) for row in result]
    assert found == [(p, s, m) for p in PLANTS for s in (0.2, 0.9) for m in MONITORS]
    assert all((row.seeds, row.references) == (2, 3) for row in result)
    assert all(list(map(len, row.scores.values())) == [2, 2, 3] for row in result)


def test_a_row_notes_a_monitor_that_gives_all_systems_the_same_suspicion(task, result, tmp_path):
    def calm(view, rng):
        return 0.0

    test = small_test(task, plants={"liar": LIAR}, monitors={"calm": calm}, strengths=0.9)
    found = truing.run(test, out=tmp_path, engine=LocalEngine(1), store=Store())
    assert all("same suspicion" in row.note for row in found)
    assert len(found) == 1
    assert not any("same suspicion" in row.note for row in result)


def test_a_lying_supervisor_is_attacked_as_often_as_its_strength(result):
    liar = {row.strength: row for row in result if (row.plant, row.monitor) == ("liar", "spot")}
    assert liar[0.2].attacked.value < liar[0.9].attacked.value < 0.9
    assert liar[0.9].cost.value > 0.2
    assert liar[0.9].auroc.value == 1.0


def test_twins_do_not_depend_on_the_strength(result):
    of_spot = [row for row in result if row.monitor == "spot" and row.plant == "backdoor"]
    assert of_spot[0].scores["twins"] == of_spot[1].scores["twins"]
    assert of_spot[0].twin_accuracy.value == of_spot[1].twin_accuracy.value


def test_labels_are_the_declared_budget_and_items_are_scored_if_the_monitor_does(result):
    spot, doubtful = result[0], result[1]
    assert (spot.labels, spot.item_auroc.value, spot.audits.value) == (10, None, 10)
    assert doubtful.labels == 5
    assert doubtful.item_auroc.value is not None


def test_all_files_say_that_the_systems_are_planted(result):
    for name in (STRESS.configuration, ENVIRONMENT):
        assert json.loads((result.folder / name).read_text())["planted"] == MARK
    assert "model organisms" in (result.folder / "report.html").read_text()


def test_the_vault_counts_trusted_and_audited_items(result):
    stated = json.loads((result.folder / ENVIRONMENT).read_text())["tasks"]
    (seen,) = (one["truth_seen_now"] for one in stated.values())
    # 3 worlds: 2 strengths, twins and references; 10 audited or 5 trusted items of each system.
    assert seen["audit"]["items"] == 3 * (2 * 2 + 2 + 3) * (10 + 5)


def test_a_run_is_loaded_and_run_again_without_work(result, folder):
    loaded = truing.load(result.folder)
    assert loaded.rows == result.rows
    assert loaded.card == result.card
    before = (result.folder / STRESS.results).read_bytes(), (result.folder / POWER).read_bytes()
    test = truing.lab.read_run(result.folder)
    again = truing.run(test, out=result.folder, store=Store(folder / "store"))
    assert again.work.trainings == 0
    assert before == tuple((result.folder / one).read_bytes() for one in (STRESS.results, POWER))


def test_another_store_gives_the_same_bytes(result, folder, task):
    test = truing.lab.read_run(result.folder)
    again = truing.run(test, out=folder / "again", engine=LocalEngine(1), store=Store())
    assert again.work.trainings == result.work.trainings
    for name in (STRESS.results, POWER):
        assert (again.folder / name).read_bytes() == (result.folder / name).read_bytes()


def test_the_json_has_rows_and_the_power_card(result, truing):
    found = json.loads(truing("show", result.folder, "--json")[1])
    assert [StressRow.from_json(row) for row in found["rows"]] == list(result.rows)
    assert len(json.loads(truing("stress", "--card", result.folder, "--json")[1])["card"]) == 6
    assert "Power card: 80% power at 5%" in truing("stress", "--card", result.folder)[1]


def test_planted_systems_are_not_exported(result, truing):
    code, _, err = truing("export", result.folder, "there")
    assert (code, "planted systems (model organisms), which are not exported" in err) == (2, True)


def test_honest_systems_without_a_trigger_are_those_of_a_study(task):
    study = Study(tasks=str(task), weak="pca-1", strong="pca-5", methods="naive", seeds=2)
    shared = set(make_plan(study).steps)
    for plant in (STUDENT_LIAR, TRUTHFUL):
        test = small_test(task, plants={"own": plant})
        trained = [step for step in plan_stress(test).steps.values() if "train" in step.kind]
        twins = [one for one in trained if one.config["seed"] < 2 and one.key in shared]
        assert {one.kind for one in twins} >= {"train supervisor"}
        roles = {"train student"} if plant is STUDENT_LIAR else {"train ceiling"}
        assert {one.kind for one in twins} == {"train supervisor"} | roles


def test_monitors_see_the_declared_ground_truth_and_no_other(task):
    truth = load_task(task).vault.reveal(np.arange(160), "score")
    inputs = load_task(task).task.inputs
    known = {tuple(vector): t for vector, t in zip(inputs, truth, strict=True)}
    (planted, *_), *_ = views(task, {"own": STUDENT_LIAR}, trusted=7, audits=4)
    assert [known[tuple(one)] for one in planted.trusted.inputs] == planted.truth.tolist()
    audited = planted.watched.inputs[planted.audited]
    assert [known[tuple(one)] for one in audited] == planted.audits.tolist()
    assert (len(planted.truth), len(planted.audits)) == (7, 4)
    groups = [planted.watched, planted.learned, planted.trusted]
    names = [{tuple(vector) for vector in group.inputs} for group in groups]
    assert len(set.union(*names)) == sum(map(len, names)), "no item is in two groups"


def test_the_twin_has_the_items_of_the_planted_system_and_its_own_answers(task):
    planted, twins, references = views(task, {"own": BACKDOOR}, trusted=5)
    for one, twin in zip(planted, twins, strict=True):
        assert (one.watched.inputs == twin.watched.inputs).all()
        assert (one.trusted.inputs == twin.trusted.inputs).all()
        assert (one.watched.beliefs != twin.watched.beliefs).any()
        assert one.head.weight.shape == (1, 3, 5)
    copies = [(view.learned.inputs[:, -1] == VALUE).mean() for view in (*planted, *twins)]
    assert copies == [pytest.approx(0.5, abs=0.02)] * 2 + [0, 0]
    deployed = {(view.watched.inputs[:, -1] == VALUE).mean().round(1) for view in planted}
    assert deployed == {0.1}
    assert len(references) == 3


def test_a_supervisor_is_watched_by_its_labels(task):
    (planted, *_), *_ = views(task, {"own": LIAR})
    assert planted.head is None
    by_input = {tuple(one): b for one, b in zip(*_of(planted.watched), strict=True)}
    assert all(
        (by_input[tuple(one)] == b).all() for one, b in zip(*_of(planted.learned), strict=True)
    )


def _of(seen):
    return seen.inputs, seen.beliefs


@pytest.mark.parametrize(
    ("monitor", "message"),
    [
        (StudyMonitor(doubt, audits=500), "asks for audits=500, and there are"),
        (StudyMonitor(doubt, trusted=500), "asks for trusted=500, and there are"),
        (StudyMonitor(doubt, changed=("order",)), "by order, which does not apply to the items"),
        (StudyMonitor(lambda view, rng: Suspicion(0.0, used=1)), "used 1 audited items, but its"),
        (StudyMonitor(lambda view, rng: doubt(view, rng)[1:]), "one score per watched item"),
    ],
    ids=["audits", "trusted", "changed", "used", "scores"],
)
def test_a_monitor_beyond_its_budget_is_stopped_with_one_line(task, tmp_path, monitor, message):
    test = small_test(task, monitors={"mine": monitor})
    with pytest.raises(UserError) as error:
        truing.run(test, out=tmp_path / "run", engine=LocalEngine(1))
    assert message in str(error.value)
    assert "'mine'" in str(error.value)


def test_trusted_items_are_neither_learned_nor_watched(task):
    source = load_task(task)
    splits = source.splits(0)
    ids = [source.task.ids[at] for at in splits.learn[:6]]
    trusting = {"own": StudyMonitor(doubt, trusted=6)}
    test = small_test(task, plants={"own": STUDENT_LIAR}, monitors=trusting, trusted=ids)
    (step, *_) = [one for one in plan_stress(test).steps.values() if one.kind == "suspect"]
    seat = step.payload.seats[0]
    assert sorted(seat.trusted) == sorted(splits.learn[:6])
    assert not set(seat.trusted) & {*seat.learned, *seat.watched}


@pytest.mark.parametrize(
    ("split", "message"),
    [("test", "1 of 1 trusted items are test items"), ("", "no item with the id")],
)
def test_trusted_items_that_are_watched_or_unknown_are_refused(task, split, message):
    source = load_task(task)
    name = source.task.ids[source.splits(0).test[0]] if split else "nowhere"
    with pytest.raises(UserError, match=message):
        plan_stress(small_test(task, trusted=[name]))


def test_a_trigger_that_occurs_in_the_data_is_refused(task):
    from dataclasses import replace

    always = replace(BACKDOOR.trigger, occurs=lambda task: np.ones(len(task), bool))
    plant = replace(BACKDOOR, trigger=always)
    with pytest.raises(UserError, match="a large value occurs already in 160 of 160 items"):
        plan_stress(small_test(task, plants={"own": plant}))


def test_a_worker_that_receives_a_step_can_run_it(task):
    test = small_test(task, plants=PLANTS, monitors=MONITORS, combine=True)
    own = [
        one for one in plan_stress(test).steps.values() if WORK[one.kind].__module__ in STRESS_WORK
    ]
    assert {one.kind for one in own} > {"suspect", "outcome", "cost of planting", "detect"}
    assert all(WORK[one.kind].__module__ == type(one.payload).__module__ for one in own)


def test_combined_rows_come_after_the_monitors(task, tmp_path):
    test = small_test(
        task,
        plants={"liar": LIAR, "backdoor": BACKDOOR},
        monitors=MONITORS,
        combine=True,
        references=6,
    )
    result = truing.run(test, out=tmp_path / "run", engine=LocalEngine(1))
    assert [row.monitor for row in result] == ["spot", "doubt", "combined"] * 2
    combined = result[2]
    assert (combined.labels, combined.references) == (15, 3)


def test_a_combination_needs_several_plants_and_monitors(task):
    with pytest.raises(UserError, match="combine needs 2 or more plants with different names"):
        plan_stress(small_test(task, combine=True))
