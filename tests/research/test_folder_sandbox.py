"""A submitted folder may try what it likes: it finds no truth, reaches no one, and ends in time."""

import fcntl
import gc
import io
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.research.escapes import CALLS, REACHES, SECRETS
from tests.waiting import wait_until
from truing.errors import IsolationError, UserError
from truing.research.folders import (
    USUAL,
    FolderLimits,
    FrozenFolder,
    Items,
    RunInputs,
    Surroundings,
)
from truing.research.isolation import LEVELS, FolderSandbox, probe
from truing.research.isolation._ending import read_array
from truing.research.isolation._failure import ENDED, FOLDER_HINT, NO_PREDICTIONS, WRONG_PREDICTIONS
from truing.research.isolation._level import recorded_name
from truing.research.isolation.folders import _fork_server as fork_server
from truing.research.isolation.folders import _sandbox as module
from truing.research.isolation.folders._importable import name_importable

CANARY = "canary-41f7c9-canary"
GIVEN = probe()
LACKING = [name for name in LEVELS["sealed"].needs if not getattr(GIVEN, name)]
pytestmark = pytest.mark.skipif(bool(LACKING), reason=f"this machine lacks {LACKING}")
needs_namespaces = pytest.mark.skipif(not GIVEN.own_processes, reason="no PID namespace here")
needs_root = pytest.mark.skipif(not GIVEN.other_user, reason="not root: no other user to become")

ANSWER = """
import numpy as np
from truing import pipeline
given = pipeline.load()
pipeline.save(np.tile(given.weak.mean(axis=0), (len(given.predict), 1)))
"""
TRY = """
import json, os
def tried(attack):
    found = {{"os": os}}
    try:
        exec("import ctypes, gc, mmap, signal, socket, subprocess, tempfile, threading, time\\n"
             + attack, found)
        got = str(found.get("got"))
        return "done" + ", with the canary" * (got.count({canary!r}) > 0) + ": " + got[:300]
    except BaseException as error:
        return "refused: " + type(error).__name__ + " " + str(error)[:60]
open("outputs/found.json", "w").write("x")
print(json.dumps([tried(one) for one in {attacks!r}])[:15000], flush=True)
"""


def given(m=10, k=2, seed=0, models=None):
    """Inputs of a run, drawn from a seed."""
    rng = np.random.default_rng(seed)

    def items(n, letter):
        texts = np.array([f"text {letter}{i}" for i in range(n)], object)
        names = tuple(f"{letter}{i}" for i in range(n))
        return Items(names, texts, rng.normal(size=(n, 3)))

    weak = rng.dirichlet(np.ones(k), 20)
    return RunInputs(
        "classification",
        tuple("abcdef"[:k]),
        items(20, "l"),
        weak,
        np.arange(20),
        items(m, "p"),
        7,
        models or {},
    )


def run(code, level=None, inputs=None, surroundings=USUAL, **limits):
    folder = FrozenFolder(code if isinstance(code, dict) else {"run.py": code})
    sandbox = FolderSandbox(level, FolderLimits(**{"seconds": 30, "cpu": 30, **limits}))
    return sandbox.run(folder, inputs or given(), surroundings)


def attacked(*attacks, **given):
    """What came of each attack, tried by one submitted folder."""
    done = run(TRY.format(attacks=attacks, canary=CANARY) + ANSWER, **given)
    assert (done.failure, done.detail) == ("", "")
    return json.loads(done.output.splitlines()[0])


# Honest folders


