"""Extraction in blocks: on any number of workers, resumed by block, streamed to the store."""

from __future__ import annotations

import resource
import warnings
from contextlib import contextmanager

import numpy as np
import pytest

from tests.conftest import write_jsonl
from tests.students.tiny import make_tiny, texts
from truing.errors import CorruptEntryError, Notice, StoreError
from truing.students.features import FEATURES, extract
from truing.studies import LocalEngine, Reading, StepGraph, Store, Study, complete, make_plan
from truing.studies.work import extract_step, read_features
from truing.tasks import load_task

KEY = "ab" + "0" * 62


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    """600 texts in three blocks or more, some of them equal."""
    rows = [{"text": text, "truth": at % 2} for at, text in enumerate(texts(600, 16))]
    path = write_jsonl(tmp_path_factory.mktemp("items") / "texts.jsonl", rows)
    return load_task(str(path)).task


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """Two layers of a checkpoint, with different pools, limits and types."""
    name = f"hf/{make_tiny('llama', tmp_path_factory.mktemp('checkpoints'))}"
    return f"{name}@layer-2,pool=mean", f"{name}@layer-1,max_length=8,storage=float16"


@pytest.fixture(scope="module")
def steps(task, names):
    return tuple(extract_step(task, FEATURES.build(name)) for name in names)


@pytest.fixture(scope="module")
def alone(task, names) -> list[bytes]:
    """The features without steps."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Notice)  # about truncated texts
        return [extract(FEATURES.build(name).value, name, task).tobytes() for name in names]


@pytest.fixture(scope="module")
def finished(steps, tmp_path_factory):
    """A store with the features."""
    store = Store(tmp_path_factory.mktemp("finished"))
    complete(StepGraph(steps), store, LocalEngine(1))
    return store


class Stopped:
    """An engine that ends after some batches, as if it was killed, in reverse order."""

    slots = 1

    def __init__(self, batches: float):
        self.batches, self.kinds = batches, []

    def run(self, batches, store):
        for batch in batches[::-1]:
            if len(self.kinds) == self.batches:
                raise KeyboardInterrupt
            self.kinds.append(batch.kind)
            yield from LocalEngine(1).run([batch], store)


def blocks_in(steps, store) -> int:
    return sum(block.key in store for step in steps for block in step.parents["blocks"])


def test_steps_compute_the_same_bits_as_the_features_without_steps(steps, alone, finished):
    assert [read_features(finished, step.key).tobytes() for step in steps] == alone


def test_two_processes_compute_the_same_bits_as_one(steps, alone, store):
    complete(StepGraph(steps), store, LocalEngine(2))
    assert [read_features(store, step.key).tobytes() for step in steps] == alone


def test_an_interrupted_extraction_loses_only_the_block_in_progress(steps, alone, store):
    total = len(steps[0].parents["blocks"])
    assert total >= 3
    with pytest.raises(KeyboardInterrupt):
        complete(StepGraph(steps), store, Stopped(2))
    assert blocks_in(steps, store) == 2 * len(steps)
    rest = Stopped(float("inf"))
    complete(StepGraph(steps), store, rest)
    assert rest.kinds.count("block") == total - 2
    assert [read_features(store, step.key).tobytes() for step in steps] == alone


def test_blocks_are_removed_when_the_features_are_complete(steps, finished):
    assert blocks_in(steps, finished) == 0
    assert not StepGraph(steps).missing(finished)


def test_features_are_memory_mapped_and_half_as_large_in_float16(steps, finished):
    whole, half = (finished.map(step.key)["features"] for step in steps)
    assert isinstance(whole.base, np.memmap)
    assert whole.ctypes.data % 64 == half.ctypes.data % 64 == 0
    assert (whole.dtype, half.dtype) == (np.float32, np.float16)
    assert whole.nbytes == 2 * half.nbytes
    assert read_features(finished, steps[1].key).dtype == np.float32


def test_features_at_a_url_equal_those_in_a_folder(steps, alone):
    store = Store("memory://blocks")
    complete(StepGraph(steps), store, LocalEngine(1))
    assert [read_features(store, step.key).tobytes() for step in steps] == alone


def test_rows_written_in_any_order_are_read_as_one_array(store):
    values = np.arange(24, dtype=np.float32).reshape(6, 4)
    parts = [(np.array(rows), values[rows]) for rows in ([5, 0], [3, 1, 2], [4])]
    store.write_rows(KEY, "features", (3, 2, 4), values.dtype, parts)
    for found in (store.read(KEY), store.map(KEY)):
        assert found["features"].tolist() == values.reshape(3, 2, 4).tolist()


def test_a_damaged_mapped_entry_is_removed(store):
    store.write(KEY, {"features": np.ones((4, 4))})
    path = store.folder / KEY[:2] / KEY
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(CorruptEntryError, match="was damaged"):
        store.map(KEY)
    assert KEY not in store
    with pytest.raises(CorruptEntryError, match="is missing"):
        store.map(KEY)


@contextmanager
def full_disk(size: int):
    """Files of this process cannot grow beyond some bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [2000, 30_000])  # too little for a block, or for the features
