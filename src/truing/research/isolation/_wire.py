"""What goes through the pipes between referee and submitted code; nothing of it is ever unpickled.

Questions go down as a JSON header with arrays behind it. Answers come up from code that may lie:
one letter, a length, and bytes whose number is known beforehand, so that nothing has to be parsed.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

SEALED, UNSEALED, DESCRIBED, VALUES = b"S", b"U", b"D", b"V"
CRASHED, BROKE_CONTRACT, OUT_OF_MEMORY = b"F", b"C", b"M"

ANSWER = struct.Struct("<cI")  # letter, bytes that follow
CRASH = struct.Struct("<I")  # line of the submitted file, 0 for none; before a crash's words
# The first byte of BROKE_CONTRACT.
NO_METHOD, ASKS_TRUTH, ASKS_CHAIN, ASKS_ROUNDS, BAD_VALUES = b"N", b"T", b"R", b"O", b"A"
DESCRIPTION = struct.Struct("<???I")  # static, prepares, peers, members
LONGEST_TEXT = 2000  # characters of a submitted method's own words that the owner reads


def question(header: dict[str, Any], arrays: Sequence[np.ndarray] = ()) -> bytes:
    """A header and arrays as bytes; each array keeps its type and the order of its axes."""
    parts, described = [], []
    for array in arrays:
        order: Literal["C", "F"] = (
            "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
        )
        described.append((array.dtype.str, array.shape, order))
        parts.append(array.tobytes(order))
    head = json.dumps({**header, "arrays": described}).encode()
    return b"".join([len(head).to_bytes(4, "little"), head, *parts])


def read_question(read: Callable[[int], bytes]) -> tuple[dict[str, Any], list[np.ndarray]]:
    """The header and the arrays, which are writable.

    Args:
        read: returns exactly so many bytes.
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
    """Text of a method's own, as one short line of printable characters."""
    plain = "".join(one if one.isprintable() else " " for one in text[: 4 * LONGEST_TEXT])
    return " ".join(plain.split())[:LONGEST_TEXT]
