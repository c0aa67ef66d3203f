"""Easy-to-hard supervisors: trained on easy items with their ground truth, labeling all items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import truing
from tests.conftest import write_jsonl
from truing.errors import DataError, UnknownNameError, UserError
from truing.studies import (
    ChainPlanner,
    LocalEngine,
    StepGraph,
    Store,
    Study,
    _chain,
    complete,
    make_plan,
)
from truing.studies._elsewhere import all_tested
from truing.supervisors import EasyToHardSupervisor, give_supervisors, learnable, parse_supervisor
from truing.supervisors.composed._easiest import easiest
from truing.tasks import UNANSWERABLE, Vault, load_task, make_source


def graded(count=200, seed=3, scale=2):
    """Vectors of two classes; the harder an item, the less its first three columns tell."""
    rng = np.random.default_rng(seed)
    truth, hardness = rng.integers(2, size=count), rng.random(count).round(2)
    vectors = rng.normal(size=(count, 6))
    vectors[:, :3] += scale * (1 - hardness)[:, None] * (2 * truth - 1)[:, None]
    ids = [f"i{n}" for n in range(count)]
    fields = {"hardness": hardness, "steps": np.ceil(4 * hardness), "kind": hardness.astype(object)}
    return make_source("graded", "classification", ids, vectors, ["a", "b"], truth, fields=fields)


SOURCE = graded()


def labels_step(source, name, seed=0):
    (step,) = ChainPlanner(source).labels(parse_supervisor(name), [seed])
    return step


def with_truth(source, truth):
    return replace(source, vault=Vault(truth))


def beliefs(step, folder):
    store = Store(folder)
    complete(StepGraph((step,)), store, LocalEngine(1))
    return store.read(step.key)["beliefs"]


def test_the_easiest_share_of_the_supervise_split_is_learned():
    items = SOURCE.splits(0).supervise
    step = labels_step(SOURCE, "easy-to-hard:pixels,share=0.3")
    hardness = SOURCE.fields["hardness"]
    learned = step.payload.items
    assert step.kind == "train supervisor"
    assert step.truth.purpose == "supervise"
    assert set(learned) <= set(items)
    assert len(learned) >= 0.3 * len(items)
    assert hardness[learned].max() < hardness[np.setdiff1d(items, learned)].min()


def test_a_share_of_one_learns_the_whole_split():
    assert (
        labels_step(SOURCE, "easy-to-hard:pixels,share=1").key == labels_step(SOURCE, "pixels").key
    )


def test_items_that_are_equally_hard_are_all_easy_and_items_without_a_value_are_not():
    fields = {"steps": np.repeat([1.0, 2.0, np.nan], [60, 60, 80])}
    source = replace(SOURCE, fields=fields)
    assert easiest(source, np.arange(200), 0.1, "steps").tolist() == list(range(60))
    assert easiest(source, np.arange(200), 1.0, "steps").tolist() == list(range(120))


def test_only_the_ground_truth_of_easy_items_reaches_the_supervisor(tmp_path):
    """Another truth of every other item, hard items of the supervise split too, changes nothing."""
    name = "easy-to-hard:pixels,share=0.4"
    step = labels_step(SOURCE, name)
    truth = SOURCE.vault.reveal(np.arange(200), "score").copy()
    others = np.setdiff1d(np.arange(200), step.payload.items)
    truth[others] = 1 - truth[others]
    poisoned = labels_step(with_truth(SOURCE, truth), name)
    assert poisoned.key == step.key
    assert np.array_equal(beliefs(step, tmp_path / "a"), beliefs(poisoned, tmp_path / "b"))
    truth[step.payload.items] = 1 - truth[step.payload.items]
    assert labels_step(with_truth(SOURCE, truth), name).key != step.key


def test_all_items_are_labeled_with_arguments_of_the_student(tmp_path):
    step = labels_step(SOURCE, "easy-to-hard:pixels,l2=30,share=0.4")
    assert step.payload.l2 == 30
    found = beliefs(step, tmp_path / "store")
    assert found.shape == (200, 2)
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("easy-to-hard:pca-4:l2=0.1,share=0.5", "easy-to-hard:pca-4,l2=0.1"),
        ("easy-to-hard:pca-4,share=0.20,l2=1", "easy-to-hard:pca-4,share=0.2"),
        ("easy-to-hard:pca-4,by=steps", "easy-to-hard:pca-4,by=steps"),
    ],
)
def test_an_easy_to_hard_supervisor_has_a_shortest_name(name, label):
    found = parse_supervisor(name)
    assert isinstance(found, EasyToHardSupervisor)
    assert found.label == label
    assert parse_supervisor(label).label == label
    assert not found.simulated


def test_it_may_be_a_member_of_a_combination_with_its_arguments():
    name = "mean:easy-to-hard:pixels:l2=3:share=0.4+pca-2"
    step = labels_step(SOURCE, name)
    assert parse_supervisor(name).label == name
    assert (
        step.parents["labels"][0].key
        == labels_step(SOURCE, "easy-to-hard:pixels,l2=3,share=0.4").key
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("easy-to-hard:pixels,by=difficulty", "easy-to-hard on graded: the items have no field"),
        ("easy-to-hard:pixels,by=kind", "the field 'kind' contains texts; name a field of numbers"),
        ("easy-to-hard:pixels,share=0.01", "items of the supervise split are easy by 'hardness'"),
    ],
)
def test_items_without_a_usable_field_are_one_clear_line(name, message):
    with pytest.raises(DataError) as caught:
        labels_step(SOURCE, name)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_hardness_names_the_option_that_measures_it():
    with pytest.raises(DataError, match="--hardness STUDENT measures it"):
        labels_step(load_task("digits"), "easy-to-hard:pca-4")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("easy-to-hard:pca-4,share=0", r"share must lie in \(0, 1\], got 0"),
        ("easy-to-hard:pca-4,shrae=0.2", "no argument 'shrae'; allowed: size, l2"),
        ("easy-to-hard:pca-4,task=sums.csv,share=0.2", "leave out one of them"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(name, message):
    with pytest.raises(UserError, match=message):
        parse_supervisor(name)


def test_an_unknown_model_is_named():
    with pytest.raises(UnknownNameError, match="unknown student 'pcaa-4'; did you mean pca-4"):
        parse_supervisor("easy-to-hard:pcaa-4")


def test_features_of_a_script_are_kept_for_workers_and_for_repetition():
    @truing.features("first-{count:K}")
    def first(count: int):
        "The first columns."
        return lambda task: task.inputs.reshape(len(task), -1)[:, :count]

    (name,) = give_supervisors("easy-to-hard:first-2,share=0.4")
    assert name.startswith("easy-to-hard:first@")
    assert name.endswith(":count=2,share=0.4")
    assert labels_step(SOURCE, name).kind == "train supervisor"


def test_a_study_measures_the_hardness_for_the_supervisor(tmp_path):
    study = Study(
        tasks="digits-parity",
        weak="easy-to-hard:pca-4,share=0.3",
        strong="pca-4",
        methods="naive",
        seeds=1,
        hardness="pca-2",
    )
    (row,) = truing.run(study, out=tmp_path / "run", store=Store(tmp_path), progress=False).rows
    assert 0.5 < row.weak_accuracy < 1
    with pytest.raises(UserError, match="no easy-to-hard supervisor uses the field 'hardness'"):
        Study(tasks="digits", weak="pca-4", strong="pca-8", methods="naive", hardness="pca-2")


# Another task with the same choices

EASY = graded(160, seed=5, scale=4)


@pytest.fixture
def easy(monkeypatch):
    """Load the easy task by the name `easy`."""
    monkeypatch.setattr(_chain, "load_task", {"easy": EASY}.__getitem__)


def test_a_head_of_another_task_is_applied_to_all_items(easy, tmp_path):
    step = labels_step(SOURCE, "easy-to-hard:pixels,l2=1,task=easy")
    (trained,) = step.parents["trained"]
    found = beliefs(step, tmp_path / "store")
    learned = trained.payload.items
    truth = EASY.vault.reveal(learned, "score")
    theirs = make_pipeline(StandardScaler(), LogisticRegression(C=2))  # heads have two rows
    theirs.fit(EASY.task.inputs[learned], truth)
    wanted = theirs.predict_proba(SOURCE.task.inputs)
    assert np.abs(found - wanted).max() < 0.005


def test_items_of_the_test_and_sealed_split_of_another_task_are_not_learned(easy):
    (trained,) = labels_step(SOURCE, "easy-to-hard:pixels,task=easy").parents["trained"]
    splits = EASY.splits(0)
    pool = np.union1d(splits.supervise, splits.learn)
    assert np.array_equal(trained.payload.items, pool)
    assert trained.truth.purpose == "supervise"
    assert trained.truth.vault is EASY.vault


def test_items_that_are_in_both_tasks_are_not_learned():
    both = replace(
        EASY, task=replace(EASY.task, items=(*EASY.task.items[:80], *SOURCE.task.items[:80]))
    )
    found = learnable(both, [all_tested(SOURCE)])
    assert set(found) <= set(range(80))
    with pytest.raises(DataError, match="graded has 0 items besides its test items and those of"):
        learnable(SOURCE, [all_tested(SOURCE)])


def test_items_that_are_test_items_of_a_domain_are_not_learned():
    tested = replace(EASY, task=replace(EASY.task, items=EASY.task.items[:60]))
    found = learnable(EASY, [all_tested(SOURCE), tested])
    assert not set(found) & set(tested.splits(0).test)
    assert set(tested.splits(0).learn) & set(found)


def test_unanswerable_items_of_an_easy_task_are_not_learned():
    truth = EASY.vault.reveal(np.arange(len(EASY.task)), "score").copy()
    truth[::5] = UNANSWERABLE
    found = learnable(with_truth(EASY, truth), [all_tested(SOURCE)])
    assert set(learnable(EASY, [all_tested(SOURCE)])) - set(found) <= set(range(0, len(truth), 5))
    assert not (found % 5 == 0).any()


@pytest.mark.parametrize(
    "student", ["pixels", "pca-3", "sklearn/LogisticRegression,features=pixels"]
)
def test_no_truth_of_the_labeled_task_is_used(easy, student, tmp_path):
    name = f"easy-to-hard:{student},task=easy"
    source = with_truth(SOURCE, SOURCE.vault.reveal(np.arange(200), "score"))
    step = labels_step(source, name)
    assert np.isfinite(beliefs(step, tmp_path / "store")).all()
    assert source.vault.summary() == {}
    poisoned = with_truth(SOURCE, 1 - SOURCE.vault.reveal(np.arange(200), "score"))
    assert labels_step(poisoned, name).key == step.key


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"choices": ("b", "a")}, "easy-to-hard: graded has the classes b, a, but graded has a, b"),
        ({"kind": "multiple choice"}, "easy-to-hard: graded is of kind multiple choice"),
    ],
)
def test_another_task_with_other_choices_is_one_clear_line(monkeypatch, changes, message):
    other = replace(EASY, task=replace(EASY.task, **changes))
    monkeypatch.setattr(_chain, "load_task", {"easy": other}.__getitem__)
    with pytest.raises(UserError, match=message):
        labels_step(SOURCE, "easy-to-hard:pixels,task=easy")


def test_another_task_may_be_an_object_whose_truth_no_worker_receives(tmp_path):
    rows = [
        {"id": f"n{n}", "vector": vector.tolist(), "truth": "ab"[n % 2]}
        for n, vector in enumerate(EASY.task.inputs)
    ]
    task = load_task(rows, name="sums").specification
    path = write_jsonl(
        tmp_path / "home.jsonl",
        [
            {"id": f"h{n}", "vector": vector.tolist(), "truth": "ab"[n % 2]}
            for n, vector in enumerate(SOURCE.task.inputs)
        ],
    )
    for weak in (f"easy-to-hard:pixels,task={task}", f"mean:pca-2+easy-to-hard:pixels:task={task}"):
        study = Study(tasks=str(path), weak=weak, strong="pixels", methods="naive", seeds=1)
        plan = make_plan(study)
        assert [one.specification for one in plan.objects] == [task]
        assert plan.needed == ()
        assert plan.sources[task].task.name == "sums"
