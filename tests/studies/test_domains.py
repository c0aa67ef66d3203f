"""Domains: models that are trained on one task and tested on others."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import truing
from tests.students.tiny import make_tiny
from tests.studies.test_finetuned_studies import rows_of_reviews
from truing import load_task
from truing.errors import UserError
from truing.measures import DomainScores, correctness, estimate_shift
from truing.studies import LocalEngine, Store, Study, complete, make_plan
from truing.studies.work import TrainPayload, read_features
from truing.supervisors import combine

COUNT = 120
METHODS = ["naive", "confidence"]


def arrays(seed, turn=0.0, count=COUNT):
    """Vectors whose class is the sign of a direction, which turns."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(count, 6))
    direction = np.array([np.cos(turn), np.sin(turn), 0, 0, 0, 0])
    return X, (X @ direction + 0.3 * rng.normal(size=count) > 0).astype(int)


def named(seed, name, turn=0.0):
    return load_task(arrays(seed, turn), name=name)


def study(**changes):
    given = {
        "tasks": named(0, "here"),
        "weak": "pca-2",
        "strong": "pixels,l2=1",
        "methods": METHODS,
        "seeds": 2,
        "test_on": [named(1, "near"), named(2, "far", turn=1.0)],
    }
    return Study(**{**given, **changes})


@pytest.fixture(scope="module")
def plan_and_store(tmp_path_factory):
    plan, store = make_plan(study()), Store(tmp_path_factory.mktemp("domains"))
    complete(plan, store, LocalEngine(1))
    return plan, store


@pytest.fixture(scope="module")
def result(plan_and_store, tmp_path_factory):
    _, store = plan_and_store
    return truing.run(study(), out=tmp_path_factory.mktemp("run"), store=store, progress=False)


def test_each_row_has_a_row_for_each_domain(result):
    for row in result.rows:
        assert row.domain == "home"
        assert [one.domain for one in row.shift.domains] == ["near", "far"]
        assert {one.ceiling for one in row.shift.domains} == {"home"}
        assert row.shift.worst.domain in ("near", "far")


def test_results_at_home_do_not_depend_on_domains(result, plan_and_store, tmp_path):
    alone = truing.run(
        study(test_on=[]), out=tmp_path / "alone", store=plan_and_store[1], progress=False
    )
    assert alone.work.trainings == 0  # the trainings are the same steps
    for with_domains, without in zip(result.rows, alone.rows, strict=True):
        ours, theirs = with_domains.to_json(), without.to_json()
        del ours["shift"]
        if ours["difference"]:  # corrected for the comparisons in all domains
            for one in (ours, theirs):
                one["difference"] = {"value": one["difference"]["value"]}
        assert ours == theirs


def test_beliefs_about_another_task_are_those_of_the_head_on_its_features(plan_and_store):
    from scipy.special import softmax

    plan, store = plan_and_store
    applied = [step for step in plan.steps.values() if step.kind == "apply"]
    assert applied
    for step in applied:
        head = store.read(step.parents["trained"][0].key)
        features = read_features(store, step.parents["features"][0].key)
        expected = softmax(features @ head["weight"][0].T + head["bias"][0], axis=1)
        assert np.allclose(store.read(step.key)["beliefs"], expected, atol=1e-6)


def test_a_head_has_the_same_beliefs_about_the_same_items_in_another_task(tmp_path):
    X, y = arrays(0)
    other = load_task((X[:60], y[:60]), name="half")
    plan, store = make_plan(study(test_on=[other], seeds=1)), Store(tmp_path)
    complete(plan, store, LocalEngine(1))
    for step in plan.steps.values():
        if step.kind == "apply":
            here = store.read(step.parents["trained"][0].key)["beliefs"][:60]
            assert np.allclose(store.read(step.key)["beliefs"], here, atol=1e-5)


def test_shift_is_that_of_the_measure(plan_and_store, result):
    plan, store = plan_and_store
    line, row = plan.lines[1], result.rows[1]
    scores = []
    for number, one in enumerate((line, *line.domains)):
        items, truth = one.score.payload.items, one.score.truth.reveal()
        roles = [
            correctness(np.stack([store.read(step.key)["beliefs"][items] for step in steps]), truth)
            for steps in (one.score.parents[role] for role in ("weak", "transfer", "ceiling"))
        ]
        scores.append(DomainScores(*roles, 1000 * number + one.score.payload.clusters))
    rng = np.random.default_rng(line.score.payload.bootstrap)
    found = estimate_shift(scores[0], scores[1:], rng=rng)
    assert [one.value for one in found.drops] == [one.value for one in row.shift.drops]
    assert found.mean == row.shift.mean
    assert found.worst_pgr.low == row.shift.worst.low
    assert [one.recovered for one in row.shift.domains] == list(found.pgr)
    lows = [one.pgr_low for one in row.shift.domains]
    assert row.shift.worst.low == (None if None in lows else min(lows))


