"""`check_folder` and `truing submit --try`: folders that satisfy their contract or break it."""

from __future__ import annotations

import json

import pytest

from tests.conftest import write_tiny
from truing.errors import ContractError, UserError
from truing.research.isolation import LEVELS, probe
from truing.testing import check_folder

GIVEN = probe()
pytestmark = pytest.mark.skipif(
    not all(getattr(GIVEN, need) for need in LEVELS["sealed"].needs),
    reason="this machine cannot seal submitted code",
)
GOOD = """
import numpy as np
from truing import pipeline
given = pipeline.load()
weak = given.weak.argmax(axis=1)
distances = ((given.predict[:, None] - given.learn[None]) ** 2).sum(axis=-1)
pipeline.save(weak[distances.argmin(axis=1)])
"""
BAD = {
    "crash": ("print('here')\n1 / 0", "ZeroDivisionError in line 2 (ZeroDivisionError: division"),
    "luck": (
        "from truing import pipeline; import numpy as np; given = pipeline.load(); "
        "pipeline.save(np.random.default_rng().random((len(given.predict), len(given.choices))))",
        "predictions differ between two runs with the same inputs; required: a second run",
    ),
    "count": (
        "from truing import pipeline; import numpy as np; given = pipeline.load(); "
        "assert len(given.predict) > 30; pipeline.save(np.zeros(len(given.predict), int))",
        "AssertionError in line 1 (AssertionError:); required: it predicts another number of items",
    ),
}


@pytest.fixture(scope="module")
def task(tmp_path_factory) -> str:
    return str(write_tiny(tmp_path_factory.mktemp("task") / "tiny.jsonl"))


@pytest.fixture
def place(tmp_path):
    path = tmp_path / "mine"
    path.mkdir()
    return path


def test_a_good_folder_satisfies_all_conditions(place, task, truing):
    (place / "run.py").write_text(GOOD)
    trial = check_folder(place, task)
    assert len(trial.conditions) == 3
    assert dict(trial.skipped) == {
        "it works on a task with another number of choices": "no other task is named"
    }
    shown = str(trial)
    assert f"accuracy on tiny.jsonl: {trial.gain.accuracy:.3f}; naive training" in shown
    assert "of 120 s of processor time" in shown
    assert 0 < trial.usage.cpu < 120
    json.dumps(trial.to_json())


@pytest.mark.parametrize("name", BAD)
def test_a_broken_folder_is_reported_with_its_condition(place, task, name):
    text, message = BAD[name]
    (place / "run.py").write_text(text)
    with pytest.raises(ContractError) as caught:
        check_folder(place, task)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    if name == "crash":
        (note,) = caught.value.__notes__
        assert "here" in note
        assert "1 / 0" in note


def test_a_wrong_directory_or_task_is_a_usual_error(place, task):
    with pytest.raises(UserError, match=r"no run.py"):
        check_folder(place, task)
    (place / "run.py").write_text(GOOD)
    with pytest.raises(UserError, match="unknown task"):
        check_folder(place, "nothing")


def test_a_protocol_has_no_trial(place, task):
    (place / "protocol.json").write_text("{}")
    with pytest.raises(UserError, match=r"a trial runs run.py, and .* has none; submit a protocol"):
        check_folder(place, task)


def test_the_command_prints_the_trial_or_the_output_of_the_failed_run(place, task, truing):
    (place / "run.py").write_text("print('here')\n1 / 0")
    code, out, err = truing("submit", "--folder", place, "--try", task)
    assert (code, out) == (1, "")
    assert "output of the failed run:" in err
    assert err.splitlines()[-1].startswith("truing: folder")
    assert truing("submit", "--try")[2] == "truing: --try needs a folder; give --folder DIR\n"


def test_a_trial_reads_the_models_that_are_named(place, task, tmp_path, truing, monkeypatch):
    """Whether the model can be read shows in the exit code; the program asserts nothing else."""
    read = "open(given.models['small'] + '/config.json').read()"
    (place / "run.py").write_text(GOOD.replace("weak =", f"{read}\nweak ="))
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "config.json").write_text("{}")
    given = "submit", "--folder", place, "--try", task
    code, _, err = truing(*given)
    assert (code, "the run may read no model, not 'small'; in a trial, add --model" in err) == (
        1,
        True,
    )
    assert truing(*given, "--model", f"small={tmp_path / 'small'}")[0] == 0
    monkeypatch.chdir(tmp_path)
    assert truing(*given, "--model", "small=small")[0] == 0
    for wrong, line in [
        ("small", "--model must be NAME=PATH, got 'small'"),
        ("small=/nowhere", "the model 'small' is /nowhere, which is not a folder; name the folder"),
    ]:
        code, _, err = truing(*given, "--model", wrong)
        assert (code, err.startswith(f"truing: {line}")) == (2, True)
    twice = "small=a", "--model", "small=b"
    assert truing(*given, "--model", *twice)[:2] == (2, "")
    assert "--model gives 'small' twice" in truing(*given, "--model", *twice)[2]
    code, _, err = truing("submit", "--folder", place, "--model", "small=/nowhere")
    assert (code, "--model is an option of --try" in err) == (2, True)
