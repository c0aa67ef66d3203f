"""The command in a shell: closed streams, pipes, full disks, and missing folders."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_cli import w2s


@pytest.fixture
def command(warm) -> str:
    """How a shell starts truing."""
    return f"{warm} -m truing"


def shell(line: str, **more):
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, **more)


def spelled(*words) -> str:
    return " ".join(map(str, words))


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_closed_streams_do_not_stop_a_run(tiny, tmp_path, closed, command):
    done = shell(f"{command} {spelled(*w2s(tiny), '--out', 'run')} {closed}", cwd=tmp_path)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert (tmp_path / "run" / "results.jsonl").read_text().count("\n") == 1


@pytest.mark.parametrize("verb", ["list", "items digits", "--help"])
def test_a_pipe_closed_early_gives_no_traceback(verb, command):
    done = shell(f"{command} {verb} | true; exit ${{PIPESTATUS[0]}}")
    assert done.returncode in (0, 1)  # 0 where everything fit into the pipe in time
    size = "digits: 1797 items, 10 classes, majority 0.10, 1797 clusters"
    assert done.stderr.splitlines() == [size] * verb.startswith("items")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_output_to_a_full_disk_is_one_line(tiny, tmp_path, command):
    for line in ("list", spelled(*w2s(tiny), "--out", "run")):
        done = shell(f"{command} {line} > /dev/full", cwd=tmp_path)
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].startswith("truing: no space left on device; ")
        assert "Traceback" not in done.stderr


def test_measure_pgr_in_a_pipe_is_plain(tmp_path, command):
    rows = [
        {"group": "g", "role": role, "seed": 0, "accuracy": accuracy, "n_test": 100}
        for role, accuracy in (("weak", 0.6), ("transfer", 0.7), ("ceiling", 0.8))
    ]
    (tmp_path / "f.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    whole = shell(f"{command} measure pgr f.jsonl | cat", cwd=tmp_path)
    assert "0.50" in whole.stdout
    assert "\x1b" not in whole.stdout
    cut = shell(f"{command} measure pgr f.jsonl | true", cwd=tmp_path)
    assert cut.stderr == ""


def test_a_run_folder_can_be_run_again_in_place(truing, tiny, tmp_path):
    truing(*w2s(tiny, "--out", "first"))
    (tmp_path / "first" / "results.jsonl").unlink()
    code, out, err = truing("run", "first", "--json")
    assert code == 0, err
    assert json.loads(out)["work"]["trainings"] == 0
    assert (tmp_path / "first" / "results.jsonl").is_file()
    truing("run", "first", "--out", "second")
    assert (tmp_path / "second" / "study.json").is_file()


def test_a_folder_without_a_study_is_refused(truing, tmp_path):
    (tmp_path / "empty").mkdir()
    assert truing("run", "empty")[0::2] == (
        2,
        "truing: empty is not a run folder; name a folder that contains study.json, "
        "stress.json or oversight.json\n",
    )
    (tmp_path / "empty" / "oversight.json").write_text("{}")
    code, _, err = truing("run", "empty")
    assert code == 2
    assert err.startswith("truing: empty/oversight.json has no 'protocols'; ")


def test_viewing_a_missing_folder_is_a_mistake(truing):
    code, _, err = truing("view", "nosuch")
    assert (code, err) == (
        2,
        "truing: nosuch: no such folder; name a folder that contains run folders\n",
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_entry_of_the_store_is_reported(truing, tiny, own_store):
    truing(*w2s(tiny))
    for folder in own_store.iterdir():
        folder.chmod(0)
    code, _, err = truing(*w2s(tiny, "--out", "again"))
    for folder in own_store.iterdir():
        folder.chmod(0o755)
    assert code == 1
    assert "in the store cannot be read (Permission denied)" in err


def test_an_unreadable_store_is_a_store_error(monkeypatch, store):
    from truing.errors import StoreError

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refuse)
    with pytest.raises(StoreError, match=r"cannot be read \(Permission denied\); set TRUING_STORE"):
        "a" * 64 in store  # noqa: B015