def test_a_folder_returns_beliefs_in_the_order_of_the_items_and_its_usage():
    inputs = given(m=4, k=3)
    code = {
        "run.py": "from parts.mine import answer\nanswer()",
        "parts/mine.py": textwrap.dedent("""
            import numpy as np
            from truing import pipeline

            def answer():
                given = pipeline.load()
                print(open("parts/mine.py").read()[:20].strip())
                pipeline.save(np.abs(given.predict_features))
        """),
    }
    done = run(code, inputs=inputs)
    expected = np.abs(inputs.predict.features)
    assert np.allclose(done.beliefs, expected / expected.sum(axis=1, keepdims=True))
    assert (done.failure, done.detail) == ("", "")
    assert done.level == recorded_name(LEVELS["sealed"])
    assert done.output.strip() == "import numpy as np"
    assert 0 < done.usage.cpu < 30
    assert 0 < done.usage.seconds < 30
    assert 10 < done.usage.memory_mb < 4096


def test_a_run_writes_and_removes_files_in_its_scratch_space():
    told = attacked(
        "open('outputs/a', 'w').write('x'); os.rename('outputs/a', 'outputs/b'); got = 1",
        "os.mkdir('scratch/c'); os.rmdir('scratch/c'); os.unlink('outputs/b'); got = 1",
        "f = tempfile.NamedTemporaryFile('w+'); f.write('x'); f.seek(0); got = f.read()",
        "f = tempfile.TemporaryFile(); f.write(b'x'); got = 1",
        "import shutil; shutil.copy('inputs/task.json', 'scratch/t'); got = 1",
        "got = tempfile.gettempdir() == os.environ['HOME'] == os.path.abspath('scratch')",
        "import numpy as np; np.memmap('scratch/m', mode='w+', shape=9)[:] = 1; got = 1",
    )
    assert told == ["done: 1"] * 2 + ["done: x"] + ["done: 1"] * 2 + ["done: True", "done: 1"]


def test_a_run_starts_with_empty_scratch_space_and_sees_no_other_run():
    look = "got = [os.listdir(one) for one in ('outputs', 'scratch')]"
    write = "open('scratch/mine', 'w').write('x'); open('outputs/mine', 'w').write('x')"
    first, second = (attacked(look, write)[0] for _ in range(2))
    assert first == second == "done: [['found.json'], []]"


def test_randomness_without_a_seed_differs_between_runs_as_in_a_new_python():
    code = f"import numpy as np, random\nprint(np.random.random(), random.random()){ANSWER}"
    first, second = (run(code).output.split() for _ in range(2))
    assert not set(first) & set(second)  # no run inherits the generators of the server


def test_runs_at_the_same_time_do_not_mix():
    code = ANSWER + "import time; time.sleep(0.2)\n"
    with ThreadPoolExecutor(12) as threads:
        seen = list(threads.map(lambda seed: run(code, inputs=given(seed=seed)), range(12)))
    for seed, done in enumerate(seen):
        assert done.failure == ""
        assert np.allclose(done.beliefs, given(seed=seed).weak.mean(axis=0))
    assert sum(done.usage.cpu for done in seen) < 30


def test_the_threads_of_libraries_are_as_many_as_the_limit():
    code = "import threadpoolctl as t; got = [one['num_threads'] for one in t.threadpool_info()]"
    (told,) = attacked(code, threads=3)
    assert set(json.loads(told.removeprefix("done: "))) == {3}


# Reading and reaching


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """What each attack of other test modules finds, and what the machine noticed."""
    kept = tmp_path_factory.mktemp("vault") / "truth"
    kept.write_text(CANARY)
    outside = tmp_path_factory.mktemp("outside")
    outside.chmod(0o777)
    victim = outside / "victim"
    victim.write_text("as it was")
    victim.chmod(0o666)
    with (
        tempfile.NamedTemporaryFile("w", prefix="ledger") as shared,
        pytest.MonkeyPatch.context() as patch,
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
    ):
        shared.write(CANARY)
        shared.flush()
        Path(shared.name).chmod(0o666)
        patch.setenv("TRUING_TOKEN", CANARY)
        patch.setattr(module, "OUTPUT", 20_000)
        unix.bind(f"{outside}/socket")
        unix.listen()
        for one in (tcp, unix):
            one.setblocking(False)
        words = {
            "file": str(kept),
            "open_file": shared.name,
            "port": tcp.getsockname()[1],
            "unix": f"{outside}/socket",
            "folder": str(outside),
            "victim": str(victim),
        }
        secrets = [one.format(**words) if "file!r" in one else one for one in SECRETS.values()]
        reaches = [one.format(**words) for one in REACHES.values()]
        told = dict(zip([*SECRETS, *REACHES], attacked(*secrets, *reaches), strict=True))
        heard = []
        for one in (tcp, unix):
            try:
                heard.append(one.accept())
            except BlockingIOError:
                continue
    return told, heard, outside


