"""Failure: what a researcher reads about submitted code that failed, and what the owner reads.

Submitted code sees weak labels and features, and everything in its failure message is under its
control. A researcher therefore reads one of a fixed number of reasons: at most a known exception
name and a line number, log2(70 names x 1000 lines), about 16 bits. The owner's ledger keeps the
whole text.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass

from truing.research.isolation import _wire as wire
from truing.research.isolation._readable import PACKAGES

KNOWN_EXCEPTIONS = frozenset(
    {
        name
        for name, one in vars(builtins).items()
        if isinstance(one, type) and issubclass(one, BaseException)
    }
    | {"LinAlgError", "AxisError", "JSONDecodeError", "NotFittedError"}
)
UNKNOWN_EXCEPTION = "an exception of a class defined in the submission"
MOST_LINES = 1000  # a line number above it is not released
CONTRACT = {
    wire.NO_METHOD: "the file has no method of that name that takes these arguments",
    wire.ASKS_TRUTH: "the method asks for the ground truth; it must learn from weak labels",
    wire.ASKS_CHAIN: "the method asks for a chain of students; it must train one student",
    wire.ASKS_ROUNDS: "the method sets rounds; leave it out",
    wire.BAD_VALUES: "the method returned targets or weights of a wrong shape, values that are not "
    "finite, or weights below 0",
}
HINTS = {
    "ModuleNotFoundError": f"; a method may import the standard library, {', '.join(PACKAGES)}"
}
UNLEARNABLE = "the targets cannot be learned: they are not finite or have no optimum"


@dataclass(frozen=True)
class Failure:
    """Why submitted code failed.

    Attributes:
        reason: one of a fixed number of texts, which a researcher may read.
        detail: the code's own words in one line, for the owner of the research run alone.
    """

    reason: str
    detail: str = ""


def read_crash(payload: bytes, lines: int) -> Failure:
    """The failure that a crash message from the sandboxed process stands for.

    The message may be forged. Only a known exception name and a line of the file pass.

    Args:
        payload: line number and words, as `_wire.CRASH` lays them out.
        lines: number of lines of the submitted file.
    """
    if len(payload) < wire.CRASH.size:
        return Failure(f"crashed: {UNKNOWN_EXCEPTION}")
    (line,) = wire.CRASH.unpack_from(payload)
    words = _words(payload[wire.CRASH.size :])
    name = words.partition(":")[0]
    shown = name if name in KNOWN_EXCEPTIONS else UNKNOWN_EXCEPTION
    place = f" in line {line}" if 1 <= line <= min(lines, MOST_LINES) else ""
    return Failure(f"crashed: {shown}{place}{HINTS.get(name, '')}", words)


def read_broken_contract(payload: bytes) -> Failure:
    """The failure that a message about a broken contract stands for."""
    reason = CONTRACT.get(payload[:1], CONTRACT[wire.BAD_VALUES])
    return Failure(reason, _words(payload[1:]))


def _words(payload: bytes) -> str:
    return wire.one_line(payload.decode("utf-8", "replace"))
