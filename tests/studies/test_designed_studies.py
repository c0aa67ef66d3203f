"""Studies under a designed shift: their items, their keys, and the hardness that they measure."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.conftest import write_jsonl
from truing.errors import UserError
from truing.lab import run
from truing.studies import (
    LocalEngine,
    Measuring,
    Store,
    Study,
    complete,
    make_plan,
    measured_if_stored,
)
from truing.tasks import load_task

EASY = "hardness<=0.5"
GRID = {"weak": "pca-1", "strong": "pca-4", "methods": "naive", "seeds": 2}


def rows_of(count=400, flip=()):
    rng = np.random.default_rng(5)
    rows = []
    for n in range(count):
        right = int(rng.integers(2))
        vector = rng.normal(size=5)
        vector[:2] += 1.5 * (2 * right - 1)
        truth = 1 - right if n in flip else right
        row = {"id": f"i{n}", "vector": vector.round(3).tolist(), "truth": ["no", "yes"][truth]}
        row |= {"cluster": n // 2, "level": round(float(rng.random()), 3)}
        rows.append(row | {"liberal": bool(right if rng.random() < 0.6 else 1 - right)})
    return rows


@pytest.fixture(scope="module")
def items(tmp_path_factory):
    return str(write_jsonl(tmp_path_factory.mktemp("items") / "items.jsonl", rows_of()))


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """One store for the tests of this module."""
    return Store(tmp_path_factory.mktemp("store"))


def plan_of(task, kept, **design):
    return make_plan(Study(tasks=task, **GRID, **design), Measuring(LocalEngine(1), kept))


def hardness_of(task, kept):
    (source,) = plan_of(task, kept, learn=EASY, hardness="pca-2").sources.values()
    return source.fields["hardness"]


def test_models_learn_and_are_tested_at_home_only_in_the_items_of_the_condition(items, kept):
    plan = plan_of(items, kept, learn="level<=0.5", test="level>0.5")
    (source,) = plan.sources.values()
    easy = source.fields["level"] <= 0.5
    trainings = [step for step in plan.steps.values() if step.kind.startswith("train")]
    assert all(easy[step.payload.items].all() for step in trainings)
    (line,) = plan.lines
    assert easy[line.score.payload.items].all()
    (domain,) = line.domains
    assert (domain.domain, easy[domain.score.payload.items].any()) == ("level>0.5", False)


def test_other_columns_change_no_step_of_a_study_without_a_design(items, kept, tmp_path):
    names = ("id", "vector", "truth", "cluster")
    rows = [{name: row[name] for name in names} for row in rows_of()]
    bare = str(write_jsonl(tmp_path / "items.jsonl", rows))
    assert set(plan_of(bare, kept).steps) == set(plan_of(items, kept).steps)


def test_a_local_ceiling_learns_the_items_of_the_domain_only(items, kept):
    plan = plan_of(items, kept, learn="level<=0.5", local_ceiling=True)
    (source,) = plan.sources.values()
    (domain,) = plan.lines[0].domains
    for seed, step in enumerate(domain.score.parents["ceiling"]):
        (local,) = source.splits(seed).local.values()
        assert step.payload.items.tolist() == local.tolist()
        assert (source.fields["level"][local] > 0.5).all()


def test_a_local_ceiling_needs_ten_items(items, kept):
    few = "level>0.09 and level<0.17"
    plan_of(items, kept, test=few)
    with pytest.raises(UserError, match=r"a local ceiling would learn from \d items of the domain"):
        plan_of(items, kept, test=few, local_ceiling=True)


def test_a_study_without_a_design_is_stored_as_before(items):
    study = Study(tasks=items, **GRID)
    assert not {"learn", "test", "balance", "distractor", "hardness"} & set(study.model_dump())
    shifted = Study(tasks=items, **GRID, learn=EASY, balance=0.9, distractor={"liberal": 0})
    fields = {"learn": EASY, "balance": 0.9, "distractor": {"liberal": 0.0}}
    assert shifted.model_dump() == study.model_dump() | fields
    assert Study(**shifted.model_dump()) == shifted


def test_hardness_does_not_depend_on_the_truth_of_the_item_and_its_cluster(items, kept, tmp_path):
    before, task = hardness_of(items, kept), load_task(items).task
    pair = np.flatnonzero(task.clusters == task.clusters[task.splits(0).learn[0]])
    flipped = write_jsonl(tmp_path / "items.jsonl", rows_of(flip=pair.tolist()))
    after = hardness_of(str(flipped), kept)
    assert after[pair].tolist() == before[pair].tolist()
    assert (after != before).any()


def test_hardness_is_high_where_a_model_of_the_other_items_is_unsure(items, kept):
    hardness = hardness_of(items, kept)
    distance = np.abs([np.sum(row["vector"][:2]) for row in rows_of()])
    assert np.corrcoef(hardness, distance)[0, 1] < -0.8
    assert 0 < hardness.min() < hardness.max() == 1
    assert (hardness <= 0.5).mean() == pytest.approx(0.5, abs=0.01)


def test_measured_hardness_is_stored_and_its_truth_is_for_the_design(items, kept):
    measure = Measuring(LocalEngine(1), kept)
    study = Study(tasks=items, **GRID, learn=EASY, hardness="pca-3")
    plan = make_plan(study, measure)
    assert [step.kind for step in measure.ran] == ["extract", *["train supervisor"] * 5]
    assert {step.key for step in measure.ran} <= set(plan.steps)
    again = Measuring(LocalEngine(1), kept)
    make_plan(study, again)
    assert again.ran == []
    (source,) = plan.sources.values()
    assert set(source.vault.summary()) == {"design"}


def test_without_measured_hardness_a_plan_is_refused_or_provisional(items, tmp_path):
    study = Study(tasks=items, **GRID, learn=EASY, hardness="pca-2")
    with pytest.raises(UserError, match="lacks 6 of the 6 steps that measure the hardness"):
        make_plan(study)
    empty = Store(tmp_path / "empty")
    counted = make_plan(study, measured_if_stored(empty))
    measured = make_plan(study, Measuring(LocalEngine(1), empty))
    assert len(counted.steps) == len(measured.steps)


def test_a_measured_field_replaces_no_field_of_the_items(tmp_path, kept):
    rows = [row | {"hardness": 0.5} for row in rows_of(100)]
    task = str(write_jsonl(tmp_path / "items.jsonl", rows))
    with pytest.raises(UserError, match="have a field 'hardness' already; leave out the option"):
        plan_of(task, kept, learn=EASY, hardness="pca-2")


@pytest.mark.parametrize(
    ("design", "message"),
    [
        ({"learn": "hardness"}, "the condition 'hardness' cannot be read"),
        ({"learn": 3}, r"learn must be a condition \(hardness<=0.5\), got 3"),
        ({"test": ["level<1", 3]}, "test must be a condition .* or a list of conditions, got 3"),
        ({"balance": "most"}, "balance must be a number above 0 and below 1, got 'most'"),
        ({"balance": 2}, "balance must be above 0 and below 1, got 2"),
        ({"distractor": "liberal"}, "distractor must be a dict of fields and rates .* 'liberal'"),
        ({"distractor": {"liberal": 2}}, "got liberal=2"),
        ({"hardness": 3}, "hardness must be a name, an array or a function"),
        ({"hardness": "pca-2"}, "no condition of learn or test and no easy-to-hard supervisor"),
    ],
)
def test_a_mistake_in_a_field_is_one_line(items, design, message):
    with pytest.raises(UserError, match=message) as caught:
        Study(tasks=items, **GRID, **design)
    assert "\n" not in str(caught.value)


def test_an_estimator_may_measure_hardness(items, kept):
    from sklearn.naive_bayes import GaussianNB

    plan = plan_of(items, kept, learn=EASY, hardness=GaussianNB())
    assert complete(plan, kept, LocalEngine(1))
    assert any(one.name.startswith("GaussianNB") for one in plan.objects)


OPTIONS = [
    "w2s",
    *("--task", "items.jsonl", "--weak", "pca-1", "--strong", "pca-4", "--method", "naive"),
    *("--seeds", "2", "--workers", "1"),
]


def test_the_command_line_and_python_run_the_same_study(truing, tmp_path):
    write_jsonl(tmp_path / "items.jsonl", rows_of())
    more = ["--learn", EASY, "--hardness", "pca-2", "--test", "hardness>0.8", "--test", "level<.5"]
    more += ["--balance", "0.6", "--distractor", "liberal=0.7", "--out", "one", "--json"]
    code, _, err = truing(*OPTIONS, *more)
    assert code == 0, err
    study = Study(
        tasks="items.jsonl",
        **GRID,
        learn=EASY,
        hardness="pca-2",
        test=["hardness>0.8", "level<.5"],
        balance=0.6,
        distractor={"liberal": 0.7},
    )
    result = run(study, out="two")
    assert result.work.trainings == 0
    for name in ("study.json", "results.jsonl"):
        assert (tmp_path / "one" / name).read_text() == (tmp_path / "two" / name).read_text()
    seen = json.loads((tmp_path / "one" / "environment.json").read_text())
    assert set(seen["tasks"]["items.jsonl"]["truth_seen_now"]) == {
        *("design", "supervise", "ceiling", "score")
    }


def test_a_dry_run_counts_the_steps_that_measure_hardness(truing, tmp_path):
    write_jsonl(tmp_path / "items.jsonl", rows_of())
    more = ("--learn", EASY, "--hardness", "pca-2", "--dry-run", "--json")
    _, out, _ = truing(*OPTIONS, *more)
    # Five folds, and two seeds of supervisor, student and ceiling.
    assert json.loads(out)["work"]["trainings"] == 11


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--learn", "levl<1"], "items.jsonl: the items have no field 'levl'; did you mean"),
        (["--distractor", "liberal"], "--distractor must be FIELD=RATE (liberal=0.9)"),
        (["--learn", "hardness<1"], "--hardness STUDENT measures it"),
        (["--learn", ""], "--learn must not be empty; leave it out"),
    ],
)
def test_a_mistake_in_an_option_is_one_line(truing, tmp_path, more, message):
    write_jsonl(tmp_path / "items.jsonl", rows_of(100))
    code, _, err = truing(*OPTIONS, *more)
    assert message in " ".join(err.split())
    assert code == 2