# What a folder may do, but a file may not; or what has no effect.
ALLOWED = {"its environment", "a temporary file"}
WITHOUT_EFFECT = {"rights"}


@pytest.mark.parametrize("attack", [*SECRETS, *REACHES])
def test_a_folder_reads_no_secret_and_reaches_no_network_process_or_file(attack, tried):
    told, heard, outside = tried
    assert "canary" not in told[attack]
    expected = "done: " if attack in ALLOWED | WITHOUT_EFFECT else "refused: "
    assert told[attack].startswith(expected)
    assert heard == []
    assert sorted(os.listdir(outside)) == ["socket", "victim"]
    assert (outside / "victim").read_text() == "as it was"
    assert stat.S_IMODE((outside / "victim").stat().st_mode) == 0o666


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="these are the numbers of x86_64")
def test_system_calls_that_computation_does_not_need_are_refused(monkeypatch):
    monkeypatch.setattr(module, "OUTPUT", 20_000)
    head = "libc = ctypes.CDLL(None, use_errno=True)\n"
    more = {
        "chown": (92, "b'outputs', 0, 0"),
        "truncate": (76, "b'run.py', 0"),
        "link": (86, "b'run.py', b'outputs/x'"),
        "symlink": (88, "b'/etc/passwd', b'outputs/x'"),
        "mknod": (133, "b'outputs/x', 0o10600, 0"),
        "setxattr": (188, "b'outputs', b'user.x', b'1', 1, 0"),
        "shared memory": (9, "0, 4096, 3, 0x21, -1, 0"),
        "a growing map": (9, "0, 4096, 3, 0x122, -1, 0"),
        "reading with truncation": (2, "b'run.py', 0x200"),
        "a record lock": (72, "1, 6, 0"),
        "whether others have locked": (72, "1, 5, 0"),
        "an open file lock": (72, "1, 37, 0"),
        "a lease": (72, "1, 1024, 1"),
        "what others do in a folder": (72, "1, 1026, 1"),
    }
    calls = {**CALLS, **more}
    attacks = [
        f"{head}assert libc.syscall({number}{', ' if args else ''}{args}) == -1\n"
        "got = ctypes.get_errno()"
        for number, args in calls.values()
    ]
    told = dict(zip(calls, attacked(*attacks), strict=True))
    assert told == dict.fromkeys(calls, "done: 1")  # EPERM


def test_a_lock_of_a_file_that_others_may_read_has_no_effect():
    """By such locks runs at the same time could send each other bits."""
    with open(np.__file__) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        told = attacked(
            "import fcntl, numpy; got = open(numpy.__file__)\n"
            "fcntl.flock(got, fcntl.LOCK_EX | fcntl.LOCK_NB); got = 'free'"
        )
    assert told == ["done: free"]


@needs_namespaces
def test_reading_a_file_leaves_no_time_of_access_for_later_runs(tmp_path, monkeypatch):
    """Reading a file that was not read for a day usually changes its time of access."""
    start = fork_server.start_run  # without the import of PyTorch, which takes seconds
    monkeypatch.setattr(
        module, "start_run", lambda python, models, some: start(python, False, some)
    )
    model = tmp_path / "weights"
    model.write_text("w" * 9000)
    os.utime(model, (1e9, 1e9))
    (told,) = attacked(
        f"got = len(open({str(model)!r}).read())", inputs=given(models={"small": str(tmp_path)})
    )
    assert told == "done: 9000"
    assert model.stat().st_atime == 1e9


