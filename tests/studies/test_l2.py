"""l2=auto in a study: no choice reads ground truth that its model does not learn, and rows, tables
and reports contain the choices."""

from __future__ import annotations

import json

import numpy as np
import pytest

import truing
from tests.conftest import write_jsonl
from truing.methods import METHODS
from truing.report import write_report
from truing.runs import find_run
from truing.students import VALUES, parse_student
from truing.studies import ChainPlanner, LocalEngine, StepGraph, Store, Study, complete, make_plan
from truing.studies._step import Batch, make_job
from truing.studies.work import perform
from truing.supervisors import parse_supervisor
from truing.tasks import load_task
from truing.testing._watched import swap_truth

SUPERVISOR, STUDENT = "pca-3,l2=auto", "pca-24,l2=auto"
METHODS_TRIED = ["naive", "confidence", "bootstrap,rungs=pca-8", "shuffled", "ensemble,members=2"]
TRAINED = ("train supervisor", "train student", "train ceiling")


def noisy(count=400):
    """Vectors of 24 columns with two classes that overlap."""
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(count, 24)) * np.linspace(2, 1, 24)
    score = vectors[:, :12].sum(axis=1) + 4 * rng.normal(size=count)
    return vectors, np.where(score > 0, "up", "down")


def trained(source, folder):
    """Choice and beliefs of every head of a study on a task, by kind, in the order of the plan."""
    chain, store = ChainPlanner(source), Store(folder)
    supervisor, student = parse_supervisor(SUPERVISOR), parse_student(STUDENT)
    steps = []
    for name in METHODS_TRIED:
        steps += chain.students(supervisor, student, METHODS.build(name), [0])
    steps += chain.ceilings(student, 1, [0])
    graph = StepGraph(tuple(steps))
    complete(graph, store, LocalEngine(1))
    found = {kind: [] for kind in TRAINED}
    for key, step in graph.steps.items():
        if step.kind in TRAINED:
            stored = store.read(key)
            found[step.kind].append((stored["l2"].item(), stored["beliefs"].tobytes()))
    return found


@pytest.fixture(scope="module")
def by_truth(tmp_path_factory):
    """The heads on a task, and on the same task with other right choices in some splits."""
    folder, source = tmp_path_factory.mktemp("truth"), load_task(noisy())
    splits = source.task.splits(0)
    kept = {
        "clean": np.arange(len(source.task)),
        "other test": np.concatenate([splits.supervise, splits.learn]),
        "other learn and test": splits.supervise,
    }
    return {
        name: trained(swap_truth(source, items), folder / name.replace(" ", "-"))
        for name, items in kept.items()
    }


def test_no_choice_of_a_student_reads_the_ground_truth_of_learn_or_test(by_truth):
    clean, poisoned = by_truth["clean"], by_truth["other learn and test"]
    assert len(clean["train student"]) == len(METHODS_TRIED) + 1  # with the rung of bootstrap
    assert clean["train student"] == poisoned["train student"]
    assert clean["train supervisor"] == poisoned["train supervisor"]


def test_no_choice_reads_the_ground_truth_of_test(by_truth):
    assert by_truth["clean"] == by_truth["other test"]


def test_a_ceiling_chooses_on_the_ground_truth_of_learn(by_truth):
    ((clean, _),) = by_truth["clean"]["train ceiling"]
    ((student, _), *_) = by_truth["clean"]["train student"]
    assert clean in VALUES
    assert clean != student


@pytest.fixture(scope="module")
def studied(tmp_path_factory):
    """A finished study with its run folder, and the plan of the study."""
    folder = tmp_path_factory.mktemp("studied")
    study = Study(
        tasks={"noisy": noisy()},
        weak="pca-3",
        strong=[STUDENT, "pca-24"],
        methods=["naive", "bootstrap,rungs=pca-8", "oracle"],
        seeds=2,
    )
    store = Store(folder / "store")
    result = truing.run(study, store=store, out=folder / "out", engine=LocalEngine(1))
    return result, make_plan(study), store


