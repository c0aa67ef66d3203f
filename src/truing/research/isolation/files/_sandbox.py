"""The launcher's side: a sandboxed child process, and a method that asks it."""

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
from truing.research.isolation._level import Level, child_environment, probe
from truing.research.isolation._readable import readable
from truing.research.isolation._working_folder import make_folder, remove_folder
from truing.research.isolation.files._pipes import Pipes
from truing.research.isolation.kernel._limits import MOST_STUDENTS, SandboxLimits
from truing.research.isolation.kernel._namespaces import SIGNALLED
from truing.research.isolation.kernel._order import LockOrder
from truing.research.isolation.kernel._trials import FIRST_UNUSED_USER

CHILD = "from truing.research.isolation.files._child import main; main()"
START_SECONDS = 60  # time for the start of a child, before the time limit of its code starts
OUTPUT = 4000  # characters of printed output to keep
ENDED = "crashed: the process ended before it answered"
WRONG_SIZE = "wrong shape: the answer does not have the size of targets and weights"


class SandboxEnded(Exception):
    """The submitted code has ended. The message is the reason that a researcher may read.

    Attributes:
        why: the failure.
    """

    def __init__(self, why: Failure):
        super().__init__(why.reason)
        self.why = why


class Sandbox:
    """Context manager: a sandboxed child process for one submitted file.

    Args:
        level: isolation level.
        limits: resource limits.
        hide: files and folders that must not be readable.

    Attributes:
        ended: the failure that ended the code; None while it runs.
        deadline: end of the submission's time in seconds, on the clock `time.monotonic`.
    """

    ended: Failure | None = None

    def __init__(self, level: Level, limits: SandboxLimits, hide: tuple[Path, ...] = ()):
        self.level, self.limits, self.hide = level, limits, hide
        self._lines = 0  # number of lines of the submitted file

    @property
    def output(self) -> str:
        """The start of the printed output, for the owner of the research run only."""
        return self._pipes.printed.decode("utf-8", "replace")[:OUTPUT]

    @property
    def timed_out(self) -> Failure:
        """The failure of a submission that exceeded its time limit."""
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
        self.deadline = time.monotonic() + START_SECONDS
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            # Before waiting for the child, because its number is not reused until then.
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.kill()
        self._child.wait()
        if "seccomp" not in self.level.needs and probe().other_user:
            _kill_processes(FIRST_UNUSED_USER + self._child.pid)
        for end in self._ends:
            end.close()
        os.close(self._pipes.answers)
        remove_folder(self._folder, self._folder_lock)

    def open(self, code: str, name: str) -> Method:
        """Restrict the child, let it import the code, and return a method that asks it.

        Raises:
            IsolationError: the restrictions could not be set, so the code did not run.
            SandboxEnded: the code failed.
        """
        file = self._folder / "method.py"
        file.write_text(code, encoding="utf-8", errors="replace")
        file.chmod(0o644)  # the child may be another user; the folder itself is private
        self._lines = len(code.splitlines())
        letter, words = self._start(wire.question(self._order(name)))
        if letter != wire.SEALED:
            raise IsolationError(
                f"the restrictions of level {self.level.name!r} could not be set, so no submitted "
                f"code ran: {wire.one_line(words.decode('utf-8', 'replace'))}"
            )
        self.deadline = time.monotonic() + self.limits.seconds
        described = self._ask(
            wire.question(wire.Question("describe")), wire.DESCRIBED, wire.DESCRIPTION.size
        )
        static, prepares, peers, members = wire.DESCRIPTION.unpack(described)
        if members > MOST_STUDENTS:
            reason = f"the method has too many members; at most {MOST_STUDENTS} are allowed"
            raise self._end(Failure(reason, f"{members} members"))
        try:
            prepare = self._prepare if prepares else None
            return Method(self._targets, static, prepare, members=members, peers=peers)
        except ValueError as error:  # forged, because the child cannot construct such a method
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
        return self._values(wire.Question("targets", progress=progress), arrays)

    def _prepare(self, evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
        asked = wire.Question("prepare", rng=evidence.rng.bit_generator.state)
        return self._values(asked, [evidence.weak, evidence.features, evidence.clusters])

    def _values(
        self, asked: wire.Question, arrays: list[np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        items, classes = arrays[0].shape
        size = 8 * items * (classes + 1)
        answer = self._ask(wire.question(asked, arrays), wire.VALUES, size)
        values = np.frombuffer(answer, np.float64)
        return values[: items * classes].reshape(items, classes), values[items * classes :]

    def _ask(self, question: bytes, wanted: bytes, size: int) -> bytes:
        """The bytes of the answer to a question, which must have the given size.

        Raises:
            SandboxEnded: the code failed, gave a wrong answer, or gave no answer.
        """
        letter, payload = self._exchange(question, max(size, 8 * wire.LONGEST_TEXT))
        if letter == wire.OUT_OF_MEMORY:
            raise self._end(Failure(f"used more than {self.limits.memory_mb} MB"))
        if letter == wire.BROKE_CONTRACT:
            raise self._end(read_broken_contract(payload))
        if letter == wire.CRASHED:
            raise self._end(read_crash(payload, self._lines))
        if letter != wanted or len(payload) != size:
            given = f"answered {len(payload)} bytes instead of {size}"
            raise self._end(Failure(WRONG_SIZE, given))
        return payload

    def _exchange(self, question: bytes, most: int) -> tuple[bytes, bytes]:
        """Letter and bytes of the answer to a question.

        Raises:
            SandboxEnded: there is no answer, none in time, or an answer that is too long.
        """
        try:
            return self._pipes.exchange(question, most, self.deadline)
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
        """Why the child closed its answers. The child is not reaped, to reserve its number."""
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
        status %= SIGNALLED  # waiting processes report a signal as an exit status
        if status == signal.SIGXCPU:
            return Failure(f"used more than {self.limits.cpu} s of processor time")
        names = {one.value: one.name for one in signal.Signals}
        return Failure(ENDED, f"ended by {names.get(status, f'signal {status}')}")


def _kill_processes(user: int) -> None:
    """Kill all processes of the user of one submission."""
    for _ in range(100):
        found = [pid for pid in os.listdir("/proc") if pid.isdigit() and _user_of(pid) == user]
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        if not found:
            return
        time.sleep(0.01)


def _user_of(pid: str) -> int | None:
    """The user of a process; None if the process has ended."""
    with contextlib.suppress(OSError, ValueError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines if ":" in line)
        return None if fields["State"].split()[0] in "ZX" else int(fields["Uid"].split()[0])
    return None
