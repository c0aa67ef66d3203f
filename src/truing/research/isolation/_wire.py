"""Message format between referee and submitted code. Nothing is ever unpickled.

A question is a JSON header followed by arrays. An answer comes from untrusted code: it is one
letter, a length, and a number of bytes that is known in advance, so that nothing must be parsed.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from truing.research.isolation.kernel._order import LockOrder

SEALED, UNSEALED, DESCRIBED, VALUES = b"S", b"U", b"D", b"V"
CRASHED, BROKE_CONTRACT, OUT_OF_MEMORY = b"F", b"C", b"M"

ANSWER = struct.Struct("<cI")  # letter, number of bytes that follow
CRASH = struct.Struct("<I")  # line of the submitted file, 0 for none; the message follows
# The first byte of BROKE_CONTRACT.
NO_METHOD, ASKS_TRUTH, ASKS_CHAIN, ASKS_ROUNDS, BAD_VALUES = b"N", b"T", b"R", b"O", b"A"
DESCRIPTION = struct.Struct("<???I")  # static, prepares, peers, members
LONGEST_TEXT = 2000  # characters of a submitted method's message that the owner reads


@dataclass(frozen=True)
class Question:
    """A question about the submitted method.

    Attributes:
        asks: `describe` for the method's description; `prepare` or `targets` for targets and
            weights.
        progress: progress of the training, 0 to 1, for `targets`.
        rng: state of the random generator, for `prepare`.
    """

    asks: Literal["describe", "prepare", "targets"]
    progress: float = 0.0
    rng: Mapping[str, Any] | None = None


def question(header: LockOrder | Question, arrays: Sequence[np.ndarray] = ()) -> bytes:
    """A header and arrays as bytes, with the type and memory order of each array."""
    parts, described = [], []
    for array in arrays:
        order: Literal["C", "F"] = (
            "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
        )
        described.append((array.dtype.str, array.shape, order))
        parts.append(array.tobytes(order))
    head = json.dumps({**asdict(header), "arrays": described}).encode()
    return b"".join([len(head).to_bytes(4, "little"), head, *parts])


def read_question(read: Callable[[int], bytes]) -> tuple[dict[str, Any], list[np.ndarray]]:
    """The fields of the header, and the writable arrays of a question.

    Args:
        read: returns exactly the requested number of bytes.
    """
    header = json.loads(read(int.from_bytes(read(4), "little")))
    arrays = []
    for kind, shape, order in header.pop("arrays"):
        array = np.empty(shape, kind, order)
        flat = np.frombuffer(read(array.nbytes), kind)
        array[...] = flat.reshape(shape, order=order)
        arrays.append(array)
    return header, arrays


def one_line(text: str) -> str:
    """A method's text as one short line of printable characters."""
    plain = "".join(one if one.isprintable() else " " for one in text[: 4 * LONGEST_TEXT])
    return " ".join(plain.split())[:LONGEST_TEXT]


def printable(text: str) -> str:
    """A printed text without control characters, such as those that change a terminal."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    shown = (one if one.isprintable() or one in "\n\t" else f"\\u{ord(one):04x}" for one in lines)
    return "".join(shown)
