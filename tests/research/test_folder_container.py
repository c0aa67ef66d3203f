"""Folders in Podman containers. Without Podman, the command line and the refusal are tested."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.research.test_folder_sandbox import ANSWER, LACKING, TRY, given
from truing.errors import IsolationError, UserError
from truing.research import Referee, ResearchConfig
from truing.research._config import Folders
from truing.research.folders import USUAL, FolderLimits, FrozenFolder
from truing.research.isolation import FolderContainer
from truing.research.isolation.folders import _container as module

pytestmark = pytest.mark.skipif(bool(LACKING), reason=f"this machine lacks {LACKING}")
RUNTIME = "runc" if shutil.which("runc") else ""


def _works() -> bool:
    """Whether Podman can start a container here, which not every kernel allows."""
    if shutil.which("podman") is None:
        return False
    mounts = [f"--volume={one}:{one}:ro" for one in module.SYSTEM if Path(one).exists()]
    runtime = ["--runtime", RUNTIME] if RUNTIME else []
    limits = ["--ulimit=nofile=64:64", "--ulimit=nproc=64:64", "--memory=64m", "--network=none"]
    place = Path("/tmp/truing-trial-of-podman")
    place.mkdir(exist_ok=True)
    start = ["podman", *runtime, "run", "--rm", *limits, *mounts, "--rootfs", str(place)]
    done = subprocess.run([*start, "/bin/true"], capture_output=True, check=False)
    shutil.rmtree(place, ignore_errors=True)
    return done.returncode == 0


@pytest.fixture
def pretended(monkeypatch):
    """A machine on which every program is installed."""
    monkeypatch.setattr(module.shutil, "which", lambda name: f"/usr/bin/{name}")


def order(container, tmp_path):
    work = tmp_path / "researcher"
    work.mkdir(parents=True)
    return container._order(tmp_path, work, given(models={"small": "/models/small"}), USUAL)


def test_a_machine_without_podman_refuses_with_the_reason(monkeypatch, tmp_path):
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    config = ResearchConfig(isolation="podman", folders=Folders())
    with pytest.raises(IsolationError, match="needs the program podman, which is not installed"):
        Referee(tmp_path / "run", config)


def test_a_missing_runtime_is_named(monkeypatch):
    monkeypatch.setattr(module.shutil, "which", lambda name: name if name == "podman" else None)
    with pytest.raises(IsolationError, match="runtime 'runsc' needs the program runsc"):
        FolderContainer(runtime="runsc")


def test_an_image_without_podman_is_a_wrong_configuration():
    with pytest.raises(UserError, match=r"folders\.image needs the isolation 'podman', got None"):
        ResearchConfig(folders=Folders(image="lab:1"))


def test_the_container_has_no_network_no_rights_and_the_limits_of_the_run(pretended, tmp_path):
    container = FolderContainer(FolderLimits(memory_mb=1000, threads=3))
    words = container.command(order(container, tmp_path), "name", 1000)
    assert words[:2] == ["podman", "run"]
    assert {
        *("--network=none", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"),
        *("--memory=1512m", "--memory-swap=1512m", "--cpus=3", "--pids-limit=35", "--pull=never"),
        *("--user=1000:1000", "--volume=/models/small:/models/small:ro"),
        f"--volume={tmp_path}/researcher:{tmp_path}/researcher:ro",
        f"--volume={tmp_path}/researcher/outputs:{tmp_path}/researcher/outputs:rw",
    } <= set(words)
    writable = [one for one in words if one.endswith(":rw")]
    assert len(writable) == 2
    hidden = [one for one in words if one.startswith("--tmpfs")]
    assert any("sklearn/datasets/data" in one for one in hidden)


def test_an_image_replaces_the_files_of_this_machine(pretended, tmp_path):
    container = FolderContainer(image="lab:1", runtime="runsc")
    words = container.command(order(container, tmp_path), "name", None)
    assert words[:4] == ["podman", "--runtime", "runsc", "run"]
    assert "--rootfs" not in words
    assert words[words.index("lab:1") + 1] == "python3"
    assert not any(one.startswith("--volume=/usr") for one in words)
    assert container.level == "podman+runsc"
    assert "landlock" not in order(container, tmp_path / "again").needs


@pytest.mark.skipif(not _works(), reason="Podman is not installed, or cannot start here")
def test_a_folder_runs_in_a_container_and_finds_nothing():
    attacks = (
        f"got = open({__file__!r}).read()",
        "got = os.listdir('/')",
        "from sklearn.datasets import load_digits; got = load_digits()",
        "socket.socket()",
        "os.fork()",
        "got = (os.getpid(), socket.gethostname())",
    )
    container = FolderContainer(FolderLimits(seconds=60, cpu=60, threads=1), runtime=RUNTIME)
    code = TRY.format(attacks=attacks, canary="canary") + ANSWER
    done = container.run(FrozenFolder({"run.py": code}), given())
    assert (done.failure, done.detail) == ("", "")
    np.testing.assert_allclose(done.beliefs, np.tile(given().weak.mean(axis=0), (10, 1)))
    assert done.output.count("refused: ") == 5
    assert "'researcher'" in done.output
    assert 0 < done.usage.cpu < 60
