"""Failure of submitted code: the reason for the researcher, and the full message for the owner.

Submitted code sees weak labels and features, and it controls its error messages. A researcher
therefore reads one of a fixed number of reasons: at most a known exception name and a line number,
log2(90 names x 1000 lines), about 16 bits. The owner's ledger contains the full message.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass

from truing import errors
from truing.research.folders import FolderLimits
from truing.research.isolation import _ending as endings
from truing.research.isolation import _wire as wire
from truing.research.isolation._ending import Ending
from truing.research.isolation._readable import PACKAGES

KNOWN_EXCEPTIONS = frozenset(
    {
        name
        for module, base in ((builtins, BaseException), (errors, errors.UserError))
        for name, one in vars(module).items()
        if isinstance(one, type) and issubclass(one, base)
    }
    | {"LinAlgError", "AxisError", "JSONDecodeError", "NotFittedError"}
)
UNKNOWN_EXCEPTION = "an exception of a class defined in the submission"
MOST_LINES = 1000  # larger line numbers are not released
CONTRACT = {
    wire.NO_METHOD: "the file contains no method with this name and these arguments",
    wire.ASKS_TRUTH: "the method asks for the ground truth; it must learn from weak labels",
    wire.ASKS_CHAIN: "the method asks for a chain of students; it must train one student",
    wire.ASKS_ROUNDS: "the method sets rounds; leave it out",
    wire.BAD_VALUES: "the method returned targets or weights of a wrong shape, values that are not "
    "finite, targets that do not sum to 1, or weights below 0",
}
NO_MODULE = "ModuleNotFoundError"
HINTS = {NO_MODULE: f"; a method may import the standard library, {', '.join(PACKAGES)}"}
FOLDER_HINT = "; a folder may import its own modules, the standard library, and: {}"
UNLEARNABLE = "the targets cannot be learned: they are not finite or have no optimum"


@dataclass(frozen=True)
class Failure:
    """Why submitted code failed.

    Attributes:
        reason: one of a fixed number of texts, which a researcher may read.
        detail: the error message of the code in one line, for the owner of the research run only.
    """

    reason: str
    detail: str = ""


def read_crash(payload: bytes, lines: int, hints: Mapping[str, str] = HINTS) -> Failure:
    """The failure in a crash message from the sandboxed process.

    The message may be forged, so only known exception names and line numbers of the file are used.

    Args:
        payload: line number and text, in the format of `_wire.CRASH`.
        lines: number of lines of the submitted file.
        hints: what to add to the name of an exception.
    """
    if len(payload) < wire.CRASH.size:
        return Failure(f"crashed: {UNKNOWN_EXCEPTION}")
    (line,) = wire.CRASH.unpack_from(payload)
    words = _words(payload[wire.CRASH.size :])
    name = words.partition(":")[0]
    shown = name if name in KNOWN_EXCEPTIONS else UNKNOWN_EXCEPTION
    place = f" in line {line}" if 1 <= line <= min(lines, MOST_LINES) else ""
    return Failure(f"crashed: {shown}{place}{hints.get(name, '')}", words)


def read_broken_contract(payload: bytes) -> Failure:
    """The failure in a message about a broken contract."""
    reason = CONTRACT.get(payload[:1], CONTRACT[wire.BAD_VALUES])
    return Failure(reason, _words(payload[1:]))


ENDED = "crashed: the process ended by itself before the program ended"
FULL = "wrote more than {} MB"
NO_SPACE = ("[Errno 28]", "[Errno 27]")  # of the file system; of one file
NO_MEMORY = "allocate memory"  # in an exception of torch
WRONG_PREDICTIONS = (
    "outputs/predictions.npy must be an array of choices (m,) from 0 to k - 1, or of finite "
    "beliefs (m, k) of at least 0 with a positive sum in each row, saved by numpy.save or "
    "pipeline.save"
)
NO_PREDICTIONS = "the run wrote no file outputs/predictions.npy"


def why_ended(ending: Ending, limits: FolderLimits, lines: int) -> Failure | None:
    """Why a run of a folder failed; None if the program ran to its end and wrote a file.

    Args:
        ending: how the run ended.
        limits: limits of the run.
        lines: number of lines of `run.py`.
    """
    if ending.cause == endings.TIMED_OUT:
        return Failure(f"timed out after {limits.seconds:g} s")
    if ending.cause == endings.FULL:
        return Failure(FULL.format(limits.scratch_mb))
    if ending.cause == endings.OUT_OF_CPU:
        return Failure(f"used more than {limits.cpu} s of processor time")
    if ending.cause == endings.STOPPED:
        return Failure("stopped by the referee")
    if ending.code:
        return _why_crashed(ending, limits, lines)
    found = {
        endings.ABSENT: Failure(NO_PREDICTIONS),
        endings.UNFIT: Failure(WRONG_PREDICTIONS, "the file is not a plain file"),
        endings.LARGE: Failure(WRONG_PREDICTIONS, "the file is too large"),
    }
    return found.get(ending.predictions)


def _why_crashed(ending: Ending, limits: FolderLimits, lines: int) -> Failure:
    letter, payload = ending.report[:1], ending.report[1:]
    if letter == wire.OUT_OF_MEMORY:
        return Failure(f"used more than {limits.memory_mb} MB")
    if letter != wire.CRASHED:
        return Failure(ENDED, f"exit code {ending.code} (a negative code is a signal)")
    crash = read_crash(payload, lines, {NO_MODULE: FOLDER_HINT.format(ending.packages)})
    if "Error" in crash.reason and NO_MEMORY in crash.detail:
        return Failure(f"used more than {limits.memory_mb} MB", crash.detail)
    if "OSError" in crash.reason and any(one in crash.detail for one in NO_SPACE):
        return Failure(FULL.format(limits.scratch_mb), crash.detail)
    return crash


def _words(payload: bytes) -> str:
    return wire.one_line(payload.decode("utf-8", "replace"))
