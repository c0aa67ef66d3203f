"""A step's key changes with every file that computes its result, and with no other."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

import truing
from tests.conftest import write_jsonl
from tests.students.tiny import make_tiny, texts
from truing import closure, sources
from truing.closure import files_run
from truing.lab import Oversight
from truing.methods import METHODS
from truing.studies import Study, make_plan
from truing.studies.work import _code
from truing.studies.work._code import TRAIN_LIBRARIES
from truing.supervisors import SUPERVISORS

ROOM = Path(truing.__file__).parent
ROOT = Path(__file__).parents[2]
FILES = sorted(str(path.relative_to(ROOM)) for path in ROOM.rglob("*.py"))
OTHERS = ("cli/", "report/", "research/", "server/", "students/transformer/", "testing/")  # no head


@pytest.fixture(scope="module")
def task(tmp_path_factory) -> str:
    """60 short texts with two classes."""
    truth = np.random.default_rng(5).integers(2, size=60)
    rows = [
        {"id": f"r{number}", "text": f"{'good' if right else 'bad'} {text}", "truth": "ab"[right]}
        for number, (text, right) in enumerate(zip(texts(60), truth, strict=True))
    ]
    return str(write_jsonl(tmp_path_factory.mktemp("keys") / "reviews.jsonl", rows))


@pytest.fixture(scope="module")
def heads(task) -> Study:
    """Every kind of step on heads."""
    methods = ["naive", "composition,transform=sharpen,relabel=knn", "co-teaching", "knn-relabel"]
    weak, strong = ["lsa-2", "simulated-noise"], "lsa-4"
    return Study(tasks=task, weak=weak, strong=strong, methods=methods, seeds=1, diagnostics=True)


@pytest.fixture(scope="module")
def fine_tuned(task, tmp_path_factory) -> Study:
    """Every kind of step on transformers."""
    name = f"hf/{make_tiny('bert', tmp_path_factory.mktemp('checkpoints'))}"
    tuned = f"{name},num_epochs=1,batch_size=16,learning_rate=0.01,max_length=32"
    return Study(
        tasks=task, weak=tuned, strong=[tuned, f"{name}@layer-1"], methods="naive", seeds=1
    )


@pytest.fixture(scope="module")
def estimators(task) -> Study:
    """Every kind of step on estimators."""
    weak, strong = "sklearn/GaussianNB,features=lsa-2", "sklearn/GaussianNB,features=lsa-4"
    return Study(tasks=task, weak=weak, strong=strong, methods=["naive", "co-teaching"], seeds=1)


@pytest.fixture
def edit(monkeypatch):
    """Have a file of truing read as if it were edited."""
    edited: list[Path] = []
    digest = hashlib.file_digest

    def digest_edited(file, name):
        found = digest(file, name)
        if Path(file.name) in edited:
            found.update(b"# another line\n")
        return found

    def forget() -> None:
        for cached in (_code.code_version, sources._digests_run, sources._own_digest):
            cached.cache_clear()

    def change(name: str) -> None:
        edited[:] = [ROOM / name]
        forget()

    monkeypatch.setattr(hashlib, "file_digest", digest_edited)
    yield change
    forget()


def executed(study: Study, store: Path, warm: Path) -> dict[str, set[str]]:
    """Files whose functions run for each kind of step, measured in a process of their own."""
    command = [str(warm), "-m", "tests.studies.executed", str(store), study.model_dump_json()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {kind: set(files) for kind, files in json.loads(done.stdout).items()}


def configurations(study: Study) -> list[tuple[str, str]]:
    """Kind and configuration of each step: what its key hashes beside its parents' keys."""
    steps = make_plan(study).steps.values()
    return [(step.kind, json.dumps(step.config, sort_keys=True)) for step in steps]


def kinds_changed(study: Study, before: list[tuple[str, str]]) -> tuple[set[str], set[str]]:
    """Kinds of the steps whose configuration differs from before, and of the other steps."""
    pairs = list(zip(before, configurations(study), strict=True))
    return {old[0] for old, new in pairs if old != new}, {
        old[0] for old, new in pairs if old == new
    }