def test_no_training_depends_on_the_truth_of_a_domain(plan_and_store):
    plan, _ = plan_and_store
    X, y = arrays(1)
    poisoned = make_plan(study(test_on=[load_task((X, 1 - y), name="near")]))
    clean = make_plan(study(test_on=[load_task((X, y), name="near")]))

    def keys(plan):
        kinds = ("score", "compare", "shift")
        return {key for key, step in plan.steps.items() if step.kind not in kinds}

    assert keys(poisoned) == keys(clean)
    trained = {key for key, one in plan.steps.items() if isinstance(one.payload, TrainPayload)}
    assert trained <= keys(clean)
    assert set(poisoned.steps) != set(clean.steps)  # the scores do depend on it


def test_comparisons_in_domains_count_for_holms_correction(result):
    rows = [result.rows[1], *result.rows[1].shift.domains]
    p_values = sorted(row.difference.p for row in rows)
    smallest = min(rows, key=lambda row: row.difference.p)
    assert smallest.difference.p_holm == pytest.approx(min(1, 3 * p_values[0]))


def test_a_local_ceiling_learns_in_the_domain(tmp_path):
    plan = make_plan(study(local_ceiling=True, seeds=1, methods="naive"))
    (line,) = plan.lines
    for domain, source in zip(line.domains, ("near", "far"), strict=True):
        (ceiling,) = domain.score.parents["ceiling"]
        there = next(one for name, one in plan.sources.items() if name.startswith(source))
        assert domain.ceiling == "local"
        assert ceiling.kind == "train ceiling"
        assert ceiling.payload.items.tolist() == there.splits(0).learn.tolist()


def test_a_task_is_not_among_its_domains():
    here, near = named(0, "here"), named(1, "near")
    plan = make_plan(study(tasks=[here, near], test_on=[here, near]))
    found = {(line.task, tuple(one.domain for one in line.domains)) for line in plan.lines}
    assert found == {("here", ("near",)), ("near", ("here",))}


def test_the_same_items_with_another_truth_are_a_domain():
    X, y = arrays(0)
    plan = make_plan(study(test_on=[load_task((X, 1 - y), name="other"), named(0, "again")]))
    assert [one.domain for one in plan.lines[0].domains] == ["other"]


def test_test_items_of_a_domain_that_are_learned_at_home_are_announced(caplog):
    (X, y), (other, right) = arrays(0), arrays(1)
    source, near = named(0, "here"), named(1, "near")
    learned, tested = source.splits(0).learn[:5], near.splits(0).test[:5]
    other, right = other.copy(), right.copy()
    other[tested], right[tested] = X[learned], y[learned]
    with caplog.at_level("WARNING", logger="truing.tasks"):
        make_plan(study(test_on=near))
        assert not caplog.messages
        make_plan(study(test_on=load_task((other, right), name="near")))
    (message,) = caplog.messages
    assert "near: 5 of the" in message
    assert "items of here from which models learn have the content of test items" in message


def test_the_order_of_other_tasks_changes_no_step_but_the_comparison_of_domains():
    given = {"strong": LogisticRegression(), "seeds": 1}
    tasks = [named(1, "near"), named(2, "far")]
    one, other = (make_plan(study(test_on=order, **given)) for order in (tasks, tasks[::-1]))
    steps = {**one.steps, **other.steps}
    assert {steps[key].kind for key in set(one.steps) ^ set(other.steps)} == {"shift"}


def test_an_estimator_is_asked_about_other_tasks(tmp_path):
    given = study(strong=LogisticRegression(C=1.0), seeds=1, methods="naive")
    row = truing.run(given, out=tmp_path / "run", store=Store(tmp_path), progress=False).rows[0]
    X, y = arrays(0)
    plan = make_plan(given)
    learn = plan.lines[0].score.parents["ceiling"][0].payload.items
    fitted = LogisticRegression(C=1.0).fit(X[learn], y[learn])
    for domain, other in zip(row.shift.domains, (arrays(1), arrays(2, 1.0)), strict=True):
        items = load_task(other, name="x").task.splits(0).test
        assert domain.ceiling_accuracy == pytest.approx(
            fitted.score(other[0][items], other[1][items])
        )


