"""A crash loses nothing: killed, damaged or shared, a study ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.warm import KilledTruing
from truing.errors import EngineError, UserError
from truing.lab import run
from truing.studies import LocalEngine, Store, Study, complete, make_plan, run_plan

COMMAND = ["w2s", "--weak", "pca-4", "--strong", "spectral-16"]
COMMAND += ["--method", "naive", "--method", "confidence", "--method", "gce", "--seeds", "6"]


def entries(store: Path) -> int:
    return sum(1 for path in store.glob("*/*") if not path.name.startswith(".part"))


def launch(store: Path, out: Path, python: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [str(python), "-m", "truing", *COMMAND, "--out", str(out)],
        env={**os.environ, "TRUING_STORE": str(store)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory, warm) -> bytes:
    folder = tmp_path_factory.mktemp("uninterrupted")
    assert launch(folder / "store", folder / "out", python=warm).wait() == 0
    return (folder / "out" / "results.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("after", "options"),
    [(1, ()), (4, ()), (12, ()), (25, ("--workers", "2")), (32, ("--workers", "2"))],
)
def test_a_study_killed_at_any_moment_and_repeated_has_the_same_bytes(
    tmp_path, uninterrupted, warm, after, options
):
    store, out = tmp_path / "killed", tmp_path / "out"
    environment = {**os.environ, "TRUING_STORE": str(store)}
    words = [*COMMAND, "--out", out, *options]
    while True:
        process = KilledTruing(warm, words, env=environment, stderr=subprocess.DEVNULL)
        process.wait_until(lambda: entries(store) >= after)
        process.kill()
        if not (out / "results.jsonl").exists():
            break
        for one in (store, out):  # the kill came too late, on a busy machine
            shutil.rmtree(one)
    assert process.killed
    kept = entries(store)
    assert launch(store, out, python=warm).wait() == 0
    assert (out / "results.jsonl").read_bytes() == uninterrupted
    assert entries(store) > kept >= after


def test_two_processes_may_share_a_store(tmp_path, uninterrupted, warm):
    store = tmp_path / "shared"
    both = [launch(store, tmp_path / name, python=warm) for name in ("one", "two")]
    assert [process.wait() for process in both] == [0, 0]
    for name in ("one", "two"):
        assert (tmp_path / name / "results.jsonl").read_bytes() == uninterrupted


def descendants(plan, key: str) -> set[str]:
    found = {key}
    for one, step in plan.steps.items():  # parents stand before their children
        if any(parent.key in found for parents in step.parents.values() for parent in parents):
            found.add(one)
    return found - {key}


@pytest.mark.parametrize("kind", ["extract", "train supervisor", "train student", "score"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_entry_and_its_descendants_are_computed_again(
    tiny_study, store, alone, kind, damage
):
    plan = make_plan(tiny_study)
    complete(plan, store, alone)
    whole = {key: store.read(key) for key in plan.steps}
    key = next(key for key, step in plan.steps.items() if step.kind == kind)
    path = store.folder / key[:2] / key
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes({"cut": content[:40], "flipped": content, "empty": b""}[damage])
    for child in descendants(plan, key):  # asked for again, from what lies below them
        (store.folder / child[:2] / child).unlink()
    ran = complete(make_plan(tiny_study), store, alone)
    assert {step.key for step in ran} == {key, *descendants(plan, key)}
    for one, arrays in whole.items():
        found = store.read(one)
        assert all(found[name].tobytes() == array.tobytes() for name, array in arrays.items())


@pytest.mark.parametrize("trial", range(4))
def test_many_damaged_entries_are_computed_again(tiny_study, store, alone, trial):
    plan = make_plan(tiny_study)
    complete(plan, store, alone)
    whole = {key: store.read(key) for key in plan.steps}
    rng = np.random.default_rng(trial)
    rows = {line.score.key for line in plan.lines}
    for key in {*rng.permutation(sorted(whole))[: len(whole) * 2 // 3], *rows}:
        path = store.folder / key[:2] / key
        if rng.random() < 0.3:
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[: rng.integers(200)])
    complete(make_plan(tiny_study), store, alone)
    for line in plan.lines:
        assert store.read_json(line.score.key) == json.loads(
            whole[line.score.key]["json"].tobytes()
        )


def test_a_method_that_is_edited_while_the_study_runs_does_not_spoil_the_store(
    tmp_path, tiny, alone
):
    path = tmp_path / "mine.py"
    source = (
        "from truing.methods import Method, follow, method\n"
        "@method('mine')\n"
        "def mine() -> Method:\n"
        "    'Follows.'\n"
        "    return Method(targets=follow, static=True)\n"
    )
    path.write_text(source)
    study = Study(tasks=str(tiny), weak="pca-1", strong="pca-4", methods=f"{path}:mine", seeds=1)
    plan, store = make_plan(study), Store()
    path.write_text(source.replace("targets=follow", "targets=lambda w, b, p: (1 - w, w[:, 0])"))
    with pytest.raises(UserError, match=r"mine changed while the study ran; run it again"):
        complete(plan, store, alone)
    path.write_text(source)
    assert complete(make_plan(study), store, alone)


def test_stored_files_follow_the_umask(tiny_study, store, alone):
    mask = os.umask(0o027)
    try:
        complete(make_plan(tiny_study), store, alone)
    finally:
        os.umask(mask)
    assert {path.stat().st_mode & 0o777 for path in store.folder.glob("*/*")} == {0o640}


def test_processes_and_one_process_agree_to_the_last_bit(tmp_path, tiny_study, warm):
    results = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        run(tiny_study, out=folder, engine=LocalEngine(workers), store=Store(folder / "store"))
        results.append((folder / "results.jsonl").read_bytes())
    assert results[0] == results[1]


DEADLY = """
import os, pathlib
from truing.methods import Method, method, follow

