"""Arrays, functions and estimators in a study do what files and names of the same content do."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

import truing
from tests.conftest import write_jsonl
from truing.errors import DataError, UserError
from truing.lab import read_run
from truing.methods import give_methods
from truing.students import give_students
from truing.students.features import FEATURES
from truing.studies import LocalEngine, Store, Study, make_plan, run_plan
from truing.supervisors import Labeler, give_supervisors
from truing.tasks import load_task

WORDS = ("weak_accuracy", "transfer_accuracy", "ceiling_accuracy", "pgr_low", "pgr_high")


@pytest.fixture
def task(tiny):
    return load_task(str(tiny)).task


@pytest.fixture
def labels(task):
    return np.random.default_rng(0).dirichlet(np.full(3, 0.5), size=len(task))


def results(tiny, engine=None, **parts):
    study = Study(**{"tasks": str(tiny), "weak": "pca-1", "strong": "pca-5", **parts}, seeds=2)
    rows = run_plan(make_plan(study), engine=engine or LocalEngine(1)).rows
    return [[getattr(row, word) for word in WORDS] for row in rows]


def check(tiny, **parts):
    """Plan a study."""
    study = {"tasks": str(tiny), "weak": "pca-1", "strong": "pca-5", "methods": "naive", **parts}
    return make_plan(Study(**study, seeds=2))


def test_a_label_array_is_the_recorded_labels(tmp_path, tiny, task, labels):
    rows = [
        {"id": one, "probabilities": own}
        for one, own in zip(task.ids, labels.tolist(), strict=True)
    ]
    file = write_jsonl(tmp_path / "labels.jsonl", rows)
    expected = results(tiny, weak=f"recorded:{file}", methods="naive")
    assert results(tiny, weak=labels, methods="naive") == expected
    assert results(tiny, weak=pd.DataFrame(labels), methods="naive") == expected


def test_columns_of_a_data_frame_are_classes_in_any_order(tiny, task, labels):
    expected = results(tiny, weak=labels, methods="naive")
    frame = pd.DataFrame(labels, columns=list(task.choices))
    turned = frame[list(reversed(task.choices))]
    assert results(tiny, weak=turned, methods="naive") == expected
    assert results(tiny, weak=lambda items: turned, methods="naive") == expected
    with pytest.raises(DataError, match=r"the columns x, b, c are not the classes a, b, c; name"):
        results(tiny, weak=frame.rename(columns={"a": "x"}), methods="naive")


def test_choices_are_names_or_indices(tiny, task, labels):
    index = labels.argmax(axis=1)
    names = np.array(task.choices)[index]
    expected = results(tiny, weak=np.eye(3)[index], methods="naive")
    given = [index, index.astype(float), names, names.astype(object), pd.Series(names)]
    for same in (*given, index.tolist(), np.eye(3)[index].tolist(), {"labels": names.tolist()}):
        assert results(tiny, weak=same, methods="naive") == expected


def test_a_function_receives_the_items_without_their_truth_and_once_for_all_seeds(tiny, labels):
    seen = []

    def by_hand(items):
        seen.append([sorted(vars(item)) for item in items])
        return ["abc"[int(item.stem[:3].argmax())] for item in items]

    plan = check(tiny, weak=truing.supervisors.Labeler(lambda *_: labels))
    assert len([step for step in plan.steps.values() if step.kind == "label"]) == 2
    plan = check(tiny, weak=by_hand)
    (step,) = [step for step in plan.steps.values() if step.kind == "label"]
    assert step.truth is None
    run_plan(plan, engine=LocalEngine(1))
    fields = {name for items in seen for item in items for name in item}
    assert not {"truth", "label"} & fields


def test_a_feature_array_is_the_features_in_a_file(tmp_path, tiny, task):
    rows = np.random.default_rng(1).normal(size=(len(task), 4)) + task.inputs[:, :4]
    np.save(tmp_path / "rows.npy", rows)
    methods = ["naive", "confidence"]
    expected = results(tiny, strong=f"file:{tmp_path / 'rows.npy'}", methods=methods)
    assert results(tiny, strong=rows, methods=methods) == expected
    assert results(tiny, strong=lambda task: rows, methods=methods) == expected


def test_an_object_and_its_name_have_the_same_key(tiny):
    objects = check(tiny, strong=GaussianNB(var_smoothing=1e-3))
    names = check(tiny, strong="sklearn/GaussianNB,var_smoothing=1e-3")
    assert objects.steps.keys() == names.steps.keys()


def test_a_changed_parameter_changes_the_keys_of_the_fits_and_no_others(tiny):
    def keys(estimator):
        steps = check(tiny, strong=estimator).steps
        return {key for key in steps if steps[key].kind.startswith("fit")}, {
            key for key in steps if steps[key].kind in ("extract", "train supervisor")
        }

    fits, others = keys(make_pipeline(LogisticRegression(C=1.0)))
    changed, same = keys(make_pipeline(LogisticRegression(C=2.0)))
    assert len(fits) == len(changed) == 4
    assert not fits & changed
    assert others == same


def test_an_estimator_supervises_as_a_weak_model(tiny):
    plan = check(tiny, weak=GaussianNB())
    kinds = [step.kind for step in plan.steps.values()]
    assert kinds.count("fit supervisor") == 2
    (source,) = plan.sources.values()
    run_plan(plan, engine=LocalEngine(1))
    supervise = [len(source.task.splits(seed).supervise) for seed in (0, 1)]
    assert source.vault.summary()["supervise"] == {"times": 2, "items": sum(supervise)}


METHODS = ["naive", "confidence", "co-teaching", "knn-relabel", "ensemble,members=2", "oracle"]


def test_estimators_follow_every_kind_of_method_in_one_process_and_in_two(tmp_path, tiny, warm):
    strong = [GaussianNB(), truing.EstimatorStudent(GaussianNB(), features="pca-3")]
    found = [
        run_plan(
            make_plan(
                Study(tasks=str(tiny), weak="pca-1", strong=strong, methods=METHODS, seeds=2)
            ),
            engine=LocalEngine(count),
            store=Store(tmp_path / f"store{count}"),
        ).rows
        for count in (1, 2)
    ]
    assert found[0] == found[1]
    assert len(found[0]) == 12
    assert all(row.regime == "scikit-learn estimators" for row in found[0])
    oracles = [row for row in found[0] if row.method == "oracle"]
    assert [row.transfer_accuracy for row in oracles] == [row.ceiling_accuracy for row in oracles]


def test_fits_that_do_not_converge_are_noted_in_the_row(tiny):
    def note(iterations):
        plan = check(tiny, strong=LogisticRegression(max_iter=iterations))
        return run_plan(plan, engine=LocalEngine(1)).rows[0].note

    assert "fits of LogisticRegression did not converge" in note(1)
    assert "converge" not in note(1000)


def test_intermediate_students_of_an_estimator_must_be_named(tiny):
    with pytest.raises(UserError, match="name the intermediate students: bootstrap,rungs=A"):
        check(tiny, strong=GaussianNB(), methods="bootstrap")
    named = check(tiny, strong=GaussianNB(), methods="bootstrap,rungs=pca-2+sklearn/GaussianNB")
    kinds = [step.kind for step in named.steps.values()]
    assert kinds.count("train student") == 2
    assert kinds.count("fit student") == 4


def test_a_dict_names_objects_in_tables(tiny, labels):
    plan = check(tiny, weak=[{"my labels": labels}, "pca-1"], strong={"bayes": GaussianNB()})
    assert [(line.weak, line.strong) for line in plan.lines] == [
        ("my-labels", "bayes"),
        ("pca-1", "bayes"),
    ]


def test_objects_with_the_same_name_keep_their_digests(tiny):
    plan = check(tiny, strong=[GaussianNB(), GaussianNB(var_smoothing=1.0)])
    first, second = [line.strong for line in plan.lines]
    assert first.partition("@")[0] == second.partition("@")[0] == "GaussianNB"
    assert first != second


@pytest.mark.parametrize(
    ("weak", "words"),
    [
        (np.full((10, 3), 1 / 3), r"'labels': labels have shape \(10, 3\).*needs \(160, 3\) proba"),
        (np.full((160, 2), 0.5), r"\(160, 3\) probabilities, or \(160,\) names or indices"),
        (
            np.full(160, 0.5),
            r"a vector of floats such as 0.5; probabilities need the shape \(160, 3",
        ),
        (np.full(160, np.nan), r"the label of item 'i0' is missing \(NaN\)"),
        ([[0.5, 0.5], [1.0]] * 80, "the rows of the list have different lengths"),
        ([None] * 160, "the list contains None; every item needs a value"),
        (["a", "b"] * 80, "a list of texts names supervisors, .* pass labels as an array"),
        (np.full(160, 3), "item 'i0'.*3"),
        (np.full(160, "d"), "item 'i0'.*'d'"),
        (np.full((160, 3), 0.5), r"item 'i0' are not probabilities: \[0.5, 0.5, 0.5\] must be"),
        (np.full((160, 3), np.nan), "item 'i0' are not .* an item without a label can have equal"),
    ],
)
def test_labels_that_do_not_fit_the_task_are_refused_when_a_study_is_planned(tiny, weak, words):
    with pytest.raises(UserError, match=words) as found:
        check(tiny, weak=weak)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("strong", "words"),
    [
        (np.zeros((10, 3)), r"'features' have shape \(10, 3\); the shape for .* \(160, columns\)"),
        (np.zeros((160, 3, 2)), r"have shape \(160, 3, 2\)"),
        (np.full((160, 2), "a"), "must be integers or floats"),
    ],
)
def test_features_that_do_not_fit_the_task_are_refused_when_a_study_is_planned(tiny, strong, words):
    with pytest.raises(DataError, match=words):
        check(tiny, strong=strong)


@pytest.mark.parametrize(
    ("give", "one", "words"),
    [
        (give_supervisors, [object()], "weak must be a name, a label array, a function"),
        (give_supervisors, {"mine": "pca-4"}, "a dict names objects"),
        (give_supervisors, np.array([{}, {}]), "this ndarray is not an array of numbers or texts"),
        (give_students, [None], "strong must be a name, an array or a function"),
        (give_methods, type("Rule", (), {}), "Rule is a class; pass an object, Rule"),
        (give_students, GaussianNB, "GaussianNB is a class; pass an estimator"),
    ],
)
def test_other_objects_are_refused_in_one_line(give, one, words):
    with pytest.raises(UserError, match=words) as found:
        give(one)
    assert "\n" not in str(found.value)


def test_a_function_that_fails_is_named_with_its_line(tiny):
    def broken(items):
        return items[0].nothing

    with pytest.raises(DataError, match=r"supervisor 'broken' failed: .*in broken, line 2"):
        run_plan(check(tiny, weak=broken), engine=LocalEngine(1))


@pytest.fixture
def reviews(tmp_path):
    words = ["good", "bad"]
    rows = [{"text": f"a {words[i % 2]} cat {i}", "truth": words[i % 2]} for i in range(80)]
    return write_jsonl(tmp_path / "reviews.jsonl", rows)


def test_a_pipeline_reads_texts_and_other_estimators_need_features(reviews):
    words = make_pipeline(TfidfVectorizer(), LogisticRegression(C=100))
    (row,) = results(reviews, weak="lsa-2", strong=words, methods="naive")
    assert row[WORDS.index("ceiling_accuracy")] > 0.9
    with pytest.raises(DataError, match="'GaussianNB' cannot read the texts of reviews"):
        check(reviews, weak="lsa-2", strong=GaussianNB())
    check(reviews, weak="lsa-2", strong=truing.EstimatorStudent(GaussianNB(), "lsa-2"))
    prepared = check(reviews, weak="lsa-2", strong=words, methods="knn-relabel").steps.values()
    extracted = [step.payload.features for step in prepared if step.kind == "extract"]
    assert extracted == ["lsa-2", "lsa-16"]


def test_items_with_their_own_choices_are_refused():
    study = Study(
        tasks="tests/testing/small_tasks.py:pairs",
        weak="lsa-2",
        strong=GaussianNB(),
        methods="naive",
    )
    with pytest.raises(DataError, match="the items of pairs have their own choices"):
        make_plan(study)


SCRIPT = """
import numpy as np, truing
from sklearn.base import BaseEstimator, ClassifierMixin