def test_a_fine_tuned_model_has_the_same_beliefs_about_the_same_items_in_another_task(tmp_path):
    name = f"hf/{make_tiny('llama', tmp_path)}"
    tuned = f"{name},num_epochs=1,batch_size=16,learning_rate=0.01,max_length=32"
    rows = rows_of_reviews()
    given = {"weak": "lsa-4", "strong": tuned, "methods": "naive", "seeds": 1}
    here = load_task(rows, name="here")
    part = load_task([{**row, "id": f"x{row['id']}"} for row in rows[:40]], name="part")
    plan = make_plan(Study(tasks=here, test_on=[part], **given))
    store = Store(tmp_path / "store")
    complete(plan, store, LocalEngine(1))
    alone = make_plan(Study(tasks=here, **given))
    complete(alone, store, LocalEngine(1))
    for role in ("transfer", "ceiling"):
        (step,) = plan.lines[0].domains[0].score.parents[role]
        trained = store.read(step.parents["trained"][0].key)["beliefs"]
        (same,) = alone.lines[0].score.parents[role]
        assert np.array_equal(trained, store.read(same.key)["beliefs"], equal_nan=True)
        there = store.read(step.key)["beliefs"]
        both = np.flatnonzero(~np.isnan(trained[:40, 0]) & ~np.isnan(there[:, 0]))
        assert len(both)
        assert np.allclose(trained[both], there[both], atol=1e-5)


def questions(count, name):
    """Questions with the same number of choices."""
    rng = np.random.default_rng(count)
    rows = [
        {
            "question": f"Is it {n}?",
            "choices": [f"{choice} {rng.integers(99)}" for choice in range(count)],
            "truth": int(rng.integers(count)),
        }
        for n in range(60)
    ]
    return load_task(rows, name=name, truth_is="index")


def test_a_task_with_fewer_choices_is_a_domain_of_every_model(tmp_path):
    name = f"hf/{make_tiny('llama', tmp_path)},num_epochs=1,learning_rate=0.01,max_length=16"
    given = {"strong": name, "methods": "naive", "seeds": 1}
    four, two = questions(4, "four"), questions(2, "two")

    weak = combine("mean", ["lsa-2", "simulated-noise,accuracy=0.6", name])
    plan, store = make_plan(study(tasks=four, test_on=two, weak=weak, **given)), Store(tmp_path)
    complete(plan, store, LocalEngine(1))
    (domain,) = plan.lines[0].domains
    for role in ("weak", "transfer", "ceiling"):
        (step,) = domain.score.parents[role]
        assert store.read(step.key)["beliefs"].shape == (60, 2)
    with pytest.raises(UserError, match="learns two, whose items have up to 2 choices, so it cann"):
        make_plan(study(tasks=two, test_on=four, weak="lsa-2", **given))


def test_a_supervisor_by_a_function_labels_the_other_task(tmp_path):
    def positive(items):
        return np.array([int(item.stem[0] > 0) for item in items])

    given = study(weak=positive, seeds=1, methods="naive")
    row = truing.run(given, out=tmp_path / "run", store=Store(tmp_path), progress=False).rows[0]
    for domain, other in zip(row.shift.domains, (arrays(1), arrays(2, 1.0)), strict=True):
        items = load_task(other, name="x").task.splits(0).test
        right = (other[0][items, 0] > 0) == other[1][items]
        assert domain.weak_accuracy == pytest.approx(right.mean())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"strong": "spectral-4"}, "spectral-4 describes the items of here only"),
        ({"weak": np.zeros(COUNT, int)}, "labels here only"),
        ({"strong": np.ones((COUNT, 3))}, "an array for the items of here"),
        (
            {"test_on": [load_task((arrays(1)[0], arrays(1)[1] + 1), name="others")]},
            "others has the classes 1, 2, but here has 0, 1",
        ),
        ({"test_on": "digits"}, "digits has the classes 0, 1, 2, 3, 4, 5, ..., but here has 0, 1"),
        ({"test_on": named(0, "here")}, "test_on=.*here.* is the task itself"),
        ({"test_on": (), "local_ceiling": True}, "local_ceiling needs a domain"),
        (
            {"test_on": [load_task((arrays(1)[0][:, :3], arrays(1)[1]), name="short")]},
            r"short contains vectors of shape \(3,\), but here contains vectors of shape \(6,\)",
        ),
    ],
)
def test_models_and_tasks_that_cannot_be_tested_are_one_line(changes, message):
    with pytest.raises(UserError, match=message):
        make_plan(study(**changes))


def test_the_study_is_stored_with_its_other_tasks():
    given = study(local_ceiling=True)
    assert Study.model_validate(given.model_dump()) == given
    assert "test_on" not in study(test_on=[]).model_dump()
