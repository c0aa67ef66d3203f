"""A warm interpreter: Python commands run in forks of a process that has imported what they need.

To start Python and import scikit-learn, Inspect and the rest takes two seconds of a core, and the
documents alone start fifty commands. A fork has its own arguments, folder, environment, open
files and exit code, like a process that was started from scratch, and it ends when its client is
killed. It finds one core, because the tests of the other cores run beside it. Processes that a pool
starts, in a fork or in the tests, are forks too. `KilledTruing` is a fork that can be killed. Tests
of the start itself use `sys.executable`.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import importlib
import json
import os
import runpy
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import types
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

import pytest

from tests.charts import draw_blank
from tests.same_secrets import draw_same
from tests.waiting import hide_progress, wait_until

IMPORTED = (
    "acp",
    "fastapi",
    "httpx",
    "inspect_ai",
    "inspect_ai.agent._acp.server",
    "inspect_ai.model._providers.openai_compatible",
    "markdown_it",
    "mcp",
    "openai.resources.chat",
    "optuna",
    "pandas",
    "rich.table",
    "scipy.stats",
    "sklearn.datasets",
    "sklearn.decomposition",
    "sklearn.linear_model",
    "truing.oversight.evals",
    "truing.lab",
    "truing.report",
    "truing.research.doors",
    "truing.server",
    "truing.studies",
    "truing.testing",
    "uvicorn",
    "vl_convert",
)

KILLED = 70  # exit code of the client of a process that was killed

CLIENT = f"""
import contextlib, json, os, signal, socket, sys
FORWARDED = (signal.SIGINT, signal.SIGTERM)
signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)  # until it is known where they go
passed = []
for number in sorted(map(int, os.listdir("/dev/fd"))):
    with contextlib.suppress(OSError):  # the file that listed them is closed
        passed += [number] if os.get_inheritable(number) or number < 3 else []
assert len(passed) <= 253, "more files than one message can pass"
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
given = [sys.argv[2:], os.getcwd(), dict(os.environ), passed, os.getpid()]
asked = json.dumps(given).encode() + b"\\n"
socket.send_fds(line, [asked[:1]], passed)
line.sendall(asked[1:])
told = line.makefile()
process = int(told.readline())
for name in FORWARDED:
    signal.signal(name, lambda number, frame: os.kill(process, number))
signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
sys.exit(int(told.readline() or {KILLED}))
"""

LINE = 700
"""Number of the socket from a fork to its client, above those of all files that are passed."""

KILLABLE = """
import os, sys
os.setsid()
print(os.getpid(), flush=True)
sys.argv[0] = "truing"
{before}
from truing.cli import main
main()
"""

STOP = """
import os, signal, threading
from {module} import {name}
numbers, real = iter(range({most})), {name}.{method}
def stopping(*given, **named):
    if next(numbers, None) is None:
        {end}
    return real(*given, **named)
{name}.{method} = stopping
"""


def stop_after(most: int, module: str, name: str, method: str, kill: bool = False) -> str:
    """Code for `KilledTruing` that stops or kills the process at a later call of a method.

    Args:
        most: number of calls that are answered.
        module: module of the class.
        name: name of the class.
        method: name of the method.
        kill: whether the next call kills the process.
    """
    end = "os.kill(0, signal.SIGKILL)" if kill else "threading.Event().wait()"
    return STOP.format(most=most, module=module, name=name, method=method, end=end)


class KilledTruing:
    """`truing` in a fork with a session of its own, until SIGKILL ends it and all its workers.

    Args:
        program: the program of `warm_python`.
        words: the command.
        before: code that is executed first.
        options: of `subprocess.Popen`.
    """

    def __init__(self, program: Path, words: Sequence[object], before: str = "", **options: Any):
        command = [str(program), "-c", KILLABLE.format(before=before), *map(str, words)]
        self.client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
        assert self.client.stdout is not None
        self.stdout = self.client.stdout
        self.process = int(self.stdout.readline())

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        return self.client.poll() is not None

    @property
    def killed(self) -> bool:
        """Whether the process has ended because it was killed."""
        return self.client.poll() == KILLED

    def wait_until(self, happened: Callable[[], object]) -> None:
        """Return when a condition is true or the process has ended."""
        wait_until(lambda: self.ended or happened(), 0.002)

    def kill(self) -> None:
        """Kill the process and all that it started, and wait until the process is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process, signal.SIGKILL)
        self.client.wait()  # its connection ends with the process
        self.stdout.close()


@contextlib.contextmanager
def warm_python(folder: Path) -> Iterator[Path]:
    """Start the process that is forked; yields a program that is used as `python` is.

    It takes `-m MODULE`, `-c CODE` or a script, and their arguments.
    """
    program, client = folder / "python", folder / "client.py"
    client.write_text(CLIENT)
    with tempfile.TemporaryDirectory(prefix="truing-") as short:  # paths of sockets are limited
        address = f"{short}/s"
        words = [sys.executable, "-ISE", str(client), address]
        program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        program.chmod(0o755)
        command = [sys.executable, "-m", "tests.warm", address, str(program)]
        root = Path(__file__).parents[1]
        with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            with pytest.MonkeyPatch.context() as patch:
                start_pools(program, patch)
                yield program
            server.terminate()


