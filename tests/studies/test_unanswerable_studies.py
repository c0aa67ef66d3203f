"""Studies with unanswerable items: no truth of them is learned or scored, and beliefs are shown."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from tests.conftest import write_jsonl
from truing.lab import load, run
from truing.studies import LocalEngine, Store, Study, complete, make_plan

FORMS = {
    "heads": {"weak": "pca-1", "strong": "pca-4"},
    "estimators": {"weak": GaussianNB(), "strong": LogisticRegression()},
    "simulated": {"weak": "simulated-noise,accuracy=0.9", "strong": "pca-4"},
}


def rows_of(count=400):
    rng = np.random.default_rng(5)
    rows = []
    for n in range(count):
        right = int(rng.integers(2))
        vector = rng.normal(size=5)
        row = {"id": f"i{n}", "cluster": n // 2}
        if n % 4 < 2:  # the answerable items are told apart by the first number
            vector[0] += 3 * (2 * right - 1)
            row |= {"truth": ["no", "yes"][right]}
        else:
            row |= {"group": "unanswerable"}
        rows.append(row | {"vector": vector.round(3).tolist()})
    return rows


@pytest.fixture(scope="module")
def items(tmp_path_factory):
    return str(write_jsonl(tmp_path_factory.mktemp("items") / "items.jsonl", rows_of()))


def study_of(items, form="heads", seeds=2):
    return Study(tasks=items, **FORMS[form], methods="naive", seeds=seeds)


@pytest.fixture(scope="module", params=FORMS)
def completed(request, items, tmp_path_factory):
    plan, store = (
        make_plan(study_of(items, request.param, 1)),
        Store(tmp_path_factory.mktemp("store")),
    )
    complete(plan, store, LocalEngine(1))
    return plan, store


def test_only_ceilings_request_the_missing_truth_and_learn_uniform_beliefs(completed):
    plan, _ = completed
    (source,) = plan.sources.values()
    unknown = source.vault.unanswerable
    asked = {}
    for step in plan.steps.values():
        if step.truth:
            found = asked.setdefault(step.truth.purpose, [])
            found.append(bool(unknown[step.truth.items].any()))
    assert all(asked.pop("ceiling"))
    assert "score" in asked
    assert not any(any(found) for found in asked.values())


def test_a_ceiling_is_uncertain_and_right(completed):
    plan, store = completed
    (source,) = plan.sources.values()
    splits = source.splits(0)
    beliefs = store.read(plan.lines[0].score.parents["ceiling"][0].key)["beliefs"].max(axis=1)
    assert beliefs[splits.unanswerable].mean() < beliefs[splits.test].mean() - 0.1


def test_rows_and_their_notes_show_the_mean_highest_beliefs(items, tmp_path):
    result = run(study_of(items), out=tmp_path / "run")
    row = result.rows[0]
    (source,) = make_plan(study_of(items)).sources.values()
    splits = source.splits(0)
    assert (row.unanswerable.items, row.unanswerable.uncertain) == (len(splits.unanswerable), 0.5)
    for role in ("weak", "transfer", "ceiling"):
        found = getattr(row.unanswerable, role)
        assert 0.5 < found.low < found.value < found.high < 1
    assert f"{len(splits.unanswerable)} unanswerable test items: mean highest belief" in row.note
    assert row.n_test == len(splits.test)
    assert load(tmp_path / "run").rows[0] == row


def test_a_task_without_them_has_no_such_field(items, tmp_path):
    rows = [row for row in rows_of() if "truth" in row]
    path = str(write_jsonl(tmp_path / "items.jsonl", rows))
    row = run(study_of(path), out=tmp_path / "run").rows[0]
    assert row.unanswerable is None
    assert "unanswerable" not in row.to_json()
