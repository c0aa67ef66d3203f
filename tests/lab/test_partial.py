"""Results of a run in progress, for other processes: true so far, and gone at the end."""

from __future__ import annotations

import json

import pytest

from truing.lab import Oversight, run, run_oversight
from truing.runs import PARTIAL, PartialResults
from truing.runs import _partial as partial_module
from truing.studies import PartialRows, Store, make_plan, run_plan


def lines(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def hurried(monkeypatch):
    """Partial results are written at each progress report."""
    monkeypatch.setattr(partial_module, "PAUSE", 0.0)
    monkeypatch.setattr(partial_module, "SHARE", 1e9)


def test_a_study_stores_its_results_so_far_and_removes_them(tmp_path, tiny_study, alone, hurried):
    seen: list[list[dict]] = []

    def watch(*progress) -> None:
        if (tmp_path / "a" / PARTIAL).exists():
            seen.append(lines(tmp_path / "a" / PARTIAL))

    result = run(tiny_study, out=tmp_path / "a", engine=alone, watch=watch)
    assert not (tmp_path / "a" / PARTIAL).exists()
    last = {(row["weak"], row["strong"], row["method"]): row for row in seen[-1]}
    assert len(last) == len(result.rows)
    for row in result.rows:
        so_far = last[row.weak, row.strong, row.method]
        for name in ("transfer_accuracy", "transfer_low", "pgr", "pgr_high", "seeds", "control"):
            assert so_far[name] == getattr(row, name)


def test_rows_without_a_finished_seed_are_left_out(tmp_path, tiny_study, alone):
    plan, store = make_plan(tiny_study), Store(tmp_path / "store")
    rows = PartialRows(plan, store)
    assert rows() == []
    run_plan(plan, store=store, engine=alone)
    assert len(rows()) == len(plan.lines)
    removed = plan.lines[0].score.parents["transfer"][0]
    store.remove(removed.key)
    so_far = PartialRows(plan, store)()
    notes = [row["note"] for row in so_far if row["method"] == plan.lines[0].method]
    total = len(plan.lines[0].score.parents["weak"])
    assert any(note.startswith(f"{total - 1} of {total} seeds") for note in notes) or total == 1


def test_an_oversight_run_stores_its_verdicts_so_far_and_removes_them(
    tmp_path, hurried, monkeypatch
):
    seen: list[list[dict]] = []
    real = partial_module.write_whole

    def write(path, content: bytes) -> None:
        real(path, content)
        seen.append(lines(path))

    monkeypatch.setattr(partial_module, "write_whole", write)
    asked = Oversight(protocols="blind", questions="cases,count=5", judge="truing/judge")
    result = run_oversight(asked, out=tmp_path / "a")
    finished = {row.question: row.to_json() for row in result.overseen.records}
    assert {row["question"]: row for row in seen[-1]} == finished  # with the ground truth
    assert len(seen[0]) < len(seen[-1]) == 5
    assert not (tmp_path / "a" / PARTIAL).exists()


def test_after_an_interruption_the_results_so_far_remain(tmp_path, hurried):
    def stop() -> None:
        with PartialResults(tmp_path, lambda: [{"a": 1}]) as partial:
            partial("train", 1, 2)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert lines(tmp_path / PARTIAL) == [{"a": 1}]


def test_a_run_starts_without_the_partial_results_of_an_earlier_run(tmp_path):
    (tmp_path / PARTIAL).write_text('{"a": 1}\n')
    with PartialResults(tmp_path, list):
        assert not (tmp_path / PARTIAL).exists()


def test_short_runs_write_no_partial_results(tmp_path):
    with PartialResults(tmp_path, lambda: pytest.fail("not due yet")) as watched:
        watched("train", 1, 2)
    assert not (tmp_path / PARTIAL).exists()