def start_pools(program: Path, patch: pytest.MonkeyPatch) -> None:
    """Have pools of processes start forks of the warm process."""
    fork_exec = importlib.import_module("joblib.externals.loky.backend.fork_exec")
    start = fork_exec.fork_exec

    def start_warm(command: list[str], *given: Any, **options: Any) -> int:
        return start([str(program), *command[1:]], *given, **options)

    patch.setattr(fork_exec, "fork_exec", start_warm)


def serve(address: str, program: Path) -> NoReturn:
    """Fork for each client until the tests end; a fork returns to its end as any process does."""
    tests = os.getppid()
    told: list[TextIO] = []  # in a fork: where its exit code goes
    codes: list[int] = []
    atexit.register(tell_code, told, codes)  # the first, so that it is called last
    start_pools(program, pytest.MonkeyPatch())
    for name in IMPORTED:
        importlib.import_module(name)
    hide_progress(pytest.MonkeyPatch())
    importlib.import_module("inspect_ai.model._model_info")._get_model_info_db()  # many YAML files
    os.sched_getaffinity = lambda _: {0}
    gc.freeze()  # so that forks do not copy what the collector would look at
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    listener.settimeout(5)
    signal.signal(signal.SIGCHLD, reap)
    print("ready", flush=True)
    while True:
        try:
            line, _ = listener.accept()
        except TimeoutError:
            if os.getppid() != tests:  # they were killed
                sys.exit()
            continue
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            line = socket.socket(fileno=fcntl.fcntl(line.detach(), fcntl.F_DUPFD_CLOEXEC, LINE))
            told.append(line.makefile("rw"))
            codes.append(answer(line, told[0]))
            sys.exit(codes[0])
        line.close()


def reap(*_: object) -> None:
    """Take leave of the forks that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def answer(line: socket.socket, told: TextIO) -> int:
    """In a fork: become the process that the client asks for; returns its exit code."""
    first, files, _, _ = socket.recv_fds(line, 1, 253)
    asked = json.loads(first.decode() + told.readline())
    arguments, folder, environment, numbers, client = asked
    take_files(files, numbers)
    take_number(client)
    print(os.getpid(), file=told, flush=True)
    end_with(line)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    draw_blank(pytest.MonkeyPatch())
    draw_same(name_process(arguments), pytest.MonkeyPatch())
    return execute(arguments)


def name_process(arguments: list[str]) -> str:
    """A name by the test and the arguments, without folders, which have other names each time."""
    words = [word for word in arguments if not word.startswith("/")]
    return " ".join([os.environ.get("PYTEST_CURRENT_TEST", ""), *words])


def take_files(files: list[int], numbers: list[int]) -> None:
    """Give the files of the client the numbers that they have there; close its closed streams."""
    assert max(numbers, default=0) < LINE, "the client has too many open files"
    above = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, LINE + 1) for file in files]
    for file in [*files, 0, 1, 2]:
        os.close(file)
    for file, number in zip(above, numbers, strict=True):
        os.dup2(file, number)
        os.close(file)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if number not in numbers:
            setattr(sys, name, None)


def take_number(client: int) -> None:
    """Let a worker that leaves its pool be known by its client, the process that the pool started.

    A worker leaves when its memory has grown. A pool replaces only a process that it knows.
    """
    pool: Any = importlib.import_module("joblib.externals.loky.process_executor")
    pool.os = types.SimpleNamespace(**{**vars(os), "getpid": lambda: client})


def end_with(line: socket.socket) -> None:
    """Have the system end this process when its client is gone: SIGIO does, by default."""
    fcntl.fcntl(line, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(line, fcntl.F_SETFL, os.O_ASYNC)


def tell_code(told: list[TextIO], codes: list[int]) -> None:
    """In a fork, when its threads and all else have ended: tell the client its exit code."""
    if told:
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
        print(codes[0], file=told[0], flush=True)
        os._exit(codes[0])  # modules need not be taken down one by one


def execute(arguments: list[str]) -> int:
    """Run a module, code or a script as `python ARGUMENTS` does, and return the exit code."""
    option, *words = arguments
    try:
        if option == "-m":
            sys.argv, sys.path[0] = words, os.getcwd()
            runpy.run_module(words[0], run_name="__main__", alter_sys=True)
        elif option == "-c":
            execute_text(words[0], ["-c", *words[1:]])
        elif option == "-":
            execute_text(sys.stdin.read(), arguments)
        else:
            sys.argv, sys.path[0] = arguments, str(Path(option).resolve().parent)
            runpy.run_path(option, run_name="__main__")
    except SystemExit as left:
        if isinstance(left.code, str):
            print(left.code, file=sys.stderr)
            return 1
        return left.code or 0
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    return 0


def execute_text(text: str, arguments: list[str]) -> None:
    """Run code of a command line or of standard input."""
    sys.argv, sys.path[0] = arguments, ""
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    place = "<string>" if arguments[0] == "-c" else "<stdin>"
    exec(compile(text, place, "exec", dont_inherit=True), vars(main))


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