@pytest.mark.parametrize("name", ["heads", "fine_tuned", "estimators"])
def test_editing_any_file_that_a_step_runs_changes_its_key(name, request, own_store, edit, warm):
    study = request.getfixturevalue(name)
    before = configurations(study)
    kinds = executed(study, own_store, warm)
    assert set(kinds) == {kind for kind, _ in before}
    for file in sorted(set().union(*kinds.values())):
        edit(file)
        changed, unchanged = kinds_changed(study, before)
        runs_it = {kind for kind in kinds if file in kinds[kind]}
        assert runs_it <= changed, f"{file} runs in {runs_it - changed} and may change unnoticed"
        if not file.startswith("methods/"):  # a method's file belongs to that method alone
            assert not runs_it & unchanged, f"{file} runs in {runs_it & unchanged}, unnoticed"


def test_the_random_seed_of_a_training_is_part_of_its_key(heads, fine_tuned, estimators, edit):
    """`chance` runs when a step is planned, and not when its work is done."""
    for study, kinds in (
        (heads, {"train student", "train ceiling"}),
        (estimators, {"fit supervisor", "fit student", "fit ceiling"}),
        (fine_tuned, {"finetune supervisor", "finetune student", "finetune ceiling"}),
    ):
        edit("cli/_main.py")
        before = configurations(study)
        edit("studies/work/_code.py")
        assert kinds <= kinds_changed(study, before)[0]


def test_editing_other_files_changes_no_key(heads, edit):
    before = configurations(heads)
    others = [file for file in FILES if file.startswith(OTHERS)]
    for file in [
        *others[::12],
        "oversight/plays/_play.py",
        "measures/_ratings.py",
        "studies/_plan.py",
    ]:
        edit(file)
        assert not kinds_changed(heads, before)[0], file


@pytest.mark.parametrize(
    ("file", "methods"),
    [
        ("methods/_co_teaching.py", {"co-teaching"}),
        ("methods/_knn_relabel.py", {"knn-relabel", "composition"}),
        ("methods/_parts.py", {"composition"}),
        ("methods/_window.py", {"composition"}),
        ("methods/__init__.py", set()),
    ],
)
def test_editing_a_method_changes_no_other_method(file, methods, edit):
    names = ["naive", "co-teaching", "knn-relabel", "composition", "bootstrap"]
    before = {name: METHODS.build(name).digest for name in names}
    edit(file)
    assert {name for name in names if METHODS.build(name).digest != before[name]} == methods


def test_the_key_of_a_supervisor_covers_its_game(edit):
    before = SUPERVISORS.build("pixel-debate").digest
    for name in ("images", "judge", "minimax", "answers"):
        edit(f"oversight/pixels/_{name}.py")
        assert SUPERVISORS.build("pixel-debate").digest != before


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("oversight/plays/_play.py", True),
        ("oversight/protocols/_debate.py", False),  # each protocol has its own digest
        ("oversight/agents/_speaker.py", True),
        ("oversight/evals/_solver.py", True),
        ("measures/_verdict.py", False),
        ("oversight/people/_sitting.py", False),
        ("server/_app.py", False),
    ],
)
def test_the_digest_of_an_oversight_run_covers_the_code_of_its_plays(file, changes, edit):
    asked = Oversight(protocols="blind", questions="cases", judge="truing/judge")
    before = asked.text
    edit(file)
    assert (asked.text != before) == changes


def test_an_export_is_followed_to_the_file_that_defines_it():
    files = {path.name for path in files_run("truing.methods._fit", "train")}
    assert {"_fit.py", "_method.py", "_heads.py"} <= files
    assert not {"__init__.py", "_naive.py", "_student.py"} & files


def test_imports_for_type_checkers_are_not_followed():
    files = {path.parent.name for path in files_run("truing.students._student", "Student")}
    assert "transformer" not in files


def test_a_large_study_reads_no_more_source_files_than_a_small_one(heads, edit):
    """A process reads each file once, so the keys of many steps cost little."""
    large = Study(**{**vars(heads), "seeds": 60})
    edit("cli/_main.py")  # forgets what was computed
    for cached in (closure._read, closure.files_run):
        cached.cache_clear()
    make_plan(heads)
    read = closure._read.cache_info().misses
    assert len(make_plan(large).steps) > 300
    assert closure._read.cache_info().misses == read > 20


def test_keys_of_fine_tuning_cover_tokenizers_torch_and_transformers():
    assert {"tokenizers", "torch", "transformers"} <= set(TRAIN_LIBRARIES)
