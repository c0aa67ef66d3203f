"""Folders in Podman containers. Without Podman, the command line and the refusal are tested."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import tarfile
from dataclasses import asdict, replace

import numpy as np
import pytest

from tests.research.escapes import CALLS, REACHES
from tests.research.test_folder_sandbox import ANSWER, BURN, LACKING, TRY, given, needs_root
from truing import __version__
from truing.errors import IsolationError, UserError
from truing.research import Referee, ResearchConfig
from truing.research._config import Folders
from truing.research.folders import USUAL, FolderLimits, FrozenFolder
from truing.research.isolation import FolderContainer
from truing.research.isolation.folders import _container as module
from truing.research.isolation.folders import _container_trial as trial
from truing.research.isolation.folders import _sandbox as sandbox
from truing.research.isolation.folders._container_trial import Inside, try_container
from truing.research.isolation.folders._meter import Meter
from truing.research.isolation.folders._running import MeasuredContainer

pytestmark = pytest.mark.skipif(bool(LACKING), reason=f"this machine lacks {LACKING}")
CPU = 4
INSIDE = Inside(__version__, os.uname().release, True, True, ())
# What a run may do in a container: its files are those of the container.
HARMLESS = {"a name", "a temporary file", "rights"}


@functools.cache
def _refusal(runtime: str) -> str:
    """Why a runtime cannot run folders here; empty if it can."""
    try:
        made(runtime)
    except IsolationError as error:
        return str(error)
    return ""


@functools.cache
def made(runtime: str) -> FolderContainer:
    """A container of this machine's Python, which is tried once."""
    limits = FolderLimits(seconds=250, cpu=CPU, memory_mb=256, scratch_mb=5, threads=1)
    return FolderContainer(limits, runtime=runtime)


@pytest.fixture(params=["runc", "runsc"])
def container(request):
    """A container with each runtime; without the runtime, its tests are skipped."""
    if why := _refusal(request.param):
        pytest.skip(why)
    return made(request.param)


@pytest.fixture
def pretended(monkeypatch):
    """A machine on which every program is installed, and every kernel is that of the machine."""
    monkeypatch.setattr(module.shutil, "which", lambda name: f"/usr/bin/{name}")
    inside = Inside(__version__, os.uname().release, True, True, ("/image/data",))
    monkeypatch.setattr(module, "try_container", lambda *given: inside)
    return inside


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
        "--log-driver=passthrough",
        *("--user=1000:1000", "--volume=/models/small:/models/small:ro"),
        f"--volume={tmp_path}/researcher:{tmp_path}/researcher:ro",
        f"--volume={tmp_path}/researcher/outputs:{tmp_path}/researcher/outputs:rw",
    } <= set(words)
    writable = [one for one in words if one.endswith(":rw")]
    assert len(writable) == 2
    hidden = [one for one in words if one.startswith("--tmpfs")]
    assert any("sklearn/datasets/data" in one for one in hidden)


def test_an_image_replaces_the_files_of_this_machine(pretended, tmp_path):
    container = FolderContainer(image="lab:1", runtime="crun")
    words = container.command(order(container, tmp_path), "name", None)
    assert words[:4] == ["podman", "--runtime", "crun", "run"]
    assert "--rootfs" not in words
    assert words[words.index("lab:1") + 1] == "python3"
    assert not any(one.startswith("--volume=/usr") for one in words)
    assert [one for one in words if one.startswith("--tmpfs=/image/data:")]
    assert container.level == "podman+crun"


@needs_root
def test_a_separate_kernel_has_no_landlock_and_its_supervisor_is_another_user(
    pretended, monkeypatch, tmp_path
):
    inside = replace(pretended, kernel="4.4.0", landlock=False)
    monkeypatch.setattr(module, "try_container", lambda *given: inside)
    container = FolderContainer(FolderLimits(cpu=5, seconds=10, threads=1), runtime="runsc")
    made = order(container, tmp_path)
    words = container.command(made, "name", 1000)
    assert words[:6] == ["podman", "--runtime", "runsc", "--runtime-flag", "network=none", "run"]
    assert {"--user=0:0", "--cap-add=setuid", "--pids-limit=4096"} <= set(words)
    assert "landlock" not in made.needs
    assert made.other_user
    assert made.limits.cpu > 100  # this machine counts instead, see the tests below


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("", "must contain truing .*, but it does not describe itself"),
        (json.dumps(asdict(INSIDE) | {"version": "0.0.1"}), r"must contain truing .*, got 0\.0\.1"),
        (json.dumps(asdict(INSIDE) | {"seccomp": False}), "must be able to filter system calls"),
    ],
)
def test_a_container_without_truing_or_seccomp_is_refused(printed, reason):
    with pytest.raises(IsolationError, match=reason):
        try_container(["echo", printed], "the container", ["true"])


def test_a_container_that_does_not_start_is_refused_with_its_last_error(monkeypatch):
    fails = "echo Starting >&2; echo 'Error: no cgroup for you' >&2; echo more >&2; exit 125"
    with pytest.raises(IsolationError, match="cannot start here: Error: no cgroup for you; repair"):
        try_container(["sh", "-c", fails], "the container", ["true"])
    monkeypatch.setattr(trial, "TRIAL_SECONDS", 0.1)
    with pytest.raises(IsolationError, match=r"it did not start within 0\.1 s"):
        try_container(["sleep", "9"], "the container", ["true"])


