"""Truth never leaks under shift: no domain's truth reaches training, choices or labels.

The truth of test items is replaced: of other tasks on which models are tested, of test items that a
designed shift selects, and of the test items of home. Everything but the scores stays the same.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from tests.students.tiny import make_tiny
from truing import EstimatorStudent, load_task
from truing.studies import LocalEngine, Store, Study, complete, make_plan
from truing.studies._measure import Measuring
from truing.supervisors import combine

SCORING = ("score", "compare", "shift", "diagnose")
BAYES = EstimatorStudent(GaussianNB(), features="pca-3")
WEAK = ["pca-2", "mean:pca-2+pca-3", combine("agree", ["pca-2,l2=auto", BAYES])]
DESIGN = {"learn": "hardness<=0.5", "test": ("hardness>0.5", "hardness>0.6")}


def rows_of(seed, count=240):
    """Vectors of two classes with a hardness and a distractor, which agrees with most truths."""
    rng = np.random.default_rng(seed)
    truth, hardness = rng.integers(2, size=count), rng.random(count).round(3)
    vectors = rng.normal(size=(count, 6)).round(4)
    vectors[:, :3] += 2 * (1 - hardness)[:, None] * (2 * truth - 1)[:, None]
    liked = np.where(rng.random(count) < 0.7, truth, 1 - truth)
    columns = zip(vectors.tolist(), truth.tolist(), hardness.tolist(), liked.tolist(), strict=True)
    return [
        {"id": f"{seed}-{n}", "vector": v, "truth": "ab"[t], "hardness": h, "liked": "ny"[d]}
        for n, (v, t, h, d) in enumerate(columns)
    ]


def poisoned(rows, items):
    """The rows with the other truth for some items."""
    swap = {"a": "b", "b": "a"}
    return [
        {**row, "truth": swap[row["truth"]]} if n in items else row for n, row in enumerate(rows)
    ]


HOME, NEAR, EASY = rows_of(0), rows_of(1), rows_of(2)
TASK = load_task(HOME, name="home").task
TESTED = set(TASK.splits(0).test.tolist()) | set(TASK.splits(0).sealed.tolist())
EVERY = set(range(240))


def study(home=HOME, near=NEAR, easy=EASY, **changes):
    task = load_task(easy, name="easy").specification
    transfer = f"easy-to-hard:pca-2,task={task}"
    given = {
        "tasks": load_task(home, name="home"),
        "weak": [*WEAK, "easy-to-hard:pca-2,share=0.6", transfer],
        "strong": ["pixels", BAYES],
        "methods": ["naive", "knn-relabel"],
        "seeds": 1,
    }
    return Study(**{**given, **changes})


def results(plan, folder):
    """Bytes of all results that are no scores, by key, and whether the steps received truth."""
    store = Store(folder)
    complete(plan, store, LocalEngine(1))
    return {
        key: {name: array.tobytes() for name, array in store.read(key).items()}
        for key, step in plan.steps.items()
        if step.kind not in SCORING
    }


def scores(plan):
    return {key for key, step in plan.steps.items() if step.kind in SCORING}


@pytest.fixture(scope="module")
def on_another_task(tmp_path_factory):
    """Results of a study that is tested on another task, which is easy for a supervisor, too."""
    plan = make_plan(study(test_on=[load_task(NEAR, name="near"), load_task(EASY, name="easy")]))
    return plan, results(plan, tmp_path_factory.mktemp("clean"))


def test_the_truth_of_another_task_on_which_models_are_tested_reaches_scores_only(
    on_another_task, tmp_path
):
    clean, wanted = on_another_task
    near = load_task(poisoned(NEAR, EVERY), name="near")
    plan = make_plan(study(test_on=[near, load_task(EASY, name="easy")]))
    assert results(plan, tmp_path) == wanted
    assert scores(plan) != scores(clean)  # it was poison


def test_the_truth_of_test_items_of_an_easy_task_reaches_scores_only(on_another_task, tmp_path):
    """The easy task is a domain, too: a supervisor learns its other items."""
    clean, wanted = on_another_task
    splits = load_task(EASY, name="easy").task.splits(0)
    easy = poisoned(EASY, {*splits.test.tolist(), *splits.sealed.tolist()})
    tested = [load_task(NEAR, name="near"), load_task(easy, name="easy")]
    plan = make_plan(study(easy=easy, test_on=tested))
    assert {step.kind for step in plan.steps.values()} >= {"apply", "combine", "train ceiling"}
    assert results(plan, tmp_path) == wanted
    assert scores(plan) != scores(clean)


@pytest.mark.parametrize(
    "design",
    [DESIGN, {**DESIGN, "balance": 0.3}, {"distractor": {"liked:y": 0.8}}, {"balance": 0.3}],
    ids=["conditions", "conditions and balance", "distractor", "balance"],
)
def test_the_truth_of_test_items_of_a_designed_shift_reaches_scores_only(design, tmp_path):
    clean = make_plan(study(methods="naive", **design))
    plan = make_plan(study(home=poisoned(HOME, TESTED), methods="naive", **design))
    assert clean.lines[0].domains
    assert results(plan, tmp_path / "poisoned") == results(clean, tmp_path / "clean")
    assert scores(plan) != scores(clean)


def test_the_truth_of_test_and_sealed_items_does_not_enter_measured_hardness(tmp_path):
    """Hardness decides which items are learned, so that truth would reach every training."""

    def keys(rows, folder):
        others = [
            {name: value for name, value in row.items() if name != "hardness"} for row in rows
        ]
        asked = {"hardness": "pca-2", "learn": "hardness<=0.6", "methods": "naive"}
        measuring = Measuring(LocalEngine(1), Store(folder))
        plan = make_plan(study(home=others, **asked), measuring)
        return [(step.kind, step.key) for step in (*measuring.ran, *plan.steps.values())]

    clean = keys(HOME, tmp_path / "clean")
    other = keys(poisoned(HOME, TESTED), tmp_path / "poisoned")
    changed = {one[0] for one, two in zip(clean, other, strict=True) if one != two}
    assert changed == {"score", "shift"}


def test_trainings_are_asked_about_items_that_do_not_depend_on_the_truth_of_test_items(tmp_path):
    """A fine-tuned model is not stored: its training knows the items about which it is asked."""
    checkpoint = make_tiny("gpt2", tmp_path)

    def keys(rows):
        texts = [{**row, "text": f"number {row['id']}"} for row in rows]
        for row in texts:
            del row["vector"]
        changes = {"weak": "lsa-4", "strong": f"hf/{checkpoint}", "methods": "naive"}
        home = load_task(texts, name="home")
        plan = make_plan(Study(tasks=home, seeds=1, distractor={"liked:y": 0.8}, **changes))
        return {step.kind: step.key for step in plan.steps.values()}

    clean, other = keys(HOME), keys(poisoned(HOME, TESTED))
    assert "finetune student" in clean
    assert {kind for kind in clean if clean[kind] != other[kind]} == {"score", "shift"}
