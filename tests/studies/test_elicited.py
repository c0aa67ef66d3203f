"""Studies with probes: no ground truth reaches a probe; rows have an oracle-signed accuracy."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pydantic import TypeAdapter

import truing
from truing.errors import DataError
from truing.students.features import FEATURES as FEATURE_MAPS
from truing.studies import LocalEngine, Row, Store, Study, complete, make_plan, make_rows
from truing.supervisors import Probe, contrast_of
from truing.tasks import load_task

TASKS = '''
from dataclasses import replace

import numpy as np
from truing.tasks import Source, Vault, make_source, task

RNG = np.random.default_rng(0)
WORDS = ["cat", "dog", "sun", "moon", "red", "blue"]
TEXTS = np.array([" ".join(RNG.choice(WORDS, 4)) for _ in range(90)], dtype=object)
TRUTH = np.array(["cat" in text for text in TEXTS]).astype(int)


@task("clean")
def clean() -> Source:
    """Texts, and whether they name a cat."""
    ids = [str(at) for at in range(90)]
    return make_source("cats", "classification", ids, TEXTS, ["no", "yes"], TRUTH)


@task("poisoned")
def poisoned() -> Source:
    """The same texts with the other class as truth of each item."""
    return replace(clean(), vault=Vault(1 - TRUTH))


@task("with-length")
def with_length() -> Source:
    """Texts, and a field that is independent of the truth."""
    texts = np.concatenate([TEXTS] * 3) + [f" {at}" for at in range(270)]
    truth = np.tile(TRUTH, 3)
    fields = {"long": RNG.integers(2, size=270)}
    ids = [str(at) for at in range(270)]
    names = ["no", "yes"]
    return make_source("cats", "classification", ids, texts, names, truth, fields=fields)


@task("elsewhere")
def elsewhere() -> Source:
    """Other texts, and whether they name a cat."""
    texts = np.array([f"{text} or so" for text in TEXTS[::-1]], dtype=object)
    ids = [str(at) for at in range(90)]
    return make_source("others", "classification", ids, texts, ["no", "yes"], TRUTH[::-1].copy())


@task("poisoned-elsewhere")
def poisoned_elsewhere() -> Source:
    """The other texts with the other class as truth of each item."""
    return replace(elsewhere(), vault=Vault(1 - TRUTH[::-1]))


@task("pairs")
def pairs() -> Source:
    """The same texts as answers to questions."""
    answers = np.stack([TEXTS, TEXTS[::-1]], axis=1)
    ids = [str(at) for at in range(90)]
    return make_source("pairs", "multiple choice", ids, answers, ["0", "1"], TRUTH)
'''
FEATURES = '''
import numpy as np
from truing.students.features import features


@features("words")
def words():
    """Counts of letters, in texts of any task."""
    def feature_map(task):
        rows = [[text.count(one) for one in "acdeghmorstuy"] for text in task.texts]
        return task.arrange(np.array(rows, float) ** 2)
    return feature_map
'''
PROBES = ("ccs", "coherence", "crc", "kmeans", "random-direction")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("elicited")
    (made / "tasks.py").write_text(TASKS)
    (made / "words.py").write_text(FEATURES)
    return made


def study(folder, task="clean", weak=None, seeds=1):
    names = weak or [f"{name}:{folder / 'words.py'}:words" for name in PROBES]
    return Study(
        tasks=f"{folder / 'tasks.py'}:{task}",
        weak=names,
        strong=f"{folder / 'words.py'}:words,l2=1",
        methods="naive",
        seeds=seeds,
    )


@pytest.fixture(scope="module")
def clean_and_poisoned(folder):
    """The same study with the truth, and with the other class as truth of every item."""
    found = []
    for name in ("clean", "poisoned"):
        plan, store = make_plan(study(folder, name)), Store(folder / name)
        complete(plan, store, LocalEngine(1))
        found.append((plan, store))
    return found


def elicited(plan, store):
    steps = [step for step in plan.steps.values() if step.kind == "elicit"]
    return {step.key: store.read(step.key)["beliefs"].tobytes() for step in steps}


def test_other_truth_of_all_items_changes_neither_keys_nor_labels_of_probes(clean_and_poisoned):
    clean, poisoned = (elicited(*one) for one in clean_and_poisoned)
    assert len(clean) == len(PROBES)
    assert clean == poisoned


def test_the_order_in_which_a_probe_reads_items_is_independent_of_the_file_order(
    clean_and_poisoned,
):
    plan, _ = clean_and_poisoned[0]
    (source,) = plan.sources.values()
    for step in plan.steps.values():
        if step.kind == "elicit":
            items = step.payload.items.tolist()
            assert items != sorted(items) == source.splits(0).supervise.tolist()


def test_other_truth_of_all_items_leaves_the_students_of_probes_as_they_are(clean_and_poisoned):
    found = [
        {
            key: store.read(key)["beliefs"].tobytes()
            for key, step in plan.steps.items()
            if step.kind == "train student"
        }
        for plan, store in clean_and_poisoned
    ]
    assert len(found[0]) == len(PROBES)
    assert found[0] == found[1]


def test_a_probe_is_given_no_truth(clean_and_poisoned):
    (plan, _), _ = clean_and_poisoned
    (source,) = plan.sources.values()
    truth = source.vault.reveal(np.arange(90), "score")
    for step in plan.steps.values():
        if step.kind != "elicit":
            continue
        assert step.truth is None
        for value in vars(step.payload).values():
            assert not np.array_equal(value, truth[step.payload.items])
        assert set(source.vault.summary()) <= {"ceiling", "score"}


def test_all_probes_share_one_extraction_of_contrast_pairs(clean_and_poisoned):
    (plan, _), _ = clean_and_poisoned
    parents = {
        step.parents["features"][0].key for step in plan.steps.values() if step.kind == "elicit"
    }
    assert len(parents) == 1


def test_a_stored_probe_gives_the_stored_beliefs(clean_and_poisoned):
    (plan, store), _ = clean_and_poisoned
    step = next(step for step in plan.steps.values() if step.kind == "elicit")
    stored = store.read(step.key)
    pairs = store.read(step.parents["features"][0].key)["features"][:90]
    np.testing.assert_allclose(
        Probe.from_arrays(stored).beliefs(pairs), stored["beliefs"], atol=1e-6
    )


def test_oracle_signed_accuracy_is_the_same_under_the_other_truth(clean_and_poisoned):
    clean, poisoned = (make_rows(*one) for one in clean_and_poisoned)
    for row, other in zip(clean, poisoned, strict=True):
        assert "arbitrary" not in row.note
        assert row.weak_accuracy == pytest.approx(1 - other.weak_accuracy)
        signed = row.oracle_signed_accuracy
        assert signed.value == pytest.approx(max(row.weak_accuracy, 1 - row.weak_accuracy))
        assert signed.value == pytest.approx(other.oracle_signed_accuracy.value)
        assert signed.low <= signed.value <= signed.high


def test_only_labels_without_a_sign_have_an_oracle_signed_accuracy(folder, store, alone):
    plan = make_plan(study(folder, weak=["lsa-4", "majority"]))
    complete(plan, store, alone)
    rows = make_rows(plan, store)
    assert [row.oracle_signed_accuracy for row in rows] == [None, None]
    assert "oracle_signed_accuracy" not in json.dumps(rows[0].to_json())


def test_items_with_two_answers_share_their_features_with_the_student(folder, store, alone):
    plan = make_plan(study(folder, "pairs"))
    extractions = [step for step in plan.steps.values() if step.kind == "extract"]
    assert len(extractions) == 1
    complete(plan, store, alone)
    rows = make_rows(plan, store)
    assert all(row.oracle_signed_accuracy.value >= 0.5 for row in rows)
    assert all("the sign of the supervisor's labels is arbitrary" in row.note for row in rows)


def test_an_array_of_contrast_activations_can_be_read_by_a_probe(folder, store, alone, tmp_path):
    task = load_task(f"{folder / 'tasks.py'}:clean").task
    rng = np.random.default_rng(0)
    np.save(tmp_path / "pairs.npy", rng.normal(size=(len(task), 2, 5)))
    plan = make_plan(study(folder, weak=[f"crc:file:{tmp_path / 'pairs.npy'}"]))
    complete(plan, store, alone)
    step = next(step for step in plan.steps.values() if step.kind == "elicit")
    assert store.read(step.key)["beliefs"].shape == (len(task), 2)
    assert len(step.payload.anchors) == 0
    assert len(contrast_of(task).anchors) > 0


def test_features_of_a_script_can_be_read_by_a_probe(folder, store, alone, monkeypatch):
    monkeypatch.setattr(FEATURE_MAPS, "factories", dict(FEATURE_MAPS.factories))

    @truing.features("lengths-{power:P}")
    def lengths(power: int):
        "Powers of the number of words."
        return lambda task: task.arrange(np.array([[len(text)] for text in task.texts]) ** power)

    plan = make_plan(study(folder, weak=["ccs:lengths-2,restarts=1"]))
    assert [one.name for one in plan.needed] == ["lengths"]
    complete(plan, store, alone)
    assert make_rows(plan, store)[0].weak.startswith("ccs")


def test_a_task_with_more_classes_is_reported_in_one_line(folder):
    asked = study(folder).model_copy(update={"tasks": ("digits",)})
    with pytest.raises(DataError, match=r"two classes.* digits has 10 classes") as error:
        make_plan(asked)
    assert "\n" not in str(error.value)


def in_two_tasks(folder, there="elsewhere"):
    return Study(
        tasks=f"{folder / 'tasks.py'}:clean",
        test_on=f"{folder / 'tasks.py'}:{there}",
        weak=[f"ccs:{folder / 'words.py'}:words", "crc:lsa-4"],
        strong="lsa-8",
        methods="naive",
        seeds=2,
    )


@pytest.fixture(scope="module")
def tested(folder):
    """A study that tests on another task, and on the same task with poisoned truth."""
    found = []
    for there in ("elsewhere", "poisoned-elsewhere"):
        plan, store = make_plan(in_two_tasks(folder, there)), Store(folder / there)
        complete(plan, store, LocalEngine(1))
        found.append((plan, store))
    return found


def test_a_probe_of_home_is_normalized_by_the_texts_of_the_other_task(tested):
    (plan, store), _ = tested
    applied = [step for step in plan.steps.values() if step.kind == "apply probe"]
    assert len(applied) == 4
    for step in applied:
        assert step.truth is None
        probe = Probe.from_arrays(store.read(step.parents["trained"][0].key))
        pairs = store.read(step.parents["features"][0].key)["features"]
        expected = probe.normalized_by(pairs[step.payload.items]).beliefs(pairs)
        np.testing.assert_allclose(store.read(step.key)["beliefs"], expected, atol=1e-6)


def test_a_domain_has_its_own_oracle_signed_accuracy(tested):
    for row in make_rows(*tested[0]):
        (there,) = row.shift.domains
        assert there.domain != row.domain
        assert there.oracle_signed_accuracy.value >= max(there.weak_accuracy, 0.5) - 1e-9


def test_truth_of_the_other_task_changes_neither_keys_nor_labels_of_probes(tested):
    found = []
    for plan, store in tested:
        steps = [step for step in plan.steps.values() if step.kind in ("elicit", "apply probe")]
        found.append({step.key: store.read(step.key)["beliefs"].tobytes() for step in steps})
    assert len(found[0]) == 8
    assert found[0] == found[1]


def test_an_array_of_activations_cannot_be_tested_on_another_task(folder, tmp_path):
    np.save(tmp_path / "pairs.npy", np.random.default_rng(0).normal(size=(90, 2, 5)))
    weak = (f"crc:file:{tmp_path / 'pairs.npy'}",)
    asked = in_two_tasks(folder).model_copy(update={"weak": weak})
    with pytest.raises(DataError, match="are an array for the items of cats") as error:
        make_plan(asked)
    assert "\n" not in str(error.value)


def test_rows_state_the_agreement_of_labels_and_student_with_each_distractor(folder, store, alone):
    plan = make_plan(study(folder, "with-length").model_copy(update={"distractor": {"long": 0.8}}))
    complete(plan, store, alone)
    for row in make_rows(plan, store):
        (there,) = row.shift.domains
        for one in (row, there):
            assert set(one.distractors) == {"long"}
            for found in one.distractors["long"].values():
                assert 0.5 <= found.value <= 1
                assert found.low <= found.value <= found.high
        # Where the field always disagrees, agreement up to sign is the oracle-signed accuracy.
        agreement = there.distractors["long"]["weak"].value
        assert agreement == pytest.approx(there.oracle_signed_accuracy.value)
        read = TypeAdapter(Row).validate_python(json.loads(json.dumps(row.to_json())))
        assert read.distractors == row.distractors


def test_rows_without_distractors_state_no_agreement(clean_and_poisoned):
    for row in make_rows(*clean_and_poisoned[0]):
        assert row.distractors is None
        assert "distractors" not in row.to_json()


def test_the_majority_of_home_is_the_label_of_items_of_another_task(folder, store, alone):
    asked = in_two_tasks(folder).model_copy(update={"weak": ("majority",), "seeds": 1})
    plan = make_plan(asked)
    complete(plan, store, alone)
    here, there = (step for step in plan.steps.values() if step.kind == "label")
    share = store.read(here.key)["beliefs"][0]
    assert store.read(there.key)["beliefs"].tolist() == [share.tolist()] * 90
    assert len(there.truth.items) == len(here.truth.items)
    others = plan.sources[asked.test_on[0]]
    assert "supervise" not in others.vault.summary()
