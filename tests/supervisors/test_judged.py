"""Judges as supervisors: what they may see, and that help shows in their students."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from truing.errors import DataError, UserError
from truing.oversight.pixels import _judge
from truing.studies import ChainPlanner, LocalEngine, Store, Study, complete, make_plan, make_rows
from truing.supervisors import JudgedSupervisor, check_labels, parse_supervisor
from truing.tasks import load_task

JUDGES = ("pixel-judge,pixels=2", "pixel-consultancy,pixels=2", "pixel-debate,pixels=2")


def labels(name, seed=0, count=1797):
    """Labels of so many digits, of which the supervisor is told the supervise split's truth."""
    source = load_task("digits")
    task = replace(source.task, items=source.task.items[:count])
    splits = task.splits(seed)
    truth = source.vault.reveal(np.arange(count), "score")
    seen = np.full(count, -1)
    seen[splits.supervise] = truth[splits.supervise]
    supervisor = parse_supervisor(name)
    assert isinstance(supervisor, JudgedSupervisor)
    labeler = supervisor.labeler.value
    found = labeler.label(task, seen, np.random.default_rng(seed))
    return check_labels(found, task, name)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """A study of the three judges, as rows and as its plan with its store."""
    study = Study(tasks="digits", weak=JUDGES, strong="pca-32", methods="naive", seeds=2)
    plan, store = make_plan(study), Store(tmp_path_factory.mktemp("judged"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_judge, "STEPS", 500)
        complete(plan, store, LocalEngine(1))
    return plan, store, {row.weak: row for row in make_rows(plan, store)}


def test_a_debate_helps_the_judge_more_than_a_consultant(found):
    judge, consultancy, debate = (found[2][name].weak_accuracy for name in JUDGES)
    assert judge + 0.1 < consultancy
    assert consultancy + 0.1 < debate


def test_a_study_measures_the_effect_of_help_on_judge_and_student(found):
    rows = found[2]
    unaided, helped = rows[JUDGES[0]], rows[JUDGES[2]]
    assert unaided.help is None
    assert helped.help.unaided == JUDGES[0]
    for role, field in (("supervisor", "weak_accuracy"), ("student", "transfer_accuracy")):
        gain = getattr(helped.help, role)
        assert gain.value == pytest.approx(getattr(helped, field) - getattr(unaided, field))
        assert gain.low < gain.value < gain.high
        assert 0 <= gain.p <= 1
    assert helped.help.supervisor.low > 0


def test_a_judged_label_is_not_called_simulated(found):
    assert not any(row.simulated for row in found[2].values())


def test_labels_use_only_the_truth_of_the_supervise_split(found):
    (source,) = found[0].sources.values()
    seen = source.vault.summary()
    assert "plant" not in seen
    count = sum(step.kind == "label" for step in found[0].steps.values())
    assert seen["supervise"] == {
        "times": count,
        "items": 3 * sum(len(source.task.splits(s).supervise) for s in range(2)),
    }


def test_labels_do_not_change_with_any_other_truth():
    """The step's key holds the digest of just the truth that the step is given."""
    study = Study(tasks="digits", weak=JUDGES, strong="pca-4", methods="naive", seeds=1)

    def keys(vault_change):
        from truing.tasks import Source, Vault

        source = load_task("digits")
        truth = source.vault.reveal(np.arange(1797), "score").copy()
        vault_change(truth, source.task.splits(0))
        changed = Source(source.task, Vault(truth))
        chain = ChainPlanner(changed)
        steps = [chain.labels(parse_supervisor(name), [0])[0] for name in study.weak]
        return [(step.key, step.truth.reveal().tobytes()) for step in steps]

    def others(truth, splits):
        for part in (splits.learn, splits.test, splits.sealed):
            truth[part] = (truth[part] + 1) % 10

    def own(truth, splits):
        truth[splits.supervise[0]] = (truth[splits.supervise[0]] + 1) % 10

    clean = keys(lambda truth, splits: None)
    assert keys(others) == clean
    assert not set(keys(own)) & set(clean)


@pytest.mark.parametrize("name", [*JUDGES, "pixel-debate,pixels=2,every_pair=true"])
def test_repeated_labels_are_equal(name, monkeypatch):
    monkeypatch.setattr(_judge, "STEPS", 100)
    assert labels(name, count=300).tobytes() == labels(name, count=300).tobytes()


def test_protocols_of_one_seed_share_the_judge(monkeypatch):
    made = []
    train = _judge.train_judge
    monkeypatch.setattr(_judge, "STEPS", 20)
    monkeypatch.setattr(_judge, "train_judge", lambda *a: made.append(train(*a)) or made[-1])
    for name in JUDGES:
        labels(name, count=300)
    assert all(np.array_equal(made[0].per_value, one.per_value) for one in made)


def test_more_random_looks_help_an_unaided_judge(monkeypatch):
    monkeypatch.setattr(_judge, "STEPS", 500)
    source = load_task("digits")
    truth = source.vault.reveal(np.arange(1797), "score")
    test = source.task.splits(0).test
    one, many = (
        (labels(f"pixel-judge,pixels=2,views={views}").argmax(axis=1) == truth)[test].mean()
        for views in (1, 20)
    )
    assert many > one + 0.2


def test_confidence_is_calibrated_on_held_out_items(found):
    source = load_task("digits")
    truth = source.vault.reveal(np.arange(1797), "score")
    test = source.task.splits(0).test
    for name in JUDGES:
        (step,) = ChainPlanner(source).labels(parse_supervisor(name), [0])
        beliefs = found[1].read(step.key)["beliefs"][test]
        right = (beliefs.argmax(axis=1) == truth[test]).mean()
        assert abs(beliefs.max(axis=1).mean() - right) < 0.1


def test_help_is_reported_only_beside_the_same_unaided_judge():
    study = Study(
        tasks="digits", weak=["pixel-judge", JUDGES[2]], strong="pca-4", methods="naive", seeds=1
    )
    assert all(line.help is None for line in make_plan(study).lines)


def test_a_task_without_images_is_reported(tiny):
    source = load_task(str(tiny))
    labeler = parse_supervisor("pixel-debate").labeler.value
    with pytest.raises(DataError, match="a pixel debate requires images, got vectors"):
        labeler.label(source.task, np.zeros(160, int), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pixel-debate,pixels=3", "pixels must lie in"),
        ("pixel-judge,views=0", "views must be 1 or more"),
    ],
)
def test_an_argument_out_of_range_is_reported(name, message):
    with pytest.raises(UserError, match=message):
        parse_supervisor(name)