def test_a_run_cannot_evict_or_merge_pages_that_other_runs_use():
    """By the time of the next read, runs at the same time could send each other bits."""
    merge, evict = "mmap.mmap(-1, 4096, flags=0x22).madvise(12)", "got = os.posix_fadvise({})"
    page = "m = mmap.mmap(os.open('run.py', 0), 0, prot=mmap.PROT_READ); m.madvise({})"
    told = attacked(
        *(merge, page.format(20), page.format(21), page.format(4)),
        "got = 'no effect', " + evict.format("99, 0, 0, 4").removeprefix("got = "),
    )
    assert [one[:24] for one in told[:3]] == ["refused: PermissionError"] * 3
    assert told[3:] == ["done: None", "done: ('no effect', None)"]


def test_the_environment_has_only_the_allowed_variables():
    (told,) = attacked("got = sorted(os.environ)")
    assert set(eval(told.removeprefix("done: "))) == {
        *("HOME", "LANG", "LOGNAME", "PATH", "PYTHONHASHSEED", "PYTHONPATH", "TMPDIR", "USER"),
        *("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
        *("HF_HUB_OFFLINE", "TOKENIZERS_PARALLELISM"),
    }


def test_the_run_inherits_no_open_file_and_no_truth(tmp_path):
    (tmp_path / "vault").write_text(CANARY)
    with open(tmp_path / "vault") as file:
        os.set_inheritable(file.fileno(), True)
        opened, objects = attacked(
            "import fcntl\ngot = []\nfor fd in range(3, 5000):\n"
            "    try: got.append((fd, fcntl.fcntl(fd, fcntl.F_GETFL) & 3))\n"
            "    except OSError: pass",
            "got = [o for o in gc.get_objects() if type(o).__name__ in ('Vault', 'Source', 'Task',"
            " 'Referee', 'Ledger')]",
        )
    ((_, mode),) = eval(opened.removeprefix("done: "))
    assert mode == os.O_WRONLY  # its report, and nothing else
    assert objects == "done: []"


@needs_namespaces
def test_a_run_sees_no_other_process_and_not_the_name_of_the_machine():
    told = attacked("got = (os.getpid(), os.getppid(), socket.gethostname())")
    assert told == ["done: (2, 1, 'researcher')"]


def test_packages_that_the_sandbox_cannot_read_are_missing():
    told = attacked(
        "import importlib.util; got = importlib.util.find_spec('pytest')",
        "import pytest",
        "import importlib.metadata as m; got = m.version('numpy') > '1'",
    )
    assert told[0] == "done: None"
    assert told[1] == "refused: ModuleNotFoundError No module named 'pytest'"
    assert told[2] == "done: True"


def test_models_are_readable_and_nothing_beside_them(tmp_path, monkeypatch):
    start = fork_server.start_run  # without the import of PyTorch, which takes seconds
    monkeypatch.setattr(
        module, "start_run", lambda python, models, some: start(python, False, some)
    )
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_text("w")
    (tmp_path / "beside").write_text(CANARY)
    inputs = given(models={"small": str(tmp_path / "model")})
    told = attacked(
        f"got = open('{tmp_path}/model/weights').read()",
        f"open('{tmp_path}/model/weights', 'a')",
        f"got = open('{tmp_path}/beside').read()",
        inputs=inputs,
    )
    assert told[0] == "done: w"
    assert [one[:24] for one in told[1:]] == ["refused: PermissionError"] * 2


# Using too much

BURN = """
import threading, hashlib
data = bytes(10**6)
def burn():
    while True: hashlib.sha256(data)
for _ in range(5): threading.Thread(target=burn, daemon=True).start()
burn()
"""
DEAF = """
import signal
for n in range(1, 32):
    if n not in (9, 19): signal.signal(n, signal.SIG_IGN)
"""


@pytest.mark.parametrize(
    ("code", "limits", "failure"),
    [
        ("import time; time.sleep(60)", {"seconds": 0.3}, "timed out after 0.3 s"),
        (DEAF + "while True: pass", {"seconds": 0.3}, "timed out after 0.3 s"),
        (BURN, {"cpu": 1, "threads": 4}, "used more than 1 s of processor time"),
        (
            "import numpy as np; held = np.ones(1 << 30)",
            {"memory_mb": 512},
            "used more than 512 MB",
        ),
        (
            "held = []\nwhile True: held.append(bytearray(1 << 24))",
            {"memory_mb": 512},
            "used more than 512 MB",
        ),
        (
            "f = open('outputs/x', 'wb')\nwhile True: f.write(bytes(1 << 20))",
            {"scratch_mb": 5},
            "wrote more than 5 MB",
        ),
        (
            "n = 0\nwhile True:\n    n += 1\n    open(f'scratch/{n}', 'wb').write(bytes(1 << 20))",
            {"scratch_mb": 5},
            "wrote more than 5 MB",
        ),
        (
            "import os, time\nos.closerange(0, 4000)\ntime.sleep(60)",
            {"seconds": 0.3},
            "timed out after 0.3 s",
        ),
    ],
    ids=["sleep", "deaf", "processors", "memory", "bites", "file", "files", "closed"],
)
def test_a_run_beyond_its_limits_ends_with_the_reason_and_its_usage(code, limits, failure):
    done = run(code, **limits)
    assert done.failure == failure
    assert done.beliefs is None
    assert done.usage.seconds > 0
    if "cpu" in limits:  # every thread counts; the kernel itself allows no more than 2 * cpu + 1
        assert limits["cpu"] <= done.usage.cpu < 2 * limits["cpu"] + 1.5


KILLED = """
import os, time
while time.process_time() < 0.2: pass
os.kill(os.getpid(), 9)
"""


def test_processor_time_is_exact_if_the_run_is_killed():
    done = run(KILLED)
    assert (done.failure, done.detail[:12]) == (ENDED, "exit code -9")
    assert 0.2 <= done.usage.cpu < 1


def test_a_run_cannot_raise_its_limits():
    told = attacked(
        *(
            f"import resource; resource.setrlimit(resource.{one}, (1 << 50, 1 << 50))"
            for one in (
                "RLIMIT_DATA",
                "RLIMIT_CPU",
                "RLIMIT_NPROC",
                "RLIMIT_FSIZE",
                "RLIMIT_NOFILE",
            )
        )
    )
    assert {one[:19] for one in told} == {"refused: ValueError"}


def test_a_thread_that_still_runs_ends_with_the_program():
    code = (
        ANSWER + "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()"
    )
    done = run(code)
    assert done.failure == ""
    assert done.usage.seconds < 30


def test_threads_are_limited():
    code = (
        "threads = [threading.Thread(target=time.sleep, args=(1,), daemon=True) for _ in range({})]"
        "\nfor one in threads: one.start()\ngot = 1"
    )
    few, many = attacked(code.format(8), code.format(100))
    assert few == "done: 1"
    assert many.startswith("refused: RuntimeError can't start new thread")


def test_excessive_output_is_truncated():
    done = run("for _ in range(100): print('x' * 100_000)\n" + ANSWER)
    assert done.failure == ""
    assert done.output == "x" * 4000


# Lying

NO_MODULE = FOLDER_HINT.format(name_importable(every_package=False))
SAVE = "import numpy as np, os\nos.chdir('outputs')\n"
NPY = "open('predictions.npy', 'wb').write(b'\\x93NUMPY\\x01\\x00' + {})"


@pytest.mark.parametrize(
    ("code", "failure", "detail"),
    [
        ("1/0", "crashed: ZeroDivisionError in line 1", "ZeroDivisionError: division by zero"),
        ("\n\nraise SystemExit('no')", "crashed: SystemExit in line 3", "SystemExit: no"),
        ("class Mine(Exception): pass\nraise Mine('x')", None, "Mine: x"),
        ("def", "crashed: SyntaxError in line 1", "SyntaxError: "),
        (
            "from truing import pipeline\npipeline.train_method(pipeline.load(), 'nope')",
            "crashed: UnknownNameError in line 2",
            "UnknownNameError: unknown method 'nope'",
        ),
        ("import pytest", "crashed: ModuleNotFoundError in line 1" + NO_MODULE, "ModuleNotFound"),
        ("import os; os._exit(0)", NO_PREDICTIONS, ""),
        ("import os; os._exit(7)", ENDED, "exit code 7"),
        ("import ctypes; ctypes.string_at(0)", ENDED, "exit code -11"),
        ("pass", NO_PREDICTIONS, ""),
        (SAVE + "os.symlink('/etc/passwd', 'predictions.npy')", None, "PermissionError"),
        (SAVE + "os.mkdir('predictions.npy')", WRONG_PREDICTIONS, "the file is not a plain file"),
        (SAVE + "os.mkfifo('predictions.npy')", None, "PermissionError"),
        (SAVE + "np.save('predictions.npy', np.ones(10**6))", WRONG_PREDICTIONS, "the file is too"),
        (
            SAVE + "np.save('predictions.npy', np.array([{}] * 10), allow_pickle=True)",
            WRONG_PREDICTIONS,
            "no array",
        ),
        (SAVE + "open('predictions.npy', 'wb').write(os.urandom(100))", WRONG_PREDICTIONS, "no"),
        (SAVE + "np.savez(open('predictions.npy', 'wb'), np.ones(10))", WRONG_PREDICTIONS, "no"),
        (SAVE + NPY.format("b'\\xff\\xff' + b'(' * 400"), WRONG_PREDICTIONS, "no array"),
        (SAVE + "np.save('predictions.npy', np.ones((10, 2), complex))", None, "no array"),
        (SAVE + "np.save('predictions.npy', np.ones((9, 2)))", WRONG_PREDICTIONS, "float64 (9, 2)"),
        (SAVE + "np.save('predictions.npy', -np.ones((10, 2)))", WRONG_PREDICTIONS, "float64 (10"),
        (SAVE + "np.save('predictions.npy', np.full(10, 2))", WRONG_PREDICTIONS, "int64 (10,)"),
    ],
)
def test_a_lying_or_failing_folder_is_a_failure_with_its_reason(code, failure, detail):
    done = run(code)
    assert done.beliefs is None
    if failure is not None:
        assert done.failure == failure
    assert done.failure
    assert done.detail.startswith(detail)
    assert done.detail.isprintable()


def test_the_hint_names_packages_modules_and_distributions_with_another_name(tmp_path):
    """Of the operator's Python, with a single module and a package of a renamed distribution."""
    site = tmp_path / "site-packages"
    for path in ("lonely.py", "inner/__init__.py", "_private.py", "bare/data.txt"):
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).touch()
    for name, record in (("lonely", "lonely.py"), ("Outer-Name", "inner/__init__.py")):
        about = site / f"{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (about / "RECORD").write_text(f"{record},,\n")
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{site}:$PYTHONPATH" exec {sys.executable} "$@"\n')
    program.chmod(0o755)
    sandbox = FolderSandbox(python=str(program))
    done = sandbox.run(FrozenFolder({"run.py": "import missing"}), given())
    named = done.failure.partition("the standard library, and: ")[2].split(", ")
    assert {"lonely", "inner (Outer-Name)", "sklearn (scikit-learn)", "numpy"} <= set(named)
    assert not {"_private", "bare", "missing"} & set(named)


