"""Submitted code may try what it likes: it finds no truth, reaches nobody, and ends in time.

Each attack is a line of Python that a submitted method runs. What it finds is printed; a canary in
every place where truth or secrets could lie must never be among it.
"""

import gc
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.research.escapes import CALLS, REACHES, SECRETS
from truing.errors import IsolationError, UnknownNameError, UserError
from truing.methods import METHODS, Training, train
from truing.research.isolation import (
    LEVELS,
    Capabilities,
    Isolation,
    Lesson,
    SandboxLimits,
    choose_level,
    probe,
)
from truing.research.isolation import _level as level_module
from truing.research.isolation import _wire as wire_module
from truing.research.isolation._failure import UNLEARNABLE
from truing.research.isolation._level import recorded_name
from truing.research.isolation.files import _sandbox as sandbox_module

ROOT = Path(__file__).parents[2]
CANARY = "canary-41f7c9-canary"
GIVEN = probe()
LACKING = [name for name in LEVELS["sealed"].needs if not getattr(GIVEN, name)]
needs_seal = pytest.mark.skipif(bool(LACKING), reason=f"this machine lacks {LACKING}")
needs_namespaces = pytest.mark.skipif(not GIVEN.own_processes, reason="no PID namespace here")
needs_root = pytest.mark.skipif(not GIVEN.other_user, reason="not root: no other user to become")

METHOD = """
import json, os, sys
from truing.methods import Method, method, uniform

ATTACKS = {attacks!r}

def tried(attack):
    found = {{"os": os}}
    try:
        exec("import ctypes, gc, mmap, signal, socket, subprocess, tempfile, threading\\n"
             + attack, found)
        got = str(found.get("got"))
        return "done" + ", with the canary" * (got.count({canary!r}) > 0) + ": " + got[:200]
    except BaseException as error:
        return "refused: " + type(error).__name__ + " " + str(error)[:60]

@method("attack")
def attack():
    def targets(weak, belief, progress):
        print(json.dumps([tried(one) for one in ATTACKS]), flush=True)
        return weak, uniform(weak)
    return Method(targets=targets, static=True)
"""


def rule(body: str, before: str = "") -> str:
    """A submitted file whose method `m` runs some lines before it answers as naive does."""
    return (
        f"import os, sys, time\nimport numpy as np\n"
        f"from truing.methods import Method, method, uniform\n{before}\n@method('m')\ndef m():\n"
        f"    def targets(weak, belief, progress):\n{textwrap.indent(body, ' ' * 8)}\n"
        "        return weak, uniform(weak)\n    return Method(targets=targets, static=True)\n"
    )


