"""Studies with planted errors: planted rows, their inheritance, and what stays as it was."""

import json

import numpy as np
import pytest

import truing
from truing.errors import UserError
from truing.measures import correctness
from truing.plants import Planted
from truing.studies import Store, flat_planted, make_plan, parse_stressed

GRID = {
    "tasks": "digits",
    "weak": "pca-4",
    "strong": "pca-32",
    "methods": ["naive", "confident-filter", "oracle", "shuffled"],
    "seeds": 2,
}
STRESS = ["backdoor,strength=0.2", "liar,strength=0.8"]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def stressed(store, tmp_path_factory):
    study = truing.Study(**GRID, stress=STRESS)
    folder = tmp_path_factory.mktemp("run") / "stressed"
    return truing.run(study, out=folder, store=store, engine=truing.LocalEngine(1))


@pytest.fixture(scope="module")
def line(store):
    """The planned backdoor of the naive row, whose steps are in the store."""
    return make_plan(truing.Study(**GRID, stress=STRESS)).lines[0].planted[0]


def planted(result, method, plant):
    (row,) = (row for row in result.rows if row.method == method)
    return next(one for one in row.planted if one.plant == plant)


def test_stress_does_not_change_the_results_at_home(stressed, store, tmp_path):
    honest = truing.run(
        truing.Study(**GRID), out=tmp_path / "run", store=store, engine=truing.LocalEngine(1)
    )
    assert honest.work.trainings == 0  # all of them are steps of the study with stress
    rows = [json.loads(json.dumps(row.to_json())) for row in stressed.rows]
    assert [{name: value for name, value in row.items() if name != "planted"} for row in rows] == [
        json.loads(json.dumps(row.to_json())) for row in honest.rows
    ]
    assert not any(row.planted for row in honest.rows)


def test_a_study_without_stress_is_stated_as_before():
    assert "stress" not in truing.Study(**GRID).model_dump()


def test_inheritance_is_the_rate_of_the_planted_student_minus_that_of_its_twin(stressed):
    found = planted(stressed, "naive", "backdoor")
    assert found.inheritance.value == pytest.approx(
        found.rates.planted.value - found.rates.twin.value
    )
    assert found.inheritance.low > 0.5
    assert found.rates.twin.value < 0.1
    assert found.trigger


def test_rates_are_counted_as_stated(line, store):
    job = line.inherit
    asked, items = job.payload.asked, job.payload.items
    truth, hits, changed = job.truth.reveal(), 0.0, 0
    for labels, student in zip(job.parents["labels"], job.parents["planted"], strict=True):
        made, beliefs = store.read(labels.key), store.read(student.key)["beliefs"][asked]
        said = made["beliefs"][asked].argmax(axis=1)
        own = made["changed"][asked]
        hits += (own & (beliefs.argmax(axis=1) == said) & (said != truth)).sum()
        changed += own.sum()
    assert (asked == items + 1797).all()  # copies with the trigger
    found = store.read_json(job.key)
    assert found["rates"]["planted"]["value"] == pytest.approx(hits / changed)


def test_the_accuracy_of_a_planted_student_is_that_on_test_items_without_a_trigger(line, store):
    payload, truth = line.inherit.payload, line.inherit.truth.reveal()
    beliefs = [store.read(one.key)["beliefs"] for one in line.inherit.parents["planted"]]
    right = [correctness(one[payload.items], truth).mean() for one in beliefs]
    assert store.read_json(line.inherit.key)["accuracy"]["value"] == pytest.approx(np.mean(right))


def test_planted_labels_are_wrong_on_the_items_on_which_a_liar_lies(stressed):
    found = planted(stressed, "naive", "liar")
    assert found.corrupts == "supervisor"
    assert found.trigger == ""
    assert found.rates.supervisor.value > 0.8
    assert found.items < 539


def test_methods_are_compared_with_naive_with_holms_correction(stressed):
    assert planted(stressed, "naive", "backdoor").difference is None
    several = [
        planted(stressed, "confident-filter", one).difference for one in ("backdoor", "liar")
    ]
    assert all(one.p <= one.p_holm <= 2 * one.p + 1e-12 for one in several)  # two comparisons
    control = planted(stressed, "shuffled", "backdoor").difference
    assert control.p_holm == control.p


def test_a_method_that_learns_the_truth_has_no_planted_rows(stressed):
    (oracle,) = (row for row in stressed.rows if row.method == "oracle")
    assert oracle.planted == ()


def test_planted_results_are_marked_in_all_forms(stressed):
    lines = (stressed.folder / "results.jsonl").read_text().splitlines()
    stored = json.loads(lines[0])["planted"]
    assert all(one["mark"].startswith("model organism") for one in stored)
    flat = flat_planted(stressed.rows)
    assert [(one["method"], one["plant"], one["strength"]) for one in flat[:2]] == [
        ("naive", "backdoor", 0.2),
        ("naive", "liar", 0.8),
    ]
    assert all(one["mark"].startswith("model organism") for one in flat)


def test_a_run_folder_is_read_with_its_planted_rows(stressed):
    read = truing.load(stressed.folder)
    assert read.rows == stressed.rows
    frame = read.to_pandas()
    assert frame["plant"].notna().sum() == len(flat_planted(stressed.rows))


def test_a_function_can_be_planted(store, tmp_path):
    def first_class(planting, strength, rng):
        changed = rng.random(len(planting.labels)) < strength
        first = np.eye(planting.labels.shape[1])[0]
        return Planted(np.where(changed[:, None], first, planting.labels), changed)

    study = truing.Study(
        tasks="digits",
        weak="pca-4",
        strong="pca-16",
        methods="naive",
        seeds=2,
        stress=(first_class, 0.3),
    )
    result = truing.run(study, out=tmp_path / "run", store=store, engine=truing.LocalEngine(1))
    (found,) = result.rows[0].planted
    assert (found.plant, found.strength) == ("first_class", 0.3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("backdoor", "stress='backdoor' has no strength; write backdoor,strength=0.05"),
        ("backdoor,strength=2", "strength must be above 0 and at most 1, got 2"),
        ("backdoor,strength=0", "strength must be above 0 and at most 1"),
        ("backdoor,strength=high", "strength must be a number above 0, at most 1, got 'high'"),
        ("backdor,strength=0.1", "unknown plant 'backdor'; did you mean backdoor"),
        ("sycophant,strength=0.1", "plant 'sycophant' learns the ground truth"),
    ],
)
def test_a_plant_that_a_study_cannot_have_is_refused_in_one_line(given, message):
    with pytest.raises(UserError) as refused:
        parse_stressed(given)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_features_that_have_no_copies_are_refused():
    study = truing.Study(**{**GRID, "strong": "spectral-8"}, stress="backdoor,strength=0.1")
    with pytest.raises(UserError, match="spectral-8 describes the items of digits only"):
        make_plan(study)