def test_a_row_contains_the_penalty_of_every_role_and_seed(studied):
    result, plan, store = studied
    auto, fixed = (
        result.filter(strong=name, method="naive").rows[0].l2
        for name in ("pca-24,l2=auto", "pca-24")
    )
    (line,) = [one for one in plan.lines if (one.strong, one.method) == ("pca-24,l2=auto", "naive")]
    stored = [store.read(step.key)["l2"].item() for step in line.score.parents["transfer"]]
    assert auto.by_seed["transfer"] == stored
    assert auto.transfer == min(stored)
    assert (auto.weak, auto.auto, auto.weak_auto) == (1.0, True, False)
    assert (fixed.transfer, fixed.ceiling, fixed.auto) == (1.0, 1.0, False)


def test_the_students_of_oracle_have_the_choice_of_the_ceiling(studied):
    oracle, naive = (
        studied[0].filter(strong="pca-24,l2=auto", method=name).rows[0].l2
        for name in ("oracle", "naive")
    )
    assert oracle.by_seed["transfer"] == naive.by_seed["ceiling"] != naive.by_seed["transfer"]


def test_the_penalty_is_in_files_data_frame_table_and_report(studied):
    result, *_ = studied
    naive = result.rows[0]
    stored = json.loads((result.folder / "results.jsonl").read_text().splitlines()[0])
    assert stored["l2"]["by_seed"] == naive.l2.by_seed
    assert find_run(result.folder).rows[0] == naive
    frame = result.to_pandas()
    assert frame["l2_transfer"][0] == naive.l2.transfer
    assert not [name for name in frame.columns if "by_seed" in name]
    words = " ".join(str(result).split())
    assert "The ceiling learns the ground truth of the same items, so it chooses its own" in words
    chosen = f"l2=auto chose: student {naive.l2.text('transfer')}"
    assert chosen in words
    page = write_report(result.folder).read_text().replace("<wbr>", "")
    assert f"pca-3 supervises pca-24,l2=auto; {chosen}" in page
    assert "so it chooses its own l2" in page


def test_a_study_without_a_choice_has_no_note_on_it(studied):
    assert "l2" not in str(studied[0].filter(strong="pca-24"))


def test_every_head_has_the_same_bits_in_a_separate_batch(studied, tmp_path):
    """As with 1, 2 or 8 workers, whose batches differ."""
    _, plan, store = studied
    alone = Store(tmp_path / "alone")
    steps = [step for step in plan.steps.values() if step.kind == "train student"]
    for step in plan.steps.values():
        if step.kind in ("extract", "train supervisor"):
            alone.write(step.key, store.read(step.key))
    for step in steps:
        if step.parents["labels"][0].key not in alone:
            continue  # on the labels of a rung
        assert perform(Batch(step.kind, (make_job(step),)), alone.location) is None
        for name, array in store.read(step.key).items():
            assert alone.read(step.key)[name].tobytes() == array.tobytes()


def test_a_choice_at_the_edge_has_a_note():
    from truing.studies import Penalty

    by_seed = {"weak": None, "transfer": [1e5, 300.0], "ceiling": [0.1, 0.1]}
    notes = list(Penalty.of(by_seed, auto=True, weak_auto=False).notes)
    assert notes == [
        "l2=auto chose its strongest value, 100000, for the student of 1 of 2 seeds, so a number "
        "beyond it may be better",
        "l2=auto chose its weakest value, 0.1, for the ceiling of 2 of 2 seeds, so a number beyond "
        "it may be better",
    ]
    assert not list(Penalty.of(by_seed, auto=False, weak_auto=False).notes)


def test_too_few_clusters_are_named_before_any_work(tmp_path, truing):
    rng = np.random.default_rng(0)
    rows = [
        {"vector": rng.normal(size=3).tolist(), "truth": "ab"[i % 2], "cluster": i // 10}
        for i in range(100)
    ]
    path = write_jsonl(tmp_path / "few.jsonl", rows)
    words = ["--weak", "pca-1", "--strong", "pca-2,l2=auto", "--method", "naive", "--seeds", "1"]
    code, _, err = truing("w2s", "--task", path, *words)
    assert code == 2
    assert len([line for line in err.splitlines() if line.startswith("truing:")]) == 1
    assert "l2=auto needs 5 or more clusters" in err
    assert "the learn split of few.jsonl contains 3; give l2 a number, such as l2=1" in err