def first(items):
    return ["abc"[helper(item)] for item in items]

def helper(item):
    return int(item.stem[:3].argmax())

class Majority(ClassifierMixin, BaseEstimator):
    def fit(self, X, y, sample_weight):
        self.shares = np.bincount(y, sample_weight) / sample_weight.sum()
        return self
    def predict_proba(self, X):
        return np.tile(self.shares, (len(X), 1))

if __name__ == "__main__":
    study = truing.Study(tasks={task!r}, weak=first, strong=Majority(), methods="naive", seeds=2)
    result = truing.run(study, out="out", engine=truing.LocalEngine({workers}))
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_the_objects_of_a_script_reach_workers_and_stay_in_the_run_folder(
    tmp_path, tiny, workers, warm
):
    (tmp_path / "script.py").write_text(SCRIPT.format(task=str(tiny), workers=workers))
    subprocess.run([warm, "script.py"], cwd=tmp_path, check=True)
    (row,) = map(json.loads, (tmp_path / "out" / "results.jsonl").read_text().splitlines())
    assert (row["weak"], row["strong"]) == ("first", "Majority")
    assert row["weak_accuracy"] > row["transfer_accuracy"]
    (tmp_path / "script.py").unlink()
    again = [warm, "-m", "truing", "run", "out", "--out", "again"]
    subprocess.run(again, cwd=tmp_path, check=True)
    assert (tmp_path / "again" / "results.jsonl").read_text() == (
        tmp_path / "out" / "results.jsonl"
    ).read_text()


