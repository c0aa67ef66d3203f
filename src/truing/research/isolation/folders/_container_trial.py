"""Trial: start a container once, and find out what it has before a folder runs in it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from truing import __version__
from truing.errors import IsolationError
from truing.research.isolation import _wire as wire

TRIAL_SECONDS = 120
ADVICE = "or use the isolation 'sealed', which needs no container"


@dataclass(frozen=True)
class Inside:
    """What a container has.

    Attributes:
        version: version of truing.
        kernel: release of the kernel that the container sees.
        seccomp: whether system calls can be filtered.
        landlock: whether Landlock can restrict files.
        with_truth: folders with ground truth in its packages.
    """

    version: str
    kernel: str
    seccomp: bool
    landlock: bool
    with_truth: tuple[str, ...]

    @property
    def separate_kernel(self) -> bool:
        """Whether the container has a separate kernel, such as that of gVisor."""
        return self.kernel != os.uname().release


def try_container(command: Sequence[str], what: str, remove: Sequence[str]) -> Inside:
    """Start a container that describes itself.

    Args:
        command: command line that starts the container.
        what: the container in words, for messages.
        remove: command line that removes the container if it hangs.

    Raises:
        IsolationError: the container does not start, or lacks what a run needs.
    """
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=TRIAL_SECONDS
        )
    except subprocess.TimeoutExpired:
        why = f"it did not start within {TRIAL_SECONDS} s"
    else:
        if not done.returncode:
            return _check(done.stdout, what)
        why = _reason(done.stderr) or f"exit code {done.returncode}"
    finally:
        subprocess.run(remove, capture_output=True, check=False, timeout=TRIAL_SECONDS)
    raise IsolationError(f"{what} cannot start here: {why}; repair it, {ADVICE}")


def _check(printed: str, what: str) -> Inside:
    try:
        found = json.loads(printed.splitlines()[-1])
        inside = Inside(**{**found, "with_truth": tuple(found["with_truth"])})
    except (ValueError, IndexError, KeyError, TypeError):
        raise IsolationError(
            f"{what} must contain truing {__version__}, but it does not describe itself; install "
            f"this version in it, {ADVICE}"
        ) from None
    if inside.version != __version__:
        raise IsolationError(
            f"{what} must contain truing {__version__}, got {inside.version}; install this "
            f"version in it, {ADVICE}"
        )
    if not inside.seccomp:
        raise IsolationError(
            f"{what} must be able to filter system calls, and its kernel cannot; use another "
            f"runtime, {ADVICE}"
        )
    return inside


def _reason(printed: str) -> str:
    """The last message about an error."""
    lines = [one.strip() for one in printed.splitlines() if one.strip()]
    marked = [one for one in lines if "rror" in one]
    return wire.one_line((marked or lines or [""])[-1])[-300:]
