"""Fork server: a process that has imported Python packages, and forks a supervisor for each run.

A new Python process would spend most of a second on imports. The server is a new process that
receives nothing but orders, so its memory contains no ground truth and no secret. Each run starts
as a copy of the server and restricts itself before it runs submitted code.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

from truing.errors import IsolationError
from truing.research.isolation._level import child_environment
from truing.research.isolation._readable import readable_for_folders
from truing.research.isolation.folders import _child as child
from truing.research.isolation.folders._preload import preload

PROGRAM = "from truing.research.isolation.folders._fork_server import main; main()"
# pandas imports pyarrow, if it is installed, which otherwise starts a thread of its allocator.
NO_THREADS = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
START, FORKED = b"s", b"f"
DESCRIPTORS = 3  # of one run: order and control, report, printed output
START_SECONDS = 120


class ForkServer:
    """A running fork server.

    Args:
        python: Python program; empty for this environment.
        models: whether the server imports the packages that run transformers.

    Raises:
        IsolationError: the server did not start.
    """

    def __init__(self, python: str, models: bool):
        program, kind = python or sys.executable, (f"{bool(python)}", f"{models}")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [program, "-s", "-P", "-B", "-c", PROGRAM, str(theirs.fileno()), *kind],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                env={**child_environment("/"), **NO_THREADS},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                umask=0o077,
            )
        self._socket, self._lock = ours, threading.Lock()
        ours.settimeout(START_SECONDS)
        try:
            started = ours.recv(1) == START
        except OSError:
            started = False
        assert self._process.stderr is not None
        if not started:
            self._process.kill()
            words = self._process.stderr.read().decode("utf-8", "replace")[-300:].strip()
            self.close()
            raise IsolationError(
                f"the Python {program!r} cannot run folders; install the "
                f"packages of truing for it: {words}"
            )
        self._process.stderr.close()

    def fork(self, descriptors: Sequence[int]) -> int:
        """Fork a supervisor that uses these descriptors. Returns a descriptor of the process.

        Raises:
            OSError: the server ended, or could not fork.
        """
        with self._lock:
            socket.send_fds(self._socket, [START], list(descriptors))
            answer, (*found,), _, _ = socket.recv_fds(self._socket, 1, 1)
        if answer != FORKED or len(found) != 1:
            raise OSError("the fork server ended or could not fork")
        return found[0]

    def close(self) -> None:
        """End the server. Runs end with it."""
        self._socket.close()
        self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()


_servers: dict[tuple[int, str, bool], ForkServer] = {}
_starting = threading.Lock()


def start_run(python: str, models: bool, descriptors: Sequence[int]) -> int:
    """Fork a supervisor from this process's server for a Python program; starts it if needed.

    Args:
        python, models: see `ForkServer`.
        descriptors: for order and control, for the report, and for printed output.

    Returns:
        Descriptor of the supervisor's process.

    Raises:
        IsolationError: the server did not start, or ended twice.
    """
    key = (os.getpid(), python, models)
    for _ in range(2):
        with _starting:
            if key not in _servers:
                _servers[key] = ForkServer(python, models)
            server = _servers[key]
        try:
            return server.fork(descriptors)
        except OSError as error:
            why = error
            with _starting:
                if _servers.get(key) is server:
                    _servers.pop(key).close()
    raise IsolationError(f"no process for a run could be started: {why}; score again")


@atexit.register
def _close_servers() -> None:
    for (pid, *_), server in _servers.items():
        if pid == os.getpid():
            server.close()


def main() -> None:
    """Entry point of the server.

    Its arguments are the descriptor of its socket, whether runs may read all installed packages,
    and whether it imports the packages that run transformers.
    """
    link = socket.socket(fileno=int(sys.argv[1]))
    every_package, models = (one == "True" for one in sys.argv[2:])
    preload(every_package, models)
    readable_for_folders(every_package)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that the kernel collects ended children
    if len(os.listdir("/proc/self/task")) != 1:
        raise RuntimeError("a package has started a thread, so the server cannot fork safely")
    link.send(START)
    own = os.getpid()
    while True:
        asked, descriptors, _, _ = socket.recv_fds(link, 1, DESCRIPTORS)
        if not asked:
            os._exit(0)
        child = os.fork()
        if not child:
            link.close()
            _start(descriptors, own)
        described = os.pidfd_open(child)
        socket.send_fds(link, [FORKED], [described])
        for one in (*descriptors, described):
            os.close(one)


def _start(descriptors: Sequence[int], parent: int) -> NoReturn:
    """Become the supervisor of a run."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    order, answers, prints = descriptors
    for one, target in ((order, 0), (prints, 1), (prints, 2)):
        os.dup2(one, target)
    os.close(order)
    os.close(prints)
    child.main(answers, parent)
    os._exit(0)