def test_a_labeler_keeps_what_it_sees(tiny):
    def label(task, truth, rng):
        return np.eye(3)[np.maximum(truth, 0)]

    plan = check(tiny, weak=Labeler(label, sees="supervise"))
    steps = [step for step in plan.steps.values() if step.kind == "label"]
    splits = next(iter(plan.sources.values())).task.splits
    assert [len(step.truth.items) for step in steps] == [len(splits(s).supervise) for s in (0, 1)]
    simulated = check(tiny, weak=replace(Labeler(label), sees="everything"))
    assert all(line.simulated for line in simulated.lines)


NOTEBOOK = """
import sys, truing

@truing.features("first-{count:K}")
def first(count: int):
    return lambda task: task.inputs[:, :count]

def chain(weak, strong):
    return ("first-2", "first-4,l2=0.5")

follow = truing.Method(targets=truing.methods.follow, static=True, rungs=chain)
study = truing.Study(
    tasks=sys.argv[1], weak="first-1", strong="sklearn/GaussianNB,features=first-5", seeds=2,
    methods=["naive", "bootstrap,rungs=first-2+first-4:l2=0.5", {"chain": follow}],
)
rows = truing.run(study, out=sys.argv[2], engine=truing.LocalEngine(2)).rows
print([row.method for row in rows], rows[1].transfer_accuracy == rows[2].transfer_accuracy)
"""


