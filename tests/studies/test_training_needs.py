"""The memory of fine-tunings is stated before they start, and limits how many run in parallel."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tests.conftest import write_jsonl
from tests.students.tiny import make_tiny
from truing.cli._main import cli
from truing.lab import run
from truing.studies import Resources, Store, Study, _training_memory, make_plan, training_needs
from truing.studies._step import Batch, Job
from truing.studies.engines import LocalEngine, _local

QUICK = "num_epochs=1,batch_size=16,max_length=32"


@pytest.fixture
def reviews(tmp_path) -> str:
    """40 short reviews."""
    rows = [
        {
            "id": str(number),
            "text": f"the cat is {'good' if number % 2 else 'bad'}",
            "truth": number % 2,
        }
        for number in range(40)
    ]
    return str(write_jsonl(tmp_path / "reviews.jsonl", rows))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> str:
    """The name of a tiny checkpoint."""
    return f"hf/{make_tiny('llama', tmp_path_factory.mktemp('checkpoints'))}"


@pytest.fixture
def short(monkeypatch):
    """Pretend that no memory is free."""
    monkeypatch.setattr(_training_memory, "free_memory", lambda device, gpus: [0])


def study_of(reviews, tiny, methods=("naive",)):
    return Study(tasks=reviews, weak="lsa-2", strong=f"{tiny},{QUICK}", methods=methods, seeds=1)


def dry_run(reviews, tiny, *more):
    given = ["--task", reviews, "--weak", "lsa-2", "--strong", f"{tiny},{QUICK}", "--seeds", "1"]
    return CliRunner().invoke(cli, ["w2s", *given, "--method", "naive", "--dry-run", *more])


def test_each_student_has_the_memory_of_its_largest_training(reviews, tiny):
    steps = make_plan(study_of(reviews, tiny, ("naive", "co-teaching"))).steps.values()
    (need,) = training_needs(steps)
    trained = [step for step in steps if step.kind.startswith("finetune")]
    totals = [step.payload.memory.total for step in trained]
    assert need.memory.total == max(totals) > min(totals)  # two peers need more than one model
    assert need.fits
    assert all(
        step.resources == Resources(memory=int(step.payload.memory.total)) for step in trained
    )


def test_a_dry_run_states_the_memory(reviews, tiny, tmp_path):
    printed = " ".join(dry_run(reviews, tiny, "--store", str(tmp_path)).output.split())
    (need,) = training_needs(make_plan(study_of(reviews, tiny)).steps.values())
    assert f"training {need.student}: {need.memory}, " in printed
    assert " GB free" in printed
    found = json.loads(dry_run(reviews, tiny, "--store", str(tmp_path), "--json").stdout)
    (stated,) = found["training_memory"]
    assert stated["student"] == need.student
    parts = ("weights", "gradients", "optimizer", "activations", "base")
    assert stated["total"] == pytest.approx(sum(stated[part] for part in parts), abs=5)
    assert stated["free"] > 0


@pytest.mark.usefixtures("short")
def test_too_little_memory_is_a_warning_with_the_settings_that_help(reviews, tiny, tmp_path):
    with pytest.warns(UserWarning, match=r"needs about .* only 0\.0 GB are free; set adapter=lora"):
        dry_run(reviews, tiny, "--store", str(tmp_path))


def test_a_run_states_the_memory_once_and_only_if_it_trains(reviews, tiny, tmp_path, capsys):
    for printed in (1, 0):
        run(
            study_of(reviews, tiny),
            out=tmp_path / "run",
            store=Store(tmp_path / "store"),
            engine=LocalEngine(1),
            watch=lambda *_: None,
        )
        assert capsys.readouterr().err.count("GB of memory (weights 0.0") == printed


def test_memory_that_suffices_for_all_workers_separates_no_work(monkeypatch):
    """Trainings that need different memory run side by side."""
    monkeypatch.setattr(_local, "count_memory", lambda: 100)
    started = []
    monkeypatch.setattr(
        _local, "_in_processes", lambda some, store, count: started.append((len(some), count)) or []
    )
    batches = [
        Batch("finetune student", (Job(str(size), {}, {}, None, Resources(memory=size)),))
        for size in (10, 11, 60, 61)
    ]
    monkeypatch.setattr(_local, "perform", lambda batch, store: started.append("alone"))
    monkeypatch.setattr(_local, "_entries", lambda batch: 0)
    monkeypatch.setattr(_local, "_heavy", lambda batch: True)
    list(LocalEngine(2).run(batches, "store"))
    assert started == [(2, 2), "alone", "alone"]
