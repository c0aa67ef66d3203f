"""Truth never leaks: what a student is made from is made without it."""

from __future__ import annotations

import numpy as np
import pytest

from truing.errors import UserError
from truing.methods import METHODS
from truing.studies import LocalEngine, Store, Study, complete, make_plan
from truing.studies._complete import _batches, _ready

POISON = '''
import numpy as np
from truing.tasks import Source, Vault, load_task, task

@task("clean")
def clean() -> Source:
    """Digits."""
    return load_task("digits")

@task("poisoned")
def poisoned() -> Source:
    """Digits, with the truth of seed 0's learn split turned round."""
    source = load_task("digits")
    truth = source.vault.reveal(np.arange(1797), "score").copy()
    learn = source.task.splits(0).learn
    truth[learn] = (truth[learn] + 1 + np.arange(len(learn)) % 9) % 10
    return Source(source.task, Vault(truth))
'''
BAYES = "sklearn/GaussianNB,features=pca-8"
STUDENTS = [name for name in METHODS.describe() if name != "oracle"]


def beliefs(plan, store, kind):
    return {
        key: store.read(key)["beliefs"].tobytes()
        for key, step in plan.steps.items()
        if step.kind == kind
    }


@pytest.fixture(scope="module")
def clean_and_poisoned(tmp_path_factory):
    """The same study of every method on clean digits and on poisoned ones, each in its store."""
    folder = tmp_path_factory.mktemp("poison")
    (folder / "tasks.py").write_text(POISON)
    found = []
    for name in ("clean", "poisoned"):
        study = Study(
            tasks=f"{folder / 'tasks.py'}:{name}",
            weak="pca-8",
            strong="spectral-16",
            methods=STUDENTS,
            seeds=1,
        )
        plan, store = make_plan(study), Store(folder / name)
        complete(plan, store, LocalEngine(1))
        found.append((plan, store))
    return found


@pytest.fixture(scope="module")
def estimators(tmp_path_factory):
    """Estimators on clean digits and on poisoned ones, each in its store."""
    folder = tmp_path_factory.mktemp("estimators")
    (folder / "tasks.py").write_text(POISON)
    found = []
    for name in ("clean", "poisoned"):
        study = Study(
            tasks=f"{folder / 'tasks.py'}:{name}",
            weak=BAYES,
            strong="sklearn/GaussianNB",
            methods=["naive", "knn-relabel", "co-teaching"],
            seeds=1,
        )
        plan, store = make_plan(study), Store(folder / name)
        complete(plan, store, LocalEngine(1))
        found.append((plan, store))
    return found


@pytest.mark.parametrize(
    ("kind", "count", "same"),
    [("fit student", 3, True), ("fit supervisor", 1, True), ("fit ceiling", 2, False)],
)
def test_poisoning_the_learn_split_changes_the_ceilings_of_estimators_only(
    estimators, kind, count, same
):
    clean, poisoned = (beliefs(*one, kind) for one in estimators)
    assert len(clean) == count
    assert bool(set(clean.values()) & set(poisoned.values())) == same
    assert not same or clean == poisoned


@pytest.mark.parametrize("kind", ["train student", "train supervisor"])
def test_poisoning_the_learn_split_leaves_every_student_byte_identical(clean_and_poisoned, kind):
    (plan, store), (poisoned_plan, poisoned_store) = clean_and_poisoned
    clean = beliefs(plan, store, kind)
    assert len(clean) == {"train student": len(STUDENTS) + 2, "train supervisor": 1}[kind]
    assert clean == beliefs(poisoned_plan, poisoned_store, kind)


def test_poisoning_the_learn_split_does_change_the_ceilings(clean_and_poisoned):
    (plan, store), (poisoned_plan, poisoned_store) = clean_and_poisoned
    clean = beliefs(plan, store, "train ceiling")
    assert not set(clean.values()) & set(
        beliefs(poisoned_plan, poisoned_store, "train ceiling").values()
    )


@pytest.mark.parametrize(
    ("work", "strong"), [("train", "pca-5"), ("fit", "sklearn/GaussianNB,features=pca-5")]
)
def test_a_student_gets_no_truth_and_shares_no_batch_with_a_ceiling(
    tiny_study, store, alone, work, strong
):
    plan = make_plan(tiny_study.model_copy(update={"strong": (strong,)}))
    seen = {}
    while missing := plan.missing(store):
        batches = _batches(_ready(missing), 1)
        for batch in batches:
            seen.setdefault(batch.kind, []).extend(job.truth is not None for job in batch.jobs)
        list(alone.run(batches, store.folder))
    assert not any(seen[f"{work} student"])
    assert all(seen[f"{work} ceiling"])
    assert all(seen["train supervisor"])
    assert not any(seen["extract"])


def test_each_purpose_sees_its_own_split_only(tiny_study, store, alone):
    plan = make_plan(tiny_study)
    complete(plan, store, alone)
    (source,) = plan.sources.values()
    splits = source.task.splits(0)
    seen = source.vault.summary()
    assert set(seen) == {"supervise", "ceiling", "score"}
    assert seen["supervise"] == {"times": 2, "items": 2 * len(splits.supervise)}
    assert seen["ceiling"] == {"times": 2, "items": 2 * len(splits.learn)}
    assert seen["score"]["items"] == seen["score"]["times"] * len(splits.test)


def test_truth_reaches_the_store_only_in_scores(tiny_study, store, alone):
    plan = make_plan(tiny_study)
    complete(plan, store, alone)
    (source,) = plan.sources.values()
    truth = source.vault.reveal(np.arange(len(source.task)), "score")
    for key, step in plan.steps.items():
        if step.kind in ("score", "compare"):
            continue
        for array in store.read(key).values():
            assert not np.array_equal(np.argmax(array, axis=-1), truth)


def test_only_the_oracle_may_learn_the_truth(tmp_path, tiny):
    path = tmp_path / "cheat.py"
    path.write_text(
        "from truing.methods import Method, follow, method\n"
        "@method('cheat')\n"
        "def cheat() -> Method:\n"
        "    'Asks for the truth.'\n"
        "    return Method(targets=follow, static=True, labels='truth')\n"
    )
    study = Study(tasks=str(tiny), weak="pca-1", strong="pca-4", methods=f"{path}:cheat", seeds=1)
    with pytest.raises(UserError, match="only `oracle` may learn the ground truth"):
        make_plan(study)


def test_a_method_sees_renumbered_clusters():
    from truing.methods import Method, Training, follow, train

    seen = []

    def prepare(evidence):
        seen.append(evidence.clusters)
        return evidence.weak, np.ones(len(evidence.weak))

    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(100, 3)), rng.dirichlet(np.ones(2), size=60)
    learn = np.arange(40, 100)
    method = Method(targets=follow, static=True, prepare=prepare)
    train(features, [Training(method, "spy", learn, labels, learn // 2, 1.0, "key")])
    (clusters,) = seen
    assert sorted(set(clusters)) == list(range(30))
    assert all(clusters[i] == clusters[i + 1] for i in range(0, 60, 2))
    assert abs(np.corrcoef(clusters, learn)[0, 1]) < 0.5