def test_registered_names_inside_arguments_reach_workers_and_the_run_folder(tmp_path, tiny, warm):
    said = python(warm, tmp_path, "-c", NOTEBOOK, str(tiny), "run")
    assert said == "['naive', 'bootstrap,rungs=first:count=2+first:count=4:l2=0.5', 'chain'] True"
    study = read_run(tmp_path / "run")  # this process has registered no features `first`
    assert Study(**study.model_dump()) == study
    again = truing.run(study, out=tmp_path / "again", engine=truing.LocalEngine(2))
    assert again.rows == truing.load(tmp_path / "run").rows


def test_names_that_a_method_computes_mean_what_they_meant_when_the_study_was_made(
    tiny, monkeypatch
):
    monkeypatch.setattr(FEATURES, "factories", dict(FEATURES.factories))
    chained = truing.Method(
        targets=truing.methods.follow, static=True, rungs=lambda weak, strong: ("part-2",)
    )

    def studied(first):
        @truing.features("part-{count:K}")
        def part(count: int):
            return lambda task: task.inputs[:, first : first + count]

        names = {"tasks": str(tiny), "weak": "pca-1", "strong": "pca-5", "seeds": 1}
        return Study(**names, methods=[{"chain": chained}, {"other": chained}])

    before, after = studied(0), studied(1)
    assert before.methods != after.methods
    assert Study(**before.model_dump()) == before
    labels = [
        {str(step.payload.specifications) for step in make_plan(one).steps.values()}
        for one in (before, after)
    ]
    assert labels[0] != labels[1]
    assert studied(0) == before


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("pca-4", r"the rungs of chain must be a tuple of names .* such as \('pca-8',\), got 'pca"),
        (("pca-4", "pac-4"), "unknown"),
        (None, "must be a tuple of names of students"),
    ],
)
def test_wrong_rungs_of_a_given_method_are_one_line(tiny, returned, message):
    wrong = truing.Method(truing.methods.follow, static=True, rungs=lambda weak, strong: returned)
    with pytest.raises(UserError, match=message) as caught:
        check(tiny, strong="pca-5", methods={"chain": wrong})
    assert "\n" not in str(caught.value)


def test_rungs_that_fail_are_one_line(tiny):
    wrong = truing.Method(truing.methods.follow, rungs=lambda weak, strong: (strong.layers,))
    with pytest.raises(UserError, match=r"the rungs of chain failed: .*'str' object has no attr"):
        check(tiny, strong="pca-5", methods={"chain": wrong})


def python(program, folder, *words) -> str:
    done = subprocess.run([program, *words], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