CARRIERS = {
    "words": "raise ValueError(words)",
    "a class's name": "raise type(words, (KeyError,), {})(1)",
    "an exit": "raise SystemExit(words)",
    "an exit status": "import os; os._exit(10 + int(200 * secret))",
    "a signal": "import os; os.kill(os.getpid(), 34 + int(20 * secret))",
    "a line far down": "exec(compile(chr(10) * int(5e5 * secret) + '1/0', 'run.py', 'exec'))",
    "a shape": "import numpy as np; np.save('outputs/predictions.npy', np.ones(int(9e4 * secret)))",
    "a forged report": "import os\nfor fd in range(3, 9):\n"
    "    try: os.write(fd, b'F' + int(1e6 * secret).to_bytes(4, 'little') + b'KeyError')\n"
    "    except OSError: pass\nos._exit(1)",
}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_the_reason_of_a_failure_does_not_leak_the_inputs(carrier):
    """The same folder on other weak labels fails with the same reason."""
    head = "from truing import pipeline\nsecret = float(pipeline.load().weak[0, 0])\n"
    code = head + "words = 'canary' + str(secret)\n" + CARRIERS[carrier]
    first, second = (run(code, inputs=given(seed=seed)) for seed in (5, 6))
    assert first.failure
    assert first.failure == second.failure
    assert "canary" not in first.failure


