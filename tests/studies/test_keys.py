"""A step's key holds the source of all that computes its result: a change of any is noticed."""

from __future__ import annotations

import hashlib
import sys
from collections import defaultdict
from pathlib import Path

import pytest

import truing
from truing.studies import Study, make_plan
from truing.studies._run import _batches, _ready
from truing.studies.work import perform
from truing.studies.work._code import TRAIN_LIBRARIES, code_version

ROOM = Path(truing.__file__).parent
CARRIES = {  # what brings work to its place and its result to the store
    "imports.py",
    "registry.py",
    "sources.py",
    "specification.py",
    "studies/_place.py",
    "studies/_store.py",
    "studies/work/_perform.py",
    "tasks/_task.py",
}


@pytest.fixture
def study(tiny) -> Study:
    """Every kind of work on heads."""
    methods = ["naive", "composition,transform=sharpen,relabel=knn", "co-teaching", "knn-relabel"]
    return Study(
        tasks=str(tiny),
        weak=["pca-1", "simulated-noise"],
        strong="pca-4",
        methods=methods,
        seeds=1,
        diagnostics=True,
    )


def files_run(study, store) -> dict[str, set[str]]:
    """Files of truing whose functions run when the steps of each kind are done."""
    found = defaultdict(set)
    plan = make_plan(study)
    while missing := plan.missing(store):
        for batch in _batches(_ready(missing), 1):

            def note(frame, event, _, seen=found[batch.kind]):
                if event == "call" and frame.f_code.co_name != "<module>":
                    seen.add(frame.f_code.co_filename)

            before = sys.getprofile()
            sys.setprofile(note)
            try:
                error = perform(batch, store.location)
            finally:
                sys.setprofile(before)
            assert error is None
    return {
        kind: {str(Path(one).relative_to(ROOM)) for one in seen if Path(one).is_relative_to(ROOM)}
        for kind, seen in found.items()
    }


@pytest.fixture
def edit(monkeypatch):
    """Let a file of truing read as if it had another line."""
    changed: list[Path] = []
    read, digest = Path.read_bytes, hashlib.file_digest
    more = b"# another line\n"
    monkeypatch.setattr(Path, "read_bytes", lambda p: read(p) + (more if p in changed else b""))

    def digest_changed(file, name):
        found = digest(file, name)
        if Path(file.name) in changed:
            found.update(more)
        return found

    monkeypatch.setattr(hashlib, "file_digest", digest_changed)

    def change(name: str) -> None:
        changed[:] = [ROOM / name]
        code_version.cache_clear()

    yield change
    code_version.cache_clear()


def test_a_change_of_any_file_that_computes_a_result_gives_it_a_new_key(study, store, edit):
    before = make_plan(study).steps
    kinds = files_run(study, store)
    assert set(kinds) == {step.kind for step in before.values()}
    for name in set().union(*kinds.values()) - CARRIES:
        edit(name)
        after = make_plan(study).steps
        old, new = (
            {one.kind for key, one in before.items() if (key in after) is kept}
            for kept in (True, False)
        )
        runs_it = {kind for kind in kinds if name in kinds[kind]}
        assert runs_it <= new, f"{name} computes {runs_it - new}, and may change unnoticed"
        if not name.startswith("methods/"):  # a method's file belongs to that method alone
            assert not runs_it & old, f"{name} computes {runs_it & old}, and may change unnoticed"


def test_a_fine_tuning_is_told_apart_by_what_cuts_its_texts_into_tokens():
    assert {"tokenizers", "torch", "transformers"} <= set(TRAIN_LIBRARIES)
