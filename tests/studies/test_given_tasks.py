"""A study of given tasks: the results of a file, in any process, and again from its run folder."""

from __future__ import annotations

import json
import os
import subprocess

import numpy as np
import pytest

from tests.conftest import write_jsonl
from truing.errors import UserError
from truing.lab import load, run
from truing.runs import find_run
from truing.studies import LocalEngine, Store, Study
from truing.studies._objects import find_in_store
from truing.tasks import give_tasks, load_task

COUNT = 120
TRUTH = np.arange(COUNT) % 2
VECTORS = np.random.default_rng(1).normal(size=(COUNT, 4)).round(4) + TRUTH[:, None]
CLUSTERS = np.arange(COUNT) // 2
ROWS = [
    {"vector": list(vector), "truth": int(truth), "cluster": int(cluster)}
    for vector, truth, cluster in zip(VECTORS, TRUTH, CLUSTERS, strict=True)
]


def frame():
    return pytest.importorskip("pandas").DataFrame(ROWS)


def make_study(tasks, methods=("naive", "confidence"), seeds=2):
    return Study(tasks=tasks, weak="pca-1", strong="pca-3", methods=list(methods), seeds=seeds)


def results(folder) -> list[dict]:
    """Rows of a run folder without the name of the task."""
    rows = map(json.loads, (folder / "results.jsonl").read_text().splitlines())
    return [{name: value for name, value in row.items() if name != "task"} for row in rows]


@pytest.fixture
def from_file(tmp_path):
    """Results of the study of a file."""
    path = write_jsonl(tmp_path / "items.jsonl", ROWS)
    folder = run(make_study(str(path)), out=tmp_path / "file", store=Store(tmp_path / "s0")).folder
    return results(folder)


@pytest.mark.parametrize("workers", [1, 2])
def test_objects_have_the_results_of_a_file_in_one_and_two_processes(
    tmp_path, from_file, workers, warm
):
    tasks = {"frame": frame(), "rows": ROWS, "arrays": (VECTORS, TRUTH, CLUSTERS)}
    for name, given in tasks.items():
        out, store = tmp_path / name, Store(tmp_path / f"store-{name}")
        done = run(make_study(given), out=out, store=store, engine=LocalEngine(workers))
        assert done.work.trainings > 0
        assert results(out) == from_file


def test_a_run_folder_is_run_again_in_a_new_process(tmp_path, warm):
    given = [load_task(frame(), name="numbers", drop=True), (VECTORS, TRUTH)]
    out = tmp_path / "out"
    done = run(make_study(given), out=out)
    before = (out / "results.jsonl").read_bytes()
    assert [row.task for row in done.rows[::2]] == ["numbers,drop=true", "arrays"]
    again = {**os.environ, "TRUING_STORE": str(tmp_path / "new")}
    for words in ([out], [out / "study.json", "--out", tmp_path / "copy", "--workers", "2"]):
        subprocess.run(
            [str(warm), "-m", "truing", "run", *map(str, words)],
            env=again,
            cwd=tmp_path.parent,
            check=True,
            capture_output=True,
        )
    for folder in (out, tmp_path / "copy"):
        assert (folder / "results.jsonl").read_bytes() == before
        assert load(folder).rows == done.rows


def test_a_kept_task_is_a_task_file_too(tmp_path):
    out = run(make_study(ROWS), out=tmp_path / "out").folder
    (kept,) = (out / "objects").iterdir()
    assert load_task(str(kept)).task.fingerprint == load_task(ROWS).task.fingerprint


def test_a_run_folder_and_lists_of_runs_show_the_readable_name(tmp_path):
    folder = run(make_study({"numbers": ROWS}), out=tmp_path / "out").folder
    found = find_run(folder)
    assert list(found.environment.tasks) == ["numbers"]
    assert found.state.outline.tasks == ("numbers",)
    assert {row.task for row in found.rows} == {"numbers"}


def test_two_tasks_with_the_same_name_show_their_digests(tmp_path):
    done = run(make_study([ROWS, ROWS[:-1]], methods=["naive"]), out=tmp_path / "out")
    assert [row.task for row in done.rows] == give_tasks([ROWS, ROWS[:-1]])


def test_an_unavailable_object_is_one_line(truing):
    words = ["--weak", "pca-1", "--strong", "pca-3", "--method", "naive"]
    code, _, err = truing("w2s", "--task", "numbers@0123456789ab", *words)
    assert code == 2
    assert "the object numbers@0123456789ab is not available" in err


PEEK = """
import os
from pathlib import Path
import truing
from truing.given import find

@truing.method("peek")
def peek():
    def targets(weak, belief, progress):
        try:
            found = find("{specification}")
        except ValueError as error:
            found = type(error).__name__
        Path(r"{folder}", str(os.getpid())).write_text(str(found))
        return weak, weak.sum(axis=1)
    return truing.Method(targets=targets, static=True)
"""


def test_neither_the_process_of_a_student_nor_the_store_contains_the_ground_truth(tmp_path):
    (specification,) = give_tasks((VECTORS, TRUTH, CLUSTERS))
    seen, store = tmp_path / "seen", Store(tmp_path / "store")
    seen.mkdir()
    method = tmp_path / "peek.py"
    method.write_text(PEEK.format(specification=specification, folder=seen))
    study = make_study(specification, methods=["naive", f"{method}:peek"], seeds=8)
    run(study, out=tmp_path / "out", store=store, engine=LocalEngine(2))
    reports = {path.name: path.read_text() for path in seen.iterdir()}
    assert reports
    assert str(os.getpid()) not in reports
    assert set(reports.values()) == {"UserError"}
    assert find_in_store(store)(specification) is None
    (rows,) = (tmp_path / "out" / "objects").glob("*.jsonl")
    entries = [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
    assert entries
    assert not any(rows.read_bytes() in path.read_bytes() for path in entries)


def test_a_changed_truth_is_another_task_and_is_trained_again(tmp_path, store):
    study = make_study((VECTORS, TRUTH), methods=["naive"])
    assert run(study, out=tmp_path / "a", store=store).work.trainings == 6
    assert run(study, out=tmp_path / "b", store=store).work.trainings == 0
    changed = make_study((VECTORS, 1 - TRUTH), methods=["naive"])
    assert run(changed, out=tmp_path / "c", store=store).work.trainings == 6


def test_a_run_folder_of_other_data_is_refused(tmp_path, store):
    run(make_study(ROWS, methods=["naive"]), out=tmp_path / "out", store=store)
    with pytest.raises(UserError, match="out"):
        run(make_study(ROWS[:-1], methods=["naive"]), out=tmp_path / "out", store=store)
