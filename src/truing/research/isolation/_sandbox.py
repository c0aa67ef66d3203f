"""The launcher's end: a sandboxed child process, and the method that it answers for."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from truing.errors import IsolationError
from truing.methods import Evidence, Method
from truing.research.isolation import _wire as wire
from truing.research.isolation._failure import Failure, read_broken_contract, read_crash
from truing.research.isolation._folders import make_folder, remove_folder
from truing.research.isolation._level import Level, child_environment, probe
from truing.research.isolation._limits import MOST_STUDENTS, SandboxLimits
from truing.research.isolation._namespaces import SIGNALLED
from truing.research.isolation._order import LockOrder
from truing.research.isolation._pipes import Pipes
from truing.research.isolation._readable import readable
from truing.research.isolation._trials import NOBODY_AT_ALL

CHILD = "from truing.research.isolation._child import main; main()"
START_SECONDS = 60  # allowed to a child for becoming ready, before its code's time begins
OUTPUT = 4000  # characters of what a method prints that are kept
ENDED = "crashed: the process ended before it answered"
WRONG_SIZE = "wrong shape: the answer has another size than the targets and weights"


class SandboxEnded(Exception):
    """The submitted code answers no more; the text is the reason that a researcher may read.

    Attributes:
        why: the failure.
    """

    def __init__(self, why: Failure):
        super().__init__(why.reason)
        self.why = why


class Sandbox:
    """A sandboxed child process, for one submitted file; a context manager.

    Attributes:
        ended: why the code answers no more, None while it does.
    """

    ended: Failure | None = None

    def __init__(self, level: Level, limits: SandboxLimits, hide: tuple[Path, ...] = ()):
        self.level, self.limits, self.hide = level, limits, hide
        self._lines = 0  # of the submitted file

    @property
    def output(self) -> str:
        """The beginning of what the code printed: for the referee's eyes only."""
        return self._pipes.printed.decode("utf-8", "replace")[:OUTPUT]

    @property
    def deadline(self) -> float:
        """When the submission's time ends, by `time.monotonic`, in seconds."""
        return self._until

    @property
    def timed_out(self) -> Failure:
        """The failure of a submission whose time is over."""
        return Failure(f"timed out after {self.limits.seconds:g} s")

    def __enter__(self) -> Sandbox:
        self._folder, self._folder_lock = make_folder()
        answers, theirs = os.pipe()
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-s", "-P", "-B", "-c", CHILD, str(theirs)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                cwd=self._folder,
                env=child_environment(str(self._folder)),
                pass_fds=(theirs,),
                start_new_session=True,
                umask=0o077,
            )
        except BaseException:
            os.close(answers)
            remove_folder(self._folder, self._folder_lock)
            raise
        finally:
            os.close(theirs)
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._ends = self._child.stdin, self._child.stdout
        questions, prints = (end.fileno() for end in self._ends)
        os.set_blocking(questions, False)
        self._pipes = Pipes(questions, answers, prints, 4 * OUTPUT)
        self._until = time.monotonic() + START_SECONDS
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            # Before it is waited for: until then the number is nobody else's.
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.kill()
        self._child.wait()
        if "seccomp" not in self.level.needs and probe().other_user:
            _end_all_of(NOBODY_AT_ALL + self._child.pid)
        for end in self._ends:
            end.close()
        os.close(self._pipes.answers)
        remove_folder(self._folder, self._folder_lock)

    def open(self, code: str, name: str) -> Method:
        """Lock the child, have it import the code, and return a method that asks it.

        Raises:
            IsolationError: the lock did not close; the code was not run.
            SandboxEnded: the code failed.
        """
        file = self._folder / "method.py"
        file.write_text(code, encoding="utf-8", errors="replace")
        file.chmod(0o644)  # the folder is closed to others; its own user may be another one
        self._lines = len(code.splitlines())
        letter, words = self._start(wire.question(self._order(name).to_json()))
        if letter != wire.SEALED:
            raise IsolationError(
                f"the lock of level {self.level.name!r} did not close, and no submitted code was "
                f"run: {wire.one_line(words.decode('utf-8', 'replace'))}"
            )
        self._until = time.monotonic() + self.limits.seconds
        described = self._ask(
            wire.question({"asks": "describe"}), wire.DESCRIBED, wire.DESCRIPTION.size
        )
        static, prepares, peers, members = wire.DESCRIPTION.unpack(described)
        if members > MOST_STUDENTS:
            reason = f"the method asks for too many members; at most {MOST_STUDENTS} are allowed"
            raise self._end(Failure(reason, f"{members} members"))
        try:
            prepare = self._prepare if prepares else None
            return Method(self._targets, static, prepare, members=members, peers=peers)
        except ValueError as error:  # forged: the child could not have made such a method
            raise self._end(Failure("crashed: forged a description", str(error))) from None

    def _order(self, name: str) -> LockOrder:
        given, allowed = probe(), readable(self.hide)
        return LockOrder(
            name=name,
            needs=self.level.needs,
            limits=self.limits,
            parent=os.getpid(),
            own_network=given.own_network,
            own_processes=given.own_processes,
            other_user=given.other_user,
            whole=(*allowed.whole, str(self._folder)),
            names=allowed.names,
        )

    def _start(self, order: bytes) -> tuple[bytes, bytes]:
        try:
            return self._exchange(order, 4 * wire.LONGEST_TEXT)
        except SandboxEnded as ended:
            why = f"{ended} {ended.why.detail}"
            return wire.UNSEALED, f"{why}; {self.output[-200:]}".encode()

    def _targets(self, weak: Any, belief: Any, progress: float) -> tuple[np.ndarray, np.ndarray]:
        arrays = [weak] if belief is weak else [weak, belief]
        return self._values({"asks": "targets", "progress": progress}, arrays)

    def _prepare(self, evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
        header = {"asks": "prepare", "rng": evidence.rng.bit_generator.state}
        return self._values(header, [evidence.weak, evidence.features, evidence.clusters])

    def _values(
        self, header: dict[str, Any], arrays: list[np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        items, classes = arrays[0].shape
        size = 8 * items * (classes + 1)
        answer = self._ask(wire.question(header, arrays), wire.VALUES, size)
        values = np.frombuffer(answer, np.float64)
        return values[: items * classes].reshape(items, classes), values[items * classes :]

    def _ask(self, question: bytes, wanted: bytes, size: int) -> bytes:
        """The answer's bytes, as many as they must be.

        Raises:
            SandboxEnded: it told why it failed, or answered something else, or not at all.
        """
        letter, payload = self._exchange(question, max(size, 8 * wire.LONGEST_TEXT))
        if letter == wire.OUT_OF_MEMORY:
            raise self._end(Failure(f"used more than {self.limits.memory_mb} MB"))
        if letter == wire.BROKE_CONTRACT:
            raise self._end(read_broken_contract(payload))
        if letter == wire.CRASHED:
            raise self._end(read_crash(payload, self._lines))
        if letter != wanted or len(payload) != size:
            given = f"answered {len(payload)} bytes where {size} are needed"
            raise self._end(Failure(WRONG_SIZE, given))
        return payload

    def _exchange(self, question: bytes, most: int) -> tuple[bytes, bytes]:
        """Letter and bytes of the answer to a question.

        Raises:
            SandboxEnded: no answer in time, none at all, or more than there is room for.
        """
        try:
            return self._pipes.exchange(question, most, self._until)
        except TimeoutError:
            why = self.timed_out
        except EOFError:
            why = self._cause()
        except OverflowError:
            why = Failure(WRONG_SIZE, f"answered more than {most} bytes")
        raise self._end(why)

    def _end(self, why: Failure) -> SandboxEnded:
        self.ended = why
        return SandboxEnded(why)

    def _cause(self) -> Failure:
        """Why the child closed its answers: looked at without taking its number from it."""
        for _ in range(100):
            state = os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if state is not None:
                break
            time.sleep(0.01)
        else:
            return Failure("crashed: closed its answers")
        status = state.si_status
        if state.si_code == os.CLD_EXITED and status <= SIGNALLED:
            return Failure(ENDED, f"exit status {status}")
        status %= SIGNALLED  # a process that waits in between passes the signal on as a status
        if status == signal.SIGXCPU:
            return Failure(f"used more than {self.limits.cpu} s of processor time")
        names = {one.value: one.name for one in signal.Signals}
        return Failure(ENDED, f"ended by {names.get(status, f'signal {status}')}")


def _end_all_of(user: int) -> None:
    """End every process of a user that only one submission ever was."""
    for _ in range(100):
        found = [pid for pid in os.listdir("/proc") if pid.isdigit() and _user_of(pid) == user]
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        if not found:
            return
        time.sleep(0.01)


def _user_of(pid: str) -> int | None:
    """Whose process it is; None where it is gone, or dead and not yet collected by its parent."""
    with contextlib.suppress(OSError, ValueError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        told = dict(line.split(":", 1) for line in lines if ":" in line)
        return None if told["State"].split()[0] in "ZX" else int(told["Uid"].split()[0])
    return None