def test_predictions_are_read_without_evaluating_anything():
    plain = np.arange(6.0).reshape(3, 2)
    for array in (plain, np.asfortranarray(plain), plain.astype("<f4"), plain[:, 0].astype(int)):
        file = io.BytesIO()
        np.save(file, array)
        found = read_array(file.getvalue())
        assert np.array_equal(found, array)
        assert found.dtype == array.dtype


# The referee's side


def test_surroundings_change_what_a_run_can_notice():
    looks = (
        "import datetime; now = datetime.datetime.now(); got = (round(time.time()), now.year,"
        " datetime.date.today().year, time.localtime().tm_year, time.strftime('%Y'),"
        " isinstance(now, datetime.datetime), isinstance(now.date(), datetime.date),"
        " time.time_ns() // 10**9 - round(time.time()) < 3600)",
        "import getpass; got = (getpass.getuser(), os.path.basename(os.getcwd()),"
        " socket.gethostname(), os.environ['COLOR'])",
    )
    shift = 400 * 86_400.0
    around = Surroundings(clock_shift=shift, environment={"COLOR": "red"}, user="alice")
    told = [eval(one.removeprefix("done: ")) for one in attacked(*looks, surroundings=around)]
    seconds, *years = told[0]
    later = time.localtime(seconds)
    assert abs(seconds - time.time() - shift) < 3600
    assert years[:4] == [later.tm_year] * 3 + [str(later.tm_year)]
    assert years[4:] == [True] * 3
    host = "alice" if GIVEN.own_processes else socket.gethostname()
    assert told[1] == ("alice", "alice", host, "red")