def test_without_space_one_line_is_shown_and_nothing_half_written(steps, store, size):
    with (
        full_disk(size),
        pytest.raises(StoreError, match=r"cannot be written to \(.*\); free some space, or set T"),
    ):
        complete(StepGraph(steps), store, LocalEngine(1))
    left = {path.name for path in store.folder.rglob("*") if path.is_file()}
    assert left <= {block.key for step in steps for block in step.parents["blocks"]}
    complete(StepGraph(steps), store, LocalEngine(1))
    assert blocks_in(steps, store) == 0


def test_progress_shows_texts_and_the_remaining_time_before_and_during(steps, task, store):
    shown = []
    complete(StepGraph(steps), store, LocalEngine(1), watch=lambda kind, *_: shown.append(kind))
    count = len(set(task.texts))
    assert shown[0] == f"activations: 0 of {count} texts, about 0:00 left"
    assert shown[1].startswith("activations: ")
    assert f"of {count} texts, " in shown[1]
    assert shown[1].endswith(" left")
    assert "extract" in shown


def test_the_time_before_the_start_is_estimated_from_the_speed_of_a_core(tmp_path, steps):
    one, two = (Reading.of_steps(steps[0].parents["blocks"], slots) for slots in (1, 2))
    assert one.seconds_left == pytest.approx(2 * two.seconds_left)
    assert Reading.of_steps(steps[0].parents["blocks"], 0).seconds_left is None


def test_a_dry_run_shows_the_texts_to_read(truing, names, tmp_path):
    rows = [{"text": text, "truth": at % 2} for at, text in enumerate(texts(100, 16))]
    path = write_jsonl(tmp_path / "texts.jsonl", rows)
    grid = ["--weak", names[1], "--strong", names[0], "--method", "naive", "--dry-run"]
    code, out, _ = truing("w2s", "--task", path, *grid)
    count = len({row["text"] for row in rows})
    assert code == 0
    assert out.splitlines()[-1] == f"activations: 0 of {count} texts, about 0:00 left"


def test_a_study_reads_the_texts_once_for_the_supervisor_and_the_student(names, tmp_path):
    rows = [{"text": text, "truth": at % 2} for at, text in enumerate(texts(600, 16))]
    path = write_jsonl(tmp_path / "texts.jsonl", rows)
    study = Study(tasks=str(path), weak=names[1], strong=names[0], methods="naive", seeds=1)
    plan, engine = make_plan(study), Stopped(float("inf"))
    complete(plan, Store(tmp_path / "store"), engine)
    blocks = [step for step in plan.steps.values() if step.kind == "block"]
    assert engine.kinds.count("block") == len(blocks) / 2 >= 3