@pytest.mark.parametrize(
    ("lines", "files"),
    [
        (
            "4:memory:/libpod_parent/libpod-1\n2:cpuacct,cpu:/libpod_parent/libpod-1\n0::/\n",
            {
                "cpuacct/libpod_parent/libpod-1/cpuacct.usage": "1500000000\n",
                "memory/libpod_parent/libpod-1/memory.oom_control": "under_oom 0\noom_kill 1\n",
            },
        ),
        (
            "0::/machine.slice/libpod-1.scope\n",
            {
                "machine.slice/libpod-1.scope/cpu.stat": "usage_usec 1500000\nuser_usec 1\n",
                "machine.slice/libpod-1.scope/memory.events": "oom 1\noom_kill 1\n",
            },
        ),
    ],
    ids=["version 1", "version 2"],
)
def test_a_meter_reads_the_control_group_of_a_container(lines, files, tmp_path):
    for name, text in {"proc/7/cgroup": lines, **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    meter = Meter.of(7, tmp_path, tmp_path / "proc")
    assert meter is not None
    assert (meter.seconds(), meter.out_of_memory()) == (1.5, True)
    shutil.rmtree(meter.cpu.parent)
    assert meter.seconds() is None  # the container has ended


def test_a_process_without_a_separate_control_group_has_no_meter(tmp_path):
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "cgroup").write_text("0::/user.slice\n")
    assert Meter.of(7, tmp_path, tmp_path) is None
    assert Meter.of(8, tmp_path, tmp_path) is None


# In real containers

FINDS = (
    f"got = open({__file__!r}).read()",
    "from sklearn.datasets import load_digits; got = load_digits()",
    "got = open('/proc/1/mem', 'rb')",
    "got = [os.open(f'/proc/1/fd/{i}', os.O_RDWR) for i in (0, 1, 2)]",
    "got = os.open('/proc/1/fd/3', os.O_WRONLY)",
    "open('/dev/shm/x', 'w')",
    "open('/tmp/x', 'w')",
)


def test_a_folder_runs_in_a_container_and_finds_nothing(container, monkeypatch):
    monkeypatch.setattr(sandbox, "OUTPUT", 20_000)
    attacks = {str(i): one for i, one in enumerate(FINDS)}
    attacks |= {
        name: one.format(folder="/tmp", victim="/etc/passwd", port=9, unix="/tmp/socket")
        for name, one in REACHES.items()
        if name not in HARMLESS
    }
    attacks |= {
        name: f"assert ctypes.CDLL(None).syscall({', '.join([str(number), args])}) == -1; 1 / 0"
        for name, (number, args) in CALLS.items()
    }
    code = TRY.format(attacks=tuple(attacks.values()), canary="canary") + ANSWER
    done = container.run(FrozenFolder({"run.py": code}), given())
    assert (done.failure, done.detail) == ("", "")
    np.testing.assert_allclose(done.beliefs, np.tile(given().weak.mean(axis=0), (10, 1)))
    (line,) = (one for one in done.output.splitlines() if one.startswith("["))
    told = dict(zip(attacks, json.loads(line), strict=True))
    assert {name for name, one in told.items() if not one.startswith("refused: ")} == set()
    assert 0 < done.usage.cpu < CPU


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (BURN, f"used more than {CPU} s of processor time"),
        ("held = []\nwhile True: held.append(b'x' * (1 << 24))", "used more than 256 MB"),
        (
            "n = 0\nwhile True:\n    n += 1\n    open(f'scratch/{n}', 'wb').write(bytes(1 << 20))",
            "wrote more than 5 MB",
        ),
    ],
    ids=["processors", "memory", "files"],
)
def test_a_container_enforces_the_limits_of_the_run(
    container, code, failure, tmp_path, monkeypatch
):
    """It leaves no file in the working folder, where Podman's monitor writes one for memory."""
    monkeypatch.chdir(tmp_path)
    done = container.run(FrozenFolder({"run.py": code}), given())
    assert done.failure == failure
    assert list(tmp_path.iterdir()) == []
    if "processor" in failure:
        assert CPU <= done.usage.cpu < 2 * CPU


RESTS = """
import time
from truing import pipeline
began = time.perf_counter()
while time.perf_counter() < began + 1.5:
    at = time.perf_counter() + 0.008
    while time.perf_counter() < at:
        pass
    time.sleep(0.0005)
"""


def test_a_run_is_charged_what_this_machine_counts_and_not_what_its_own_kernel_counts():
    """A separate kernel looks every 10 ms which threads run; this run rests between the looks."""
    if why := _refusal("runsc"):
        pytest.skip(why)
    seen = []

    class Seen(MeasuredContainer):
        def settle(self, ending):
            found = super().settle(ending)
            assert self.meter is not None
            seen.append(self.meter.seconds() - self.at_begin)
            return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MeasuredContainer", Seen)
        done = made("runsc").run(FrozenFolder({"run.py": RESTS + ANSWER}), given())
    assert done.failure == ""
    assert 0 < done.usage.cpu <= seen[0] < done.usage.cpu + 0.5


def test_an_image_without_python_is_refused_with_the_reason(tmp_path):
    if why := _refusal("runc"):
        pytest.skip(why)
    with tarfile.open(tmp_path / "image.tar", "w") as file:
        file.add(tmp_path, "empty", recursive=False)
    name = f"truing-test-{os.getpid()}:1"
    subprocess.run(
        ["podman", "import", tmp_path / "image.tar", name], check=True, capture_output=True
    )
    try:
        with pytest.raises(IsolationError, match=r"cannot start here: .*python3"):
            FolderContainer(image=name, runtime="runc")
    finally:
        subprocess.run(["podman", "rmi", name], check=True, capture_output=True)
    with pytest.raises(IsolationError, match=r"image not known|no such image|not found"):
        FolderContainer(image=name, runtime="runc")