def test_a_run_leaves_no_files_processes_or_descriptors(monkeypatch, tmp_path_factory):
    run(ANSWER)  # starts the server
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("sandboxes")))
    gc.collect()  # what other tests left open
    opened = os.listdir("/proc/self/fd")
    run("import time; time.sleep(60)", seconds=0.2)
    run(ANSWER)
    assert os.listdir(tempfile.gettempdir()) == []
    assert len(os.listdir("/proc/self/fd")) <= len(opened)


def test_a_killed_server_is_started_again():
    assert run(ANSWER).failure == ""
    server = fork_server._servers[os.getpid(), "", False]
    server._process.kill()
    server._process.wait()
    assert run(ANSWER).failure == ""


REFEREE = """
import sys
sys.path.insert(0, {tests!r})
from tests.research.test_folder_sandbox import run
print("starts", flush=True)
run("import time\\nwhile True: time.sleep(0.1)", surroundings=__import__("truing").research.folders
    .Surroundings(user={mark!r}), seconds=300)
"""


def _marked(mark):
    """Numbers of the processes whose working folder has a mark."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if mark in os.readlink(f"/proc/{pid}/cwd"):
                found.append(int(pid))
        except OSError:
            continue
    return found


def _first(pids):
    """The process that started the others."""
    told = {pid: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2] for pid in pids}
    parents = {pid: int(text.split()[1]) for pid, text in told.items()}
    (first,) = (pid for pid, parent in parents.items() if parent not in pids)
    return first


@needs_root
def test_a_run_ends_with_its_referee():
    mark = f"marked-{os.getpid()}"
    code = REFEREE.format(tests=str(Path(__file__).parents[2]), mark=mark)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as referee:
        wait_until(lambda: len(_marked(mark)) >= 2)
        referee.send_signal(signal.SIGKILL)
    wait_until(lambda: not _marked(mark))


@needs_root
def test_a_killed_supervisor_is_an_infrastructure_error():
    mark, seen = f"killed-{os.getpid()}", []

    def score():
        try:
            run("import time; time.sleep(600)", surroundings=Surroundings(user=mark), seconds=600)
        except IsolationError as error:
            seen.append(str(error))

    thread = threading.Thread(target=score)
    thread.start()
    wait_until(lambda: len(_marked(mark)) >= 2)
    os.kill(_first(_marked(mark)), signal.SIGKILL)
    thread.join()
    assert "ended without a report" in seen[0]
    wait_until(lambda: not _marked(mark))


def test_without_namespaces_the_quota_is_watched_and_the_usage_is_exact(monkeypatch):
    plain = replace(GIVEN, own_processes=False)
    monkeypatch.setattr(module, "probe", lambda: plain)
    assert run(ANSWER).failure == ""
    many = "n = 0\nwhile True:\n    n += 1\n    open(f'scratch/{n}', 'wb').write(bytes(1 << 20))"
    assert run(many, scratch_mb=5).failure == "wrote more than 5 MB"
    done = run(KILLED)
    assert (done.failure, done.detail[:12]) == (ENDED, "exit code -9")
    assert 0.2 <= done.usage.cpu < 1


DEEP = """
import os
os.chdir("scratch")
for _ in range({}):
    os.mkdir("d" * 200)
    os.chdir("d" * 200)
