"""Ending: the message in which the supervisor of a run reports how the run ended.

The supervisor is trusted. The report of the run itself and its predictions are not: they are bytes
of a limited size, and nothing in them is unpickled or evaluated.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from truing.research.folders import Usage

HEAD = struct.Struct("<cidddIII")  # cause, exit code, usage, lengths of the parts that follow
BEGUN = b"B"  # precedes the message: the run is about to start
LONGEST_REPORT = 4000  # bytes; a report is written at once, so it must fit into a pipe
UNSEALED, RAN, STOPPED = b"U", b"R", b"S"
TIMED_OUT, OUT_OF_CPU, FULL = b"T", b"C", b"F"
ABSENT, UNFIT, LARGE = b"", b"!", b"+"  # in place of predictions; all are shorter than a file
LONGEST_HEADER = 400
LONGEST_PACKAGES = 20_000  # bytes
HEADER = re.compile(
    rb"\{'descr': '([<>|][fiu][0-9]{1,2})', 'fortran_order': (True|False), "
    rb"'shape': \(([0-9]{1,9}),(?: ([0-9]{1,9}))?\), \} *\n"
)


@dataclass(frozen=True)
class Ending:
    """How a run ended.

    Attributes:
        cause: `UNSEALED` if the restrictions could not be set, `RAN` if the process ended by
            itself, `STOPPED` if the launcher stopped the run; `TIMED_OUT`, `OUT_OF_CPU` or `FULL`
            if it exceeded its time, its processor time or its scratch space.
        code: exit code; a negative code is a signal.
        usage: what the run used.
        report: what the process itself reported.
        predictions: bytes of the file of predictions, `ABSENT`, `UNFIT` or `LARGE`.
        packages: what a run may import, if the process did not find a module.
    """

    cause: bytes
    code: int
    usage: Usage
    report: bytes
    predictions: bytes
    packages: str = ""

    def to_bytes(self) -> bytes:
        """The message."""
        used = (self.usage.cpu, self.usage.seconds, self.usage.memory_mb)
        parts = self.report, self.predictions, self.packages.encode()
        head = HEAD.pack(self.cause, self.code, *used, *map(len, parts))
        return head + b"".join(parts)

    @staticmethod
    def is_complete(message: bytes | bytearray) -> bool:
        """Whether a message has as many bytes as its head says."""
        start = len(BEGUN) * message.startswith(BEGUN)
        if len(message) < start + HEAD.size:
            return False
        *_, of_report, of_predictions, of_packages = HEAD.unpack_from(message, start)
        return len(message) >= start + HEAD.size + of_report + of_predictions + of_packages

    @classmethod
    def from_bytes(cls, message: bytes) -> Self | None:
        """The ending in a message, with or without `BEGUN`; None if it is incomplete."""
        message = message.removeprefix(BEGUN)
        if len(message) < HEAD.size:
            return None
        cause, code, *used, of_report, of_predictions, of_packages = HEAD.unpack_from(message)
        rest = message[HEAD.size :]
        if len(rest) != of_report + of_predictions + of_packages:
            return None
        end = of_report + of_predictions
        parts = rest[:of_report], rest[of_report:end], rest[end:].decode("utf-8", "replace")
        return cls(cause, code, Usage(*used), *parts)


def largest_file(m: int, k: int) -> int:
    """The largest number of bytes of a file with predictions (m, k)."""
    return 12 + LONGEST_HEADER + 16 * m * k


def read_array(content: bytes) -> np.ndarray | None:
    """The array in the bytes of a `.npy` file; None if it is not a plain array of numbers."""
    if content[:8] != b"\x93NUMPY\x01\x00" or len(content) < 10:
        return None
    length = int.from_bytes(content[8:10], "little")
    described = HEADER.fullmatch(content[10 : 10 + length])
    if described is None or length > LONGEST_HEADER:
        return None
    kind, fortran, rows, columns = (one.decode() if one else "" for one in described.groups())
    shape = (int(rows), int(columns)) if columns else (int(rows),)
    try:
        dtype = np.dtype(kind)
    except TypeError:
        return None
    data = content[10 + length :]
    if len(data) != dtype.itemsize * int(np.prod(shape, dtype=object)):
        return None
    order: Literal["C", "F"] = "F" if fortran == "True" else "C"
    return np.frombuffer(data, dtype).reshape(shape, order=order)
