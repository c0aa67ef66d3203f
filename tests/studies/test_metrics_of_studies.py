"""PGR and comparisons by AUROC or balanced accuracy."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from truing.errors import DataError, UserError
from truing.report._majority import majority_notes
from truing.report.page._study_charts import draw_study, seed_pgrs
from truing.studies import (
    LocalEngine,
    PartialRows,
    Row,
    Store,
    Study,
    complete,
    make_plan,
    make_rows,
)

METHODS = ["naive", "confidence", "oracle", "shuffled"]


@pytest.fixture(scope="module")
def reviews():
    """Two classes, one in four positive; the two columns of large variance tell less."""
    rng = np.random.default_rng(0)
    truth = (rng.random(300) < 0.25).astype(int)
    noise = rng.normal(size=(300, 30)) * np.r_[3, 3, np.ones(28)]
    return noise + truth[:, None] * np.r_[2.0, 2.0, np.full(28, 0.4)], truth


@pytest.fixture(scope="module")
def made(reviews, tmp_path_factory):
    """Plan, store and rows by metric; the trainings are shared."""
    store, found = Store(tmp_path_factory.mktemp("metrics")), {}
    for metric in ("accuracy", "auroc", "balanced_accuracy"):
        study = Study(
            tasks={"rare": reviews},
            weak="pca-2",
            strong="pca-24",
            methods=METHODS,
            seeds=3,
            metric=metric,
        )
        plan = make_plan(study)
        complete(plan, store, LocalEngine(1))
        found[metric] = plan, {row.method: row for row in make_rows(plan, store)}
    return store, found


def scored(made, metric, role, value):
    """Mean over seeds of a metric of scikit-learn, for naive training."""
    store, found = made
    plan, _ = found[metric]
    score = plan.lines[0].score
    truth = score.truth.reveal()
    beliefs = [store.read(s.key)["beliefs"][score.payload.items] for s in score.parents[role]]
    return np.mean([value(truth, one) for one in beliefs])


@pytest.mark.parametrize("role", ["weak", "transfer", "ceiling"])
def test_the_metric_is_that_of_scikit_learn(made, role):
    _, found = made
    value = {
        "auroc": lambda truth, one: roc_auc_score(truth, one[:, 1]),
        "balanced_accuracy": lambda truth, one: balanced_accuracy_score(truth, one.argmax(1)),
    }
    for metric, of in value.items():
        row = found[metric][1]["naive"]
        expected = scored(made, metric, role, of)
        assert row.score(role).value == pytest.approx(expected)
        assert np.mean(row.by_seed[role]) == pytest.approx(expected)
        assert row.score(role).low < expected < row.score(role).high


def test_pgr_and_differences_follow_the_metric_and_accuracies_stay(made):
    _, found = made
    plain = found["accuracy"][1]
    for metric in ("auroc", "balanced_accuracy"):
        rows = found[metric][1]
        row = rows["naive"]
        weak, transfer, ceiling = (row.score(r).value for r in ("weak", "transfer", "ceiling"))
        assert row.pgr == pytest.approx((transfer - weak) / (ceiling - weak))
        assert np.mean(seed_pgrs(row)) == pytest.approx(row.pgr)
        assert row.accuracy("transfer") == plain["naive"].accuracy("transfer")
        assert row.class_balance == plain["naive"].class_balance
        apart = rows["confidence"].score("transfer").value - transfer
        assert rows["confidence"].difference.value == pytest.approx(apart)
        assert rows["oracle"].pgr == 1
        assert rows["shuffled"].pgr < 0
        assert str(row).split(": ")[2].startswith({"auroc": "AUROC"}.get(metric, "balanced"))


def test_a_control_is_compared_with_the_chance_level_of_the_metric(made):
    notes = " ".join(majority_notes(list(made[1]["auroc"][1].values())))
    assert "than chance AUROC 0.500" in notes
    assert "the majority rate 0." not in notes


def test_charts_name_the_metric(made):
    for drawing in draw_study(list(made[1]["auroc"][1].values())):
        assert "ccuracy" not in drawing.title + drawing.reading, drawing.name


def test_rows_without_the_new_fields_are_readable(made):
    old = asdict(made[1]["accuracy"][1]["naive"])
    del old["metric"], old["class_balance"]
    row = Row(**old)
    assert (row.metric, row.score("weak").value) == ("accuracy", row.weak_accuracy)


def test_partial_rows_have_the_metric(made):
    store, found = made
    plan, rows = found["auroc"]
    partial = {row["method"]: row for row in PartialRows(plan, store)()}
    assert json.loads(json.dumps(partial["naive"]))["metric"] == "auroc"
    assert partial["naive"]["pgr"] == rows["naive"].pgr
    shown = partial["naive"]["class_balance"]["transfer"]
    assert shown["auroc"] == pytest.approx(rows["naive"].score("transfer").value)


def test_a_task_without_two_classes_is_refused_before_it_runs(reviews):
    def planned(task, metric):
        return make_plan(
            Study(tasks=task, weak="pca-2", strong="pca-4", methods="naive", metric=metric)
        )

    with pytest.raises(UserError, match="two classes; task 'digits' has 10; use balanced_accuracy"):
        planned("digits", "auroc")
    pairs = [{"text": f"q{n}", "choices": ["a", f"b{n}"], "truth": "a"} for n in range(40)]
    with pytest.raises(UserError, match="items of task 'rows' have their own choices; use metric"):
        planned([pairs], "balanced_accuracy")
    with pytest.raises(UserError, match=r"metric .*'accuracy', 'auroc' or 'balanced_accuracy'"):
        planned("digits", "f1")


def test_a_class_with_a_single_test_item_is_refused(reviews, tmp_path):
    features, truth = reviews
    truth = np.zeros(300, int)
    truth[:4] = 1
    study = Study(
        tasks={"few": (features, truth)},
        weak="pca-2",
        strong="pca-4",
        methods="naive",
        metric="auroc",
        seeds=1,
    )
    with pytest.raises(DataError, match="auroc needs 2 or more test items of each class"):
        complete(make_plan(study), Store(tmp_path), LocalEngine(1))
