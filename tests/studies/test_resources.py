"""Work has the part of the machine that its step asked for, and no more runs than there is room."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from truing.errors import UserError
from truing.studies import LocalEngine, Resources, Store, Study, complete, make_plan
from truing.studies._step import Batch, make_job
from truing.studies.engines import _local, _machine

NOTING = """
import json, os, pathlib, time
from truing.methods import Method, method, follow

@method("noting")
def noting(number: int = 0) -> Method:
    "Notes when it ran, where, and with which devices."
    def targets(weak, belief, progress):
        began = time.time()
        time.sleep(0.3)
        told = dict(began=began, ended=time.time(), process=os.getpid(),
                    devices=os.environ.get("CUDA_VISIBLE_DEVICES"))
        pathlib.Path({folder!r}, f"note-{{number}}.json").write_text(json.dumps(told))
        return follow(weak, belief, progress)
    return Method(targets=targets, static=True)
"""

GIB = 2**30


@pytest.fixture
def note(tmp_path, tiny, store, warm):
    """Four trainings that ask for resources; what each of them had of the machine."""
    path = tmp_path / "noting.py"
    path.write_text(NOTING.format(folder=str(tmp_path)))
    methods = [f"{path}:noting,number={i}" for i in range(1, 5)]
    study = Study(tasks=str(tiny), weak="pca-1", strong="pca-3", methods=methods, seeds=1)
    complete(make_plan(study.model_copy(update={"methods": ("naive",)})), store, LocalEngine(1))
    missing = make_plan(study).missing(store).values()
    steps = [step for step in missing if step.kind == "train student"]

    def run(engine, asked) -> list[dict]:
        batches = [Batch(one.kind, (make_job(replace(one, resources=asked)),)) for one in steps]
        found = list(engine.run(batches, store.location))
        assert [error for _, error in found] == [None] * 4
        assert all(step.key in Store() for step in steps)
        return [json.loads(one.read_text()) for one in sorted(tmp_path.glob("note-*.json"))]

    return run


def most_at_a_time(notes) -> int:
    at = [note["began"] for note in notes]
    return max(sum(one["began"] <= moment < one["ended"] for one in notes) for moment in at)


def test_each_training_has_a_separate_device(note, monkeypatch):
    monkeypatch.setattr(_local, "name_devices", lambda: ["4", "7"])
    notes = note(LocalEngine(4), Resources(gpus=1))
    assert {one["devices"] for one in notes} == {"4", "7"}
    for device in ("4", "7"):
        assert most_at_a_time([one for one in notes if one["devices"] == device]) == 1
    assert most_at_a_time(notes) <= 2


def test_a_training_may_ask_for_several_devices(note, monkeypatch):
    monkeypatch.setattr(_local, "name_devices", lambda: ["0", "1", "2", "3", "4"])
    notes = note(LocalEngine(8), Resources(gpus=2))
    assert {one["devices"] for one in notes} <= {"0,1", "2,3"}
    assert most_at_a_time(notes) <= 2


def test_too_many_devices_are_reported(note, monkeypatch):
    monkeypatch.setattr(_local, "name_devices", lambda: ["0"])
    with pytest.raises(UserError, match="a step needs 2 CUDA devices; this machine has 1"):
        note(LocalEngine(2), Resources(gpus=2))


def test_one_worker_runs_everything_in_this_process(note, monkeypatch):
    monkeypatch.setattr(_local, "name_devices", lambda: ["0", "1"])
    notes = note(LocalEngine(1), Resources(gpus=1))
    assert len({one["process"] for one in notes}) == 1
    assert most_at_a_time(notes) == 1


@pytest.mark.parametrize(
    ("asked", "beside"),
    [
        (Resources(), 8),
        (Resources(cpus=4), 2),
        (Resources(cpus=16), 1),
        (Resources(memory=3 * GIB), 3),
        (Resources(memory=100 * GIB), 1),
    ],
)
def test_cores_and_memory_limit_parallel_work(monkeypatch, asked, beside):
    monkeypatch.setattr(_local, "count_memory", lambda: 10 * GIB)
    assert LocalEngine(8)._parallel(asked) == beside


def test_work_waits_for_memory(note, monkeypatch):
    monkeypatch.setattr(_local, "count_memory", lambda: 2 * GIB)
    assert most_at_a_time(note(LocalEngine(4), Resources(memory=2 * GIB))) == 1


def test_a_batch_requests_the_maximum_resources_of_its_jobs():
    from truing.studies._step import Job

    jobs = [
        Job("a", {}, {}, None, Resources(cpus=2, memory=5)),
        Job("b", {}, {}, None, Resources(gpus=1, memory=3)),
    ]
    assert Batch("train student", tuple(jobs)).resources == Resources(2, 1, 5)


def test_a_container_has_the_memory_of_its_limit(monkeypatch, tmp_path):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(_machine, "LIMIT", limit)
    whole = _machine.count_memory()
    limit.write_text("1048576\n")
    assert _machine.count_memory() == 1048576
    limit.write_text("max\n")
    assert _machine.count_memory() == whole > 2**20


def test_devices_are_those_that_this_process_may_see(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert _machine.name_devices() == ["0", "1"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,GPU-5")
    assert _machine.name_devices() == ["3", "GPU-5"]