def planted(seeds=1, items=40, classes=2, shape=(3,), labels_seed=5):
    """Features (N, ...) and lessons on half of the items, in an order that tells nothing."""
    rng = np.random.default_rng(labels_seed)
    features = rng.normal(size=(items, *shape))
    lessons = []
    for seed in range(seeds):
        learn = rng.permutation(items)[: items // 2]
        labels = rng.dirichlet(np.ones(classes), len(learn))
        lessons.append(Lesson(learn, labels, np.arange(len(learn)) // 2, 1.0, f"key {seed}"))
    return features, lessons


def run(code, name="m", level=None, **limits):
    return Isolation(level, SandboxLimits(**{"seconds": 20, **limits})).run(code, name, *planted())


def attacked(*attacks, level=None):
    """What came of each attack, tried by one submitted method."""
    done = run(METHOD.format(attacks=attacks, canary=CANARY), "attack", level)
    assert done.failure is None
    assert done.beliefs is not None
    return json.loads(done.output.splitlines()[-1])


# Honest methods

HONEST = {
    "smooth-where-we-differ,by=0.5": ROOT / "examples" / "smooth_labels.py",
    "naive": ROOT / "src/truing/methods/_naive.py",
    "co-teaching": ROOT / "src/truing/methods/_co_teaching.py",
    "ensemble,members=3": ROOT / "src/truing/methods/_ensemble.py",
    "knn-relabel": ROOT / "src/truing/methods/_knn_relabel.py",
}


@needs_seal
@pytest.mark.parametrize(
    ("name", "shape"), [*((name, (3,)) for name in HONEST), ("co-teaching", (2, 3))]
)
def test_honest_methods_give_the_same_bits_in_the_sandbox(name, shape, tmp_path):
    code = (
        HONEST[name]
        .read_text()
        .replace("@method('", '@method("')
        .replace('@method("', '@method("my-')
    )
    (tmp_path / "mine.py").write_text(code)
    made = METHODS.build(f"{tmp_path}/mine.py:my-{name}").value
    features, lessons = planted(seeds=2, shape=shape)
    expected = train(features, [Training(made, name, **vars(lesson)) for lesson in lessons])
    done = Isolation().run(code, f"my-{name}", features, lessons)
    assert (done.failure, done.level) == (None, recorded_name(LEVELS["sealed"]))
    assert done.beliefs.tobytes() == np.stack(expected).tobytes()
    assert done.beliefs.shape == (2, 40, 2)


@needs_seal
def test_a_method_sees_no_item_ids_and_no_other_items(monkeypatch):
    asked = []
    question = wire_module.question
    monkeypatch.setattr(
        wire_module, "question", lambda *given: asked.append(given) or question(*given)
    )
    code = (ROOT / "src/truing/methods/_confident_filter.py").read_text()
    code = code.replace('@method("', '@method("my-')
    features, (lesson,) = planted()
    assert Isolation().run(code, "my-confident-filter", features, [lesson]).failure is None
    kinds = [getattr(header, "asks", "the order") for header, *_ in asked]
    assert kinds == ["the order", "describe", "prepare", "targets"]
    _, (weak, seen, clusters) = asked[2]
    assert np.array_equal(weak, lesson.labels)
    assert np.array_equal(seen, features[lesson.learn])
    assert not np.array_equal(clusters, lesson.clusters)  # numbered afresh
    assert lesson.learn.tobytes() not in b"".join(question(*given) for given in asked)


# Reading

# Nothing is refused here, but there is nothing to be found either.
EMPTY = {"its environment"}


@pytest.fixture(scope="module")
def secrets_tried(tmp_path_factory):
    """What each attack on a secret finds, locked up and free."""
    kept = tmp_path_factory.mktemp("vault") / "truth"
    kept.write_text(CANARY)
    with (
        tempfile.NamedTemporaryFile("w", prefix="ledger") as shared,
        pytest.MonkeyPatch.context() as patch,
    ):
        shared.write(CANARY)
        shared.flush()
        Path(shared.name).chmod(0o666)
        patch.setenv("TRUING_TOKEN", CANARY)
        attacks = [
            one.format(file=str(kept), open_file=shared.name) if "file!r" in one else one
            for one in SECRETS.values()
        ]
        locked = dict(zip(SECRETS, attacked(*attacks), strict=True))
        free = subprocess.run(
            [
                sys.executable,
                "-c",
                METHOD.format(attacks=attacks, canary=CANARY)
                + "import numpy as np\nattack().targets(np.ones((2, 2)), 0, 0)",
            ],
            capture_output=True,
            text=True,
            cwd=tempfile.mkdtemp(dir=kept.parent),
            check=True,
        )
        return locked, dict(zip(SECRETS, json.loads(free.stdout), strict=True))


@needs_seal
@pytest.mark.parametrize("secret", SECRETS)
def test_sandboxed_code_reads_no_secret(secret, secrets_tried):
    told = secrets_tried[0][secret]
    assert "canary" not in told
    assert told.startswith("done: {'" if secret in EMPTY else "refused: ")


@needs_seal
@pytest.mark.parametrize(
    "secret",
    [
        "its environment",
        "its own /proc",
        "a file",
        "a file, by a crooked path",
        "a file, by a new link",
        "a file in memory",
        "a file open to all",
    ],
)
def test_the_same_attacks_succeed_without_the_sandbox(secret, secrets_tried):
    assert "with the canary" in secrets_tried[1][secret]


@needs_seal
def test_the_sandbox_environment_has_only_the_allowed_variables():
    (told,) = attacked("got = sorted(os.environ)")
    assert set(eval(told.removeprefix("done: "))) <= {
        "HOME",
        "LANG",
        "LC_CTYPE",
        "MKL_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "PATH",
        "PYTHONHASHSEED",
        "PYTHONPATH",
        "TMPDIR",
    }


@needs_seal
def test_the_sandbox_inherits_no_open_file(tmp_path):
    (tmp_path / "vault").write_text(CANARY)
    with open(tmp_path / "vault") as file:
        os.set_inheritable(file.fileno(), True)
        (told,) = attacked(
            "import fcntl\ngot = []\nfor fd in range(3, 5000):\n"
            "    try: got.append((fd, fcntl.fcntl(fd, fcntl.F_GETFL) & 3))\n"
            "    except OSError: pass"
        )
    ((_, mode),) = eval(told.removeprefix("done: "))
    assert mode == os.O_WRONLY  # its answers, and nothing else


@needs_seal
def test_the_sandbox_memory_contains_no_truth():
    found = "got = [o for o in gc.get_objects() if type(o).__name__ in ('Vault', 'Source', 'Task')]"
    assert attacked(found) == ["done: []"]


@needs_seal
def test_hidden_files_inside_a_package_are_unreadable():
    import array_api_compat

    package = Path(array_api_compat.__file__).parent
    hidden = package / "dask"
    code = METHOD.format(
        canary=CANARY,
        attacks=[
            f"got = open({str(hidden / '__init__.py')!r}).read()",
            f"got = len(open({str(package / 'numpy' / '__init__.py')!r}).read())",
        ],
    )
    done = Isolation(hide=[hidden]).run(code, "attack", *planted())
    first, second = json.loads(done.output)
    assert first.startswith("refused: PermissionError")
    assert second.startswith("done: ")


# Reaching out


@pytest.fixture(scope="module")
def reaches_tried(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outside")
    folder.chmod(0o777)
    victim = folder / "victim"
    victim.write_text("as it was")
    victim.chmod(0o666)
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        port = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", port))
        unix.bind(f"{folder}/socket")
        abstract.bind("\0truing-test")
        listening = (tcp, udp, unix, abstract)
        for one in listening:
            one.setblocking(False)
            if one is not udp:
                one.listen()
        words = {
            "port": port,
            "unix": f"{folder}/socket",
            "folder": str(folder),
            "victim": str(victim),
        }
        told = attacked(*(one.format(**words) for one in REACHES.values()))
        heard = []
        for one in listening:
            try:
                heard.append(one.recv(9) if one is udp else one.accept())
            except BlockingIOError:
                continue
    return dict(zip(REACHES, told, strict=True)), heard, folder


@needs_seal
@pytest.mark.parametrize("reach", REACHES)
def test_sandboxed_code_reaches_no_network_process_or_file(reach, reaches_tried):
    told, heard, folder = reaches_tried
    assert told[reach].startswith("refused: ")
    assert heard == []
    assert sorted(os.listdir(folder)) == ["socket", "victim"]
    assert (folder / "victim").read_text() == "as it was"
    assert stat.S_IMODE((folder / "victim").stat().st_mode) == 0o666


@pytest.fixture(scope="module")
def calls_tried():
    head = "libc = ctypes.CDLL(None, use_errno=True)\n"
    attacks = [
        f"{head}assert libc.syscall({number}{', ' if given else ''}{given}) == -1\n"
        f"got = ctypes.get_errno()"
        for number, given in CALLS.values()
    ]
    return dict(zip(CALLS, attacked(*attacks), strict=True))


@needs_seal
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="these are the numbers of x86_64")
@pytest.mark.parametrize("call", CALLS)
def test_a_system_call_that_computation_does_not_need_is_refused(call, calls_tried):
    assert calls_tried[call] == "done: 1"  # EPERM


@needs_seal
def test_threads_are_allowed_up_to_the_limit():
    start = (
        "threads = [threading.Thread(target=threading.Event().wait, args=(1,), daemon=True)"
        " for _ in range({})]\nfor one in threads: one.start()\ngot = 1"
    )
    few, many = attacked(start.format(4), start.format(100))
    assert few == "done: 1"
    assert many.startswith("refused: RuntimeError can't start new thread") or not GIVEN.other_user


# Using too much


@needs_seal
@pytest.mark.parametrize(
    ("code", "limits", "failure"),
    [
        (rule("time.sleep(60)"), {"seconds": 0.5}, "timed out after 0.5 s"),
        (rule("", before="while True: pass"), {"seconds": 0.5}, "timed out after 0.5 s"),
        (
            rule(
                "import signal\nfor n in range(1, 32):\n    if n not in (9, 19):\n"
                "        signal.signal(n, signal.SIG_IGN)\nwhile True: pass"
            ),
            {"seconds": 0.5},
            "timed out after 0.5 s",
        ),
        (
            rule("while True: os.write(int(sys.argv[1]), b'F'); time.sleep(0.01)"),
            {"seconds": 60},  # it ends as soon as the size is known
            "wrong shape: the answer does not have the size",
        ),
        (rule("while True: pass"), {"cpu": 1}, "used more than 1 s of processor time"),
        (rule("held = np.ones(1 << 30)"), {"memory_mb": 512}, "used more than 512 MB"),
        (
            rule("held = []\nwhile True: held.append(bytearray(1 << 24))"),
            {"memory_mb": 512},
            "used more than 512 MB",
        ),
        (
            rule("while True:\n    try: os.fork()\n    except PermissionError: time.sleep(0.01)"),
            {"seconds": 0.5},
            "timed out after 0.5 s",
        ),
    ],
    ids=["sleep", "import", "deaf", "drip", "cpu", "memory", "bites", "forks"],
)
def test_code_beyond_its_limits_is_stopped_with_the_reason(code, limits, failure):
    done = run(code, **limits)  # and not at the end of the time limit of the test
    assert done.failure.startswith(failure)
    assert done.beliefs is None


@needs_seal
def test_targets_that_are_hard_to_learn_are_stopped_at_the_time_limit():
    code = rule(DIVERGING).replace(", static=True", "")
    features, lessons = planted(seeds=60, items=4000, classes=8, shape=(64,))
    done = Isolation(limits=SandboxLimits(seconds=1)).run(code, "m", features, lessons)
    assert done.failure == "timed out after 1 s"


@needs_seal
def test_a_static_rule_with_members_is_stopped_within_the_solver():
    """It is asked once for each member, and then only the solver can check the clock."""
    code = rule("return (1 + 9e5) / weak.shape[1] - 9e5 * weak, uniform(weak)").replace(
        "static=True", "static=True, members=10"
    )
    features, lessons = planted(seeds=3, items=6000, classes=8, shape=(64,))
    done = Isolation(limits=SandboxLimits(seconds=1)).run(code, "m", features, lessons)
    assert done.failure == "timed out after 1 s"


@needs_seal
def test_excessive_output_is_truncated():
    done = run(rule("for _ in range(200): print('x' * 100_000)"))
    assert done.failure is None
    assert done.output == "x" * 4000


@needs_seal
def test_the_sandbox_leaves_no_files_or_processes(monkeypatch, tmp_path_factory):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("sandboxes")))
    children = []
    start = subprocess.Popen
    monkeypatch.setattr(
        sandbox_module.subprocess,
        "Popen",
        lambda *a, **k: children.append(start(*a, **k)) or children[-1],
    )
    gc.collect()  # what other tests left open
    opened = os.listdir("/proc/self/fd")
    run(rule("time.sleep(60)"), seconds=0.2)
    run(rule("pass"))
    assert len(children) == 2
    assert all(child.returncode is not None for child in children)
    assert os.listdir(tempfile.gettempdir()) == []
    assert len(os.listdir("/proc/self/fd")) <= len(opened)


# Lying


def forged(answer: str) -> str:
    return rule(f"os.write(int(sys.argv[1]), {answer})\nos._exit(0)")


# The mean target of the first choice is negative, so that no student is optimal.
DIVERGING = "aim = weak.copy(); aim[:, 0] -= 9e5; aim[:, 1] += 9e5; return aim, uniform(weak)"
ENDED = "crashed: the process ended before it answered"
SIZE = "wrong shape: the answer does not have the size of targets and weights"
VALUES = (
    "the method returned targets or weights of a wrong shape, values that are not finite, "
    "targets that do not sum to 1, or weights below 0"
)
NO_METHOD = "the file contains no method with this name and these arguments"
NO_MODULE = (
    "; a method may import the standard library, array_api_compat, cloudpickle, joblib, "
    "narwhals, numpy, scipy, sklearn, threadpoolctl, truing"
)
OWN_CLASS = "crashed: an exception of a class defined in the submission"


@needs_seal
@pytest.mark.parametrize(
    ("code", "failure", "detail"),
    [
        (rule("os._exit(0)"), ENDED, "exit status 0"),
        (rule("os.close(int(sys.argv[1])); time.sleep(5)"), "crashed: closed its answers", ""),
        (rule("sys.exit(3)"), "crashed: SystemExit in line 8", "SystemExit: 3"),
        (rule("import ctypes; ctypes.string_at(0)"), ENDED, "ended by SIGSEGV"),
        (rule("import signal; os.kill(os.getpid(), 40)"), ENDED, "ended by signal 40"),
        (rule("raise KeyError('no')"), "crashed: KeyError in line 8", "KeyError: 'no'"),
        (rule("raise ValueError('x' * 10**6)"), "crashed: ValueError in line 8", "ValueError: xxx"),
        (rule("return weak[:1], weak[0]"), VALUES, "method 'm' returned targets of shape (1, 2)"),
        (rule("return weak * np.nan, uniform(weak)"), VALUES, "method 'm' returned values that"),
        (rule("return weak, -uniform(weak)"), VALUES, "method 'm' returned values that are not"),
        (
            rule("return 2 * weak, uniform(weak)"),
            VALUES,
            "method 'm' returned targets that sum to 2",
        ),
        (rule(DIVERGING), UNLEARNABLE, "method 'm' led to weights of"),
        (rule("return None"), VALUES, "method 'm' must return (targets, weights)"),
        (forged("b'V' + (8).to_bytes(4, 'little') + bytes(8)"), SIZE, "answered 8 bytes instead"),
        (forged("b'V' + (1 << 31).to_bytes(4, 'little') + bytes(99)"), SIZE, "answered more than"),
        (forged("b'V' + (480).to_bytes(4, 'little') + b'\\xff' * 480"), UNLEARNABLE, "method 'm'"),
        (forged("b'U' + (2).to_bytes(4, 'little') + b'no'"), SIZE, "answered 2 bytes"),
        (forged("b'F' + (9).to_bytes(4, 'little') + b'\\x1b[2J\\n\\xff\\x00ok'"), OWN_CLASS, ""),
        (
            forged("b'F' + (9).to_bytes(4, 'little') + b'\\x07\\0\\0\\0hello'"),
            OWN_CLASS + " in line 7",
            "hello",
        ),
        (
            forged("b'F' + (12).to_bytes(4, 'little') + b'\\xff\\0\\0\\0KeyError'"),
            "crashed: KeyError",
            "KeyError",
        ),
        (forged("b'C' + (6).to_bytes(4, 'little') + b'Zhello'"), VALUES, "hello"),
        (forged("b'C' + (0).to_bytes(4, 'little')"), VALUES, ""),
        (rule("", before="def"), "crashed: SyntaxError in line 4", "SyntaxError: invalid syntax"),
        (
            rule("", before="import pandas_of_nobody"),
            "crashed: ModuleNotFoundError in line 4" + NO_MODULE,
            "ModuleNotFoundError: No module na",
        ),
        (
            rule("", before="import pytest"),
            "crashed: ModuleNotFoundError in line 4" + NO_MODULE,
            "ModuleNotFoundError: the sandbox has no module 'pytest'; "
            "a method may import the standard library",
        ),
        ("x = 1", NO_METHOD, "method.py has no method 'm'; define a function m() in it"),
        (
            "def m(): return 3",
            NO_METHOD,
            "'method.py:m' is not a method: it returned 3; it must return a method",
        ),
        ("\ud800", "crashed: SyntaxError in line 1", "SyntaxError"),
        (
            rule("").replace("static=True", "members=10**9"),
            "the method has too many members; at most 10 are allowed",
            "1000000000 members",
        ),
        (
            rule("").replace("static=True", "members=11"),
            "the method has too many members; at most 10 are allowed",
            "11 members",
        ),
        (
            rule("").replace("static=True", "labels='truth'"),
            "the method asks for the ground truth; it must learn from weak labels",
            "labels='truth'",
        ),
        (
            rule("").replace("static=True", "rungs=lambda s: (s,)"),
            "the method asks for a chain of students; it must train one student",
            "rungs",
        ),
        (
            rule("").replace("static=True", "rounds=1000"),
            "the method sets rounds; leave it out",
            "rounds=1000",
        ),
    ],
)
def test_lying_or_failing_code_is_a_failure_with_its_reason(code, failure, detail):
    done = run(code)
    assert done.beliefs is None
    assert done.failure == failure
    assert done.detail.startswith(detail)
    assert len(done.detail) <= 2000
    assert done.detail.isprintable()


CARRIES = """
class Mine({base}):
    pass
Mine.__name__ = Mine.__qualname__ = {name}
words = "canary" + str(weak[0, 0])
{end}"""
CARRIERS = {
    "words": ("Exception", "'ValueError'", "raise ValueError(words)"),
    "a class's name": ("Exception", "'canary' + str(weak[0, 0])", "raise Mine(words)"),
    "a known class's child": ("KeyError", "'canary' + str(weak[0, 0])", "raise Mine(words)"),
    "a cause": ("Exception", "'M'", "raise ValueError('x') from ValueError(words)"),
    "a note": ("Exception", "'M'", "e = ValueError(); e.add_note(words); raise e"),
    "a refusal of ours": (
        "Exception",
        "'M'",
        "from truing.errors import UserError; raise UserError(words)",
    ),
    "an exit": ("Exception", "'M'", "sys.exit(words)"),
    "a syntax error's file": ("Exception", "'M'", "raise SyntaxError(words, (words, 5, 1, words))"),
    "a shape": ("Exception", "'M'", "return np.ones((int(1e5 * weak[0, 0]), 1)), weak"),
    "an exit status": ("Exception", "'M'", "os._exit(int(200 * weak[0, 0]) + 10)"),
    "a signal": ("Exception", "'M'", "os.kill(os.getpid(), 34 + int(20 * weak[0, 0]))"),
    "large weights": ("Exception", "'M'", "return -9e5 * weak, uniform(weak)"),
    "a line far down": (
        "Exception",
        "'M'",
        "exec(compile(chr(10) * 5000 + 'raise ValueError', 'x', 'exec'))",
    ),
    "a forged line": (
        "Exception",
        "'M'",
        "os.write(int(sys.argv[1]), b'F' + "
        "(10).to_bytes(4, 'little') + (10**6).to_bytes(4, 'little') + b'OSError'); os._exit(0)",
    ),
}

TOLD_TO_OWNER = {
    "words",
    "a class's name",
    "a known class's child",
    "a refusal of ours",
    "an exit",
    "a shape",
    "an exit status",
    "a signal",
}


@needs_seal
@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_failure_message_does_not_leak_the_inputs(carrier):
    """The same file on other weak labels fails with the same words."""
    base, name, end = CARRIERS[carrier]
    code = rule(CARRIES.format(base=base, name=name, end=end))
    read = []
    for seed in (5, 6):
        features, lessons = planted(labels_seed=seed)
        read.append(Isolation(limits=SandboxLimits(seconds=20)).run(code, "m", features, lessons))
    first, second = read
    assert first.failure is not None
    assert first.failure == second.failure
    if carrier in TOLD_TO_OWNER:
        assert first.detail != second.detail  # so the code did try
    assert "canary" not in first.failure


@needs_seal
def test_a_line_number_is_released_up_to_a_thousand():
    for before, place in ((900, " in line 906"), (1200, "")):
        padded = rule("raise KeyError(1)", before="\n" * (before - 2))
        assert run(padded).failure == f"crashed: KeyError{place}"


@needs_seal
@pytest.mark.parametrize("name", ["../m", "m\n", "", "m,by", "m;x", "a" * 200, "method.py:m"])
def test_an_invalid_name_is_a_failure_with_its_reason(name):
    assert "name must read NAME" in run(rule(""), name).failure


@needs_seal
def test_code_that_patches_truing_changes_only_its_own_answers():
    patch = (
        "import truing.students as students, truing.methods as methods\n"
        "fake = lambda *a, **k: [np.ones((40, 2), np.float32)]\n"
        "methods.train = methods._fit.train = methods._fit.fit_heads = fake\n"
        "students.fit_heads = students.checked = fake\n"
        "np.float64 = np.frombuffer = None\n"
    )
    found = []
    for answer in ("pass", "weak = weak[:, ::-1]"):
        honest, done = run(rule(answer)), run(rule(patch + answer))
        assert (honest.failure, done.failure) == (None, None)
        assert done.beliefs.tobytes() == honest.beliefs.tobytes()
        found.append(done.beliefs)
    assert np.abs(found[0] - found[1]).max() > 0.1
    assert np.float64(1) == 1


# Levels


def test_without_kernel_support_nothing_runs_and_weaker_levels_are_named(monkeypatch):
    monkeypatch.setattr(level_module, "probe", lambda: Capabilities(linux=True, seccomp=True))
    with pytest.raises(
        IsolationError, match=r"lacks Landlock.*; weaker levels .*: 'filtered' .*'limited'"
    ):
        Isolation()
    assert choose_level("filtered").name == "filtered"
    monkeypatch.setattr(level_module, "probe", lambda: Capabilities(linux=True, landlock=7))
    with pytest.raises(
        IsolationError, match=r"lacks seccomp filters .*; weaker levels .*: 'limited'"
    ):
        choose_level()
    with pytest.raises(IsolationError, match="level 'filtered' is not possible on this machine"):
        choose_level("filtered")
    monkeypatch.setattr(level_module, "probe", lambda: Capabilities(linux=False))
    with pytest.raises(IsolationError, match=r"lacks Linux$"):
        choose_level("limited")


def test_a_container_level_is_refused_with_the_reason():
    with pytest.raises(IsolationError, match=r"must not be .docker.: use .sealed."):
        choose_level("docker")
    with pytest.raises(UnknownNameError, match="did you mean sealed"):
        choose_level("seald")


@needs_seal
@pytest.mark.parametrize("missing", ["landlock", "path"])
def test_code_is_not_run_if_a_restriction_fails(missing, monkeypatch, tmp_path):
    allowed = sandbox_module.readable(())
    gone = type(allowed)((*allowed.whole, "/gone"), allowed.names)
    if missing == "path":
        monkeypatch.setattr(sandbox_module, "readable", lambda hide: gone)
    else:
        lying = sandbox_module.CHILD.replace(
            "main()",
            "import truing.research.isolation.kernel._lock as k; "
            "k.restrict_files = lambda *a: k.os.open('/gone', 0); main()",
        )
        monkeypatch.setattr(sandbox_module, "CHILD", lying)
    with pytest.raises(IsolationError, match="could not be set, so no submitted code ran"):
        run(rule("", before=f"open({str(tmp_path / 'ran')!r}, 'w')"))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("limits", [{"seconds": 0}, {"memory_mb": 10}, {"cpu": -1}])
def test_impossible_limits_are_refused(limits):
    with pytest.raises(UserError, match="must be"):
        SandboxLimits(**limits)


def test_every_level_states_its_protection_and_its_gaps():
    assert list(LEVELS) == ["sealed", "filtered", "limited"]
    assert all(level.stops and level.leaves for level in LEVELS.values())


@needs_seal
def test_filtered_code_can_only_read_files():
    told = attacked(
        "socket.socket()",
        "os.fork()",
        "open('new', 'w')",
        "os.kill(os.getppid(), 0)",
        "got = len(open('/etc/passwd').read())",
        level="filtered",
    )
    assert all(one.startswith("refused") for one in told[:4])
    assert told[4].startswith("done")


@pytest.mark.skipif(not GIVEN.linux, reason="limits are Linux's")
def test_limited_code_gets_a_clean_environment_small_files_and_no_network(monkeypatch):
    monkeypatch.setenv("TRUING_TOKEN", CANARY)
    with socket.create_server(("127.0.0.1", 0)) as server:
        environment, file, mode, network = attacked(
            "got = dict(os.environ)",
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "open('big', 'wb').write(bytes(17 << 20))",
            "got = oct(os.stat('.').st_mode & 0o777)",
            f"socket.socket().connect({server.getsockname()!r})",
            level="limited",
        )
    assert environment.startswith("done: {")
    assert file.startswith("refused: OSError [Errno 27]")
    assert mode == "done: 0o700"
    assert network.startswith("refused: OSError") or not GIVEN.own_network


# Namespaces

LOOKS = """
def look(path):
    try:
        return sorted(name for name in os.listdir(path) if name.isdigit())
    except PermissionError:
        return "refused"
seen = [n for n in {numbers} if os.path.exists(f"/proc/{{n}}")]
kept = [n for n in ("stat", "meminfo", "loadavg", "uptime") if os.path.exists(f"/proc/{{n}}")]
print(json.dumps({{"list": look("/proc"), "seen": seen, "kept": kept, "pid": os.getpid(),
                  "others": os.path.exists("/proc/{ours}/stat")}}), flush=True)"""


def look_around(level=None) -> tuple[dict, str]:
    """What a submitted file finds in /proc, and the level that the result records."""
    numbers = sorted(int(one) for one in os.listdir("/proc") if one.isdigit() and int(one) > 2)
    body = LOOKS.format(numbers=[1, 2, *numbers, *range(3, 2000)], ours=os.getpid())
    done = run(rule(body, before="import json"), level=level)
    assert done.failure is None
    return json.loads(done.output), done.level


@needs_seal
@needs_namespaces
@pytest.mark.parametrize("level", ["sealed", "filtered", "limited"])
def test_a_submitted_file_sees_only_its_own_process_and_its_parent(level):
    found, recorded = look_around(level)
    assert found["list"] == ("refused" if level == "sealed" else ["1", "2"])
    assert found["seen"] == [1, 2]
    assert found["pid"] == 2
    assert not found["others"]
    assert found["kept"] == []  # nor the counters of the machine
    assert recorded == f"{level}+namespaces"


@needs_seal
def test_without_namespaces_code_runs_and_the_recorded_level_omits_them(monkeypatch):
    weaker = replace(GIVEN, own_processes=False)
    monkeypatch.setattr(level_module, "probe", lambda: weaker)
    monkeypatch.setattr(sandbox_module, "probe", lambda: weaker)
    found, recorded = look_around()
    assert os.getpid() in found["seen"] or found["others"]
    assert recorded == "sealed"


@needs_seal
@needs_namespaces
def test_code_is_not_run_if_the_kernel_refuses_namespaces(monkeypatch, tmp_path):
    lying = sandbox_module.CHILD.replace(
        "main()",
        "import truing.research.isolation.kernel._namespaces as n; "
        "n.mount = lambda *a: n.os.open('/gone', 0); main()",
    )
    monkeypatch.setattr(sandbox_module, "CHILD", lying)
    with pytest.raises(IsolationError, match="could not be set, so no submitted code ran"):
        run(rule("", before=f"open({str(tmp_path / 'ran')!r}, 'w')"))


AS_A_USER = """
import json, os, sys
import numpy as np
from truing.research.isolation import Isolation, Lesson, SandboxLimits, probe
rng = np.random.default_rng(0)
lesson = Lesson(np.arange(20), rng.dirichlet([1, 1], 20), np.arange(20), 1.0, "key")
code, level = sys.argv[1:]
limits, features = SandboxLimits(seconds=20), rng.normal(size=(40, 3))
done = Isolation(level, limits).run(code, "m", features, [lesson])
print(json.dumps([os.getuid(), probe().other_user, done.failure, done.level, done.output]))
"""


def run_as_a_user(code: str, level: str) -> list:
    """A run by a launcher that is not root: in a user namespace where it has another number."""
    words = ["unshare", "--user", "--map-user=1000", "--map-group=1000", sys.executable, "-c"]
    done = subprocess.run([*words, AS_A_USER, code, level], capture_output=True, text=True)
    if "unshare:" in done.stderr:
        pytest.skip(f"no user namespace to be had: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@needs_seal
@needs_namespaces
@pytest.mark.skipif(shutil.which("unshare") is None, reason="no unshare of util-linux")
def test_an_unprivileged_launcher_gives_the_same_namespaces(tmp_path):
    body = LOOKS.format(numbers=[1, 2, *range(3, 2000)], ours=os.getpid())
    user, other, failure, level, output = run_as_a_user(rule(body, before="import json"), "sealed")
    assert (user, other, failure, level) == (1000, False, None, "sealed+namespaces")
    assert json.loads(output)["seen"] == [1, 2]

    late = tmp_path / "late"
    orphan = rule(
        f"if os.fork() == 0:\n    os.setsid()\n    time.sleep(1)\n"
        f"    open({str(late)!r}, 'w')\n    os._exit(0)"
    )
    assert run_as_a_user(orphan, "limited")[2] is None
    time.sleep(1.5)
    assert not late.exists()  # it ended with its namespace


@needs_root
def test_limited_code_runs_as_another_user_and_its_processes_end_with_it(tmp_path):
    (tmp_path / "vault").write_text(CANARY)
    (tmp_path / "vault").chmod(0o600)
    told = attacked(
        "got = os.getuid()",
        f"got = open({str(tmp_path / 'vault')!r}).read()",
        "os.kill(os.getppid(), 0)",
        "got = open(f'/proc/{os.getppid()}/environ').read()",
        "import time\ntry:\n    while True:\n        if os.fork() == 0:\n            os.setsid()\n"
        "            time.sleep(60)\n            os._exit(0)\nexcept BlockingIOError:\n    got = 1",
        level="limited",
    )
    user = int(told[0].removeprefix("done: "))
    assert user > 1 << 29
    assert all(one.startswith("refused: Perm") or "ProcessLookup" in one for one in told[1:4])
    assert told[4] == "done: 1"
    alive = [
        lines
        for lines in map(read_lines, Path("/proc").glob("[0-9]*/status"))
        if any(one.startswith("Uid:") and one.split()[1] == str(user) for one in lines)
        and not any(one.startswith("State:\tZ") for one in lines)  # dead, not yet collected
    ]
    assert not alive


def read_lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:  # ended in between
        return []


# Working folders that a killed launcher leaves behind

KILLED = """
import os, signal
from truing.research.isolation import SandboxLimits, choose_level
from truing.research.isolation.files._sandbox import Sandbox
with Sandbox(choose_level({level!r}), SandboxLimits()):
    os.kill(os.getpid(), signal.SIGKILL)
"""
LEVEL = next(
    (name for name, one in LEVELS.items() if all(getattr(GIVEN, n) for n in one.needs)), ""
)


@pytest.mark.skipif(not LEVEL, reason="this machine cannot isolate")
def test_the_folder_of_a_killed_launcher_is_removed_at_the_next_start(tmp_path, monkeypatch):
    from truing.research.isolation import _working_folder as _folders

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    done = subprocess.run([sys.executable, "-c", KILLED.format(level=LEVEL)])
    assert done.returncode == -9
    (left,) = tmp_path.glob("truing-sandbox-*")
    Isolation(LEVEL)  # it could be another process's, about to be locked
    assert left.is_dir()
    if os.getuid() == 0:  # where the launcher is root, the folder is of the sandboxed process
        os.chown(left, _folders.FIRST_UNUSED_USER + 5, _folders.FIRST_UNUSED_USER + 5)
    monkeypatch.setattr(_folders, "YOUNG", -1)
    used, handle = _folders.make_folder()
    (tmp_path / "truing-sandbox-link").symlink_to(tmp_path)
    Isolation(LEVEL)
    assert (left.exists(), used.is_dir(), tmp_path.is_dir()) == (False, True, True)
    _folders.remove_folder(used, handle)
    assert not used.exists()