open("hidden", "wb").write(bytes(1 << 20))
import time
time.sleep(50)
"""


@pytest.mark.parametrize("depth", [30, 2000], ids=["no path names the file", "very deep"])
def test_without_namespaces_deep_folders_do_not_evade_the_quota(depth, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(module, "probe", lambda: replace(GIVEN, own_processes=False))
    assert run(DEEP.format(depth), scratch_mb=2).failure == "wrote more than 2 MB"
    assert os.listdir(tmp_path) == []


def test_address_space_is_limited_because_its_page_tables_do_not_count_as_memory():
    reserve = "got = len(mmap.mmap(-1, {} << 30, flags=0x4022, prot=mmap.PROT_READ)) >> 30"
    told = attacked(reserve.format(64), reserve.format(512), memory_mb=256)
    assert told[0] == "done: 64"
    assert told[1] == "refused: OSError [Errno 12] Cannot allocate memory"


def test_printed_control_characters_do_not_reach_a_terminal():
    done = run(r"print('a\x1b[2J\x07\u202e\rb\tc'); raise ValueError('\x1b[2J')")
    assert "a\\u001b[2J\\u0007\\u202e\nb\tc\n" in done.output
    assert "\x1b" not in done.output + done.detail


def test_the_python_of_the_operator_must_have_the_packages(tmp_path):
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexec " + sys.executable + ' -I -S "$@"\n')
    program.chmod(0o755)
    sandbox = FolderSandbox(python=str(program))
    with pytest.raises(IsolationError, match="cannot run folders; install the packages"):
        sandbox.run(FrozenFolder({"run.py": ANSWER}), given())


def test_a_missing_python_of_the_operator_is_one_line():
    with pytest.raises(UserError, match="python must be a Python program, got '/no-such-python'"):
        FolderSandbox(python="/no-such-python")