@method("deadly")
def deadly() -> Method:
    "Kills its process {times} times, then follows the weak labels."
    def targets(weak, belief, progress):
        marks = list(pathlib.Path({folder!r}).glob("died-*"))
        if len(marks) < {times}:
            pathlib.Path({folder!r}, f"died-{{len(marks)}}").touch()
            os.kill(os.getpid(), 9)
        return follow(weak, belief, progress)
    return Method(targets=targets, static=True)
"""


@pytest.mark.filterwarnings("ignore:A worker stopped while some jobs:UserWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_dead_worker_is_replaced(tmp_path, tiny, warm):
    path = tmp_path / "deadly.py"
    path.write_text(DEADLY.format(folder=str(tmp_path), times=1))
    study = Study(
        tasks=str(tiny), weak="pca-1", strong=["pca-3", "pca-4"], methods=f"{path}:deadly", seeds=2
    )
    found = run(study, out=tmp_path / "out", engine=LocalEngine(2))
    assert (tmp_path / "died-0").exists()
    assert len(found.rows) == 2


@pytest.mark.filterwarnings("ignore:A worker stopped while some jobs:UserWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_work_that_kills_every_worker_ends_with_a_reason(tmp_path, tiny, monkeypatch, warm):
    monkeypatch.setattr("truing.studies._complete.ATTEMPTS", 1)  # each starts new workers
    path = tmp_path / "deadly.py"
    path.write_text(DEADLY.format(folder=str(tmp_path), times=99))
    study = Study(
        tasks=str(tiny), weak="pca-1", strong=["pca-3", "pca-4"], methods=f"{path}:deadly", seeds=2
    )
    with pytest.raises(EngineError, match="results were lost 2 times"):
        run(study, out=tmp_path / "out", engine=LocalEngine(2))


def test_steps_computed_again_after_damage_are_not_counted_as_reused(tiny_study, store, alone):
    plan = make_plan(tiny_study)
    run_plan(plan, engine=alone, store=store)
    scores = {line.score.key for line in plan.lines} | {
        line.compare.key for line in plan.lines if line.compare
    }
    for key in scores:
        damaged = store.folder / key[:2] / key
        damaged.write_bytes(damaged.read_bytes()[:-1])
    seen = []
    again = run_plan(plan, engine=alone, store=store, watch=lambda *told: seen.append(told))
    assert again.work.reused == len(plan.steps) - len(scores)
    assert {done + reused <= len(plan.steps) for _, done, _, reused in seen} == {True}
