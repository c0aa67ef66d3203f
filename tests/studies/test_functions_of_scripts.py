"""Functions of scripts, standard input and notebook cells are methods of a study."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import truing
from truing.errors import UserError
from truing.studies import LocalEngine, Store, Study, make_plan, run_plan

SCRIPT = """
import sys
import numpy as np
import truing
from local_share import SHARE

def mixed(one, other):
    return SHARE * one + (1 - SHARE) * other

def smooth(weak, belief, progress):
    return mixed(weak, belief), np.ones(len(weak))

@truing.method("mine")
def mine(share: float = 0.5):
    "Mix by a share."
    def targets(weak, belief, progress):
        return share * weak + (1 - share) * belief, np.ones(len(weak))
    return truing.Method(targets=targets)

study = truing.Study(
    tasks=sys.argv[1], weak="pca-1", strong="pca-5", seeds=2,
    methods=["naive", smooth, "mine", "mine,share=0.7", mine],
)
result = truing.run(study, out=sys.argv[3], engine=truing.LocalEngine(int(sys.argv[2])))
print([row.method for row in result.rows], result.work.trainings)
"""
METHODS = "['naive', 'smooth', 'mine', 'mine,share=0.7']"
TRAININGS = 12  # 2 seeds: a supervisor, a ceiling and four students


@pytest.fixture
def folder(tmp_path):
    """A folder with a script and a local module beside it."""
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "local_share.py").write_text("SHARE = 0.7\n")
    return tmp_path


def python(folder, *words, program=sys.executable, **options) -> str:
    """What a Python process prints."""
    words = [program, *map(str, words)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=folder, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_script_with_two_processes_and_then_one_that_reuses_its_results(folder, tiny, warm):
    first = python(folder, "script.py", tiny, 2, "run", program=warm)
    assert first == f"{METHODS} {TRAININGS}"
    again = python(folder, "script.py", tiny, 1, "run", program=warm)
    assert again == f"{METHODS} 0"


def test_standard_input_with_two_processes_and_then_the_same_text_in_a_file(folder, tiny, warm):
    first = python(folder, "-", tiny, 2, "run", input=SCRIPT, program=warm)
    assert first == f"{METHODS} {TRAININGS}"
    seeded = {**os.environ, "PYTHONHASHSEED": "7"}
    assert python(folder, "script.py", tiny, 1, "run", env=seeded) == f"{METHODS} 0"


def test_code_of_a_command_line(folder, tiny, warm):
    assert python(folder, "-c", SCRIPT, tiny, 1, "first", program=warm) == f"{METHODS} {TRAININGS}"
    changed = SCRIPT.replace("SHARE * one", "SHARE * SHARE * one + (SHARE - SHARE * SHARE) * one")
    assert python(folder, "-c", changed, tiny, 1, "second", program=warm) == f"{METHODS} 2"


def test_the_run_folder_runs_again_without_the_script(folder, tiny, warm):
    python(folder, "script.py", tiny, 1, "run", program=warm)
    kept = sorted(path.name.partition("@")[0] for path in (folder / "run/objects").iterdir())
    assert kept == ["mine"] * 3 + ["smooth"] * 3
    (text,) = (folder / "run/objects").glob("smooth@*.py")
    assert "def mixed(one, other):" in text.read_text()
    results = (folder / "run/results.jsonl").read_bytes()
    (folder / "script.py").unlink()
    (folder / "local_share.py").unlink()
    elsewhere = {**os.environ, "TRUING_STORE": str(folder / "other-store")}
    python(folder, "-m", "truing", "run", "run", program=warm, env=elsewhere)
    assert (folder / "run/results.jsonl").read_bytes() == results
    assert "trainings" in (folder / "run/environment.json").read_text()


NOTEBOOK = """
import sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance(colors="NoColor")

def cell(text):
    done = shell.run_cell(text, store_history=True)
    print(done.error_in_exec or "done")

cell("import numpy as np, truing")
cell("def helper(weak, belief):\\n    return 0.7 * weak + 0.3 * belief")
cell("def follow(weak, belief, progress):\\n    return weak, np.ones(len(weak))")
cell("def smooth(weak, belief, progress):\\n    return helper(weak, belief), np.ones(len(weak))")
cell("@truing.method('mine')\\ndef mine():\\n    return truing.Method(targets=smooth)")
RUN = f'''
study = truing.Study(tasks={sys.argv[1]!r}, weak="pca-1", strong="pca-5", seeds=2,
                     methods=["naive", smooth, "mine"])
print(truing.run(study, engine=truing.LocalEngine(2)).work.trainings)
'''
cell(RUN)
cell(RUN)
cell("def helper(weak, belief):\\n    return 0.8 * weak + 0.2 * belief")
cell(RUN)
cell("@truing.method('mine')\\ndef mine():\\n    return truing.Method(targets=follow)")
cell(RUN)
cell("def helper(weak, belief):\\n    missing = {}\\n    return missing['key']")
cell(RUN)
"""


def test_cells_of_a_notebook_are_redefined_and_share_helpers(tmp_path, tiny, warm):
    said = python(tmp_path, "-c", NOTEBOOK, tiny, program=warm).splitlines()
    shown = [line for line in said if line.isdigit()]
    assert shown == ["10", "0", "4", "2"]  # all; none; both methods by the helper; `mine` alone
    assert said[-1] == (
        "method 'smooth' failed: KeyError: 'key' (in helper, line 3: return missing['key'])"
    )


def failing(weak, belief, progress):
    return weak / {}["divisor"], None


def test_a_function_that_fails_is_named_with_its_line(tiny, tmp_path):
    study = Study(tasks=str(tiny), weak="pca-1", strong="pca-5", methods=failing, seeds=1)
    with pytest.raises(
        UserError, match=r"'failing' failed: KeyError: 'divisor' \(in failing, line"
    ):
        run_plan(make_plan(study), engine=LocalEngine(1), store=Store(tmp_path / "store"))


def two_arguments(weak, belief):
    return weak


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, "methods must be a name, a function, .* got 3; a method is a function"),
        ({"naive": two_arguments}, r"two_arguments\(weak, belief\) is not a method"),
        ({"naive": failing}, "methods: 'naive' is the name of a built-in method"),
        ({"mine": "naive"}, "methods: naive is a reference and keeps its name"),
        ({3: failing}, "methods: the keys of a dict are names, got 3"),
        (two_arguments, r"two_arguments\(weak, belief\) is not a method; a method is a function"),
        (lambda: 3, r"'lambda' is not a method: it returned 3; it must return"),
    ],
)
def test_other_objects_are_refused(tiny, given, message):
    with pytest.raises(UserError, match=message):
        make_plan(Study(tasks=str(tiny), weak="pca-1", strong="pca-5", methods=given, seeds=1))


def test_a_dict_names_methods_and_shares_their_results(tiny):
    def plan(methods):
        return make_plan(
            Study(tasks=str(tiny), weak="pca-1", strong="pca-5", methods=methods, seeds=1)
        )

    given = plan(["naive", {"gentle": "confidence,alpha_max=0.5", "mine": failing}])
    assert [line.method for line in given.lines] == ["naive", "gentle", "mine"]
    plain = plan(["naive", "confidence,alpha_max=0.5", {"mine": failing}])
    assert given.steps.keys() == plain.steps.keys()


def test_a_function_must_not_have_the_name_of_a_built_in_method():
    with pytest.raises(UserError, match="the method 'naive' is already registered; rename"):
        truing.method("naive")(lambda: None)
