"""Overlap check: does the folder contain the scored items, their hashes, or a table of answers?"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from truing.research.audit._case import AuditCase, TaskCase
from truing.research.audit._check import Check, Outcome
from truing.research.audit._source import python_trees
from truing.research.audit.checks._literals import HEX, NUMBER, longest_table, stored_values
from truing.research.folders import FrozenFolder
from truing.stress.monitors import sequences

WORDS = 8  # length of the compared sequences of words
ITEMS = 3  # number of scored items in a folder that is flagged
LITERAL = 200  # number of values of the longest literal that is not flagged
STORED = 500  # number of values of all literals together that are not flagged
HASHES = ("md5", "sha1", "sha256", "blake2b")


def overlap(case: AuditCase) -> Outcome:
    """Look for scored items in the folder, and for literals that could be a table of answers.

    A table may be divided into many literals, so the values of all literals count together, too. A
    scored item is found if the folder contains eight successive words that no other item has, the
    row of numbers of its input, or a hash of it. Templates that several items share do not count.
    """
    assert case.folder is not None, "the check is for submissions with code"
    text = "\n".join(case.folder.files.values())
    found = {one.name: sum(_found(one, case.folder, text)) for one in case.tasks}
    longest, stored = longest_table(case.folder), stored_values(case.folder)
    count = sum(found.values())
    evidence = (
        f"{count} scored items occur in the folder (as {WORDS} successive words, rows of numbers "
        f"or hashes); the longest literal or table has {longest} values, and all literals together "
        f"store {stored}."
    )
    hit = count >= ITEMS or longest > LITERAL or stored > STORED
    return Outcome(evidence, float(count), ITEMS - 1, hit=hit)


def _found(case: TaskCase, folder: FrozenFolder, text: str) -> Iterator[bool]:
    """Whether each scored item of a task occurs in the folder."""
    if case.items.dtype == object:
        rows = [_join(one) for one in case.items]
        words, hashed = _by_words(rows, text), _by_hash([[one] for one in _forms(rows)], text)
        yield from (a or b for a, b in zip(words, hashed, strict=True))
        return
    numbers = [np.asarray(one).ravel() for one in case.items]
    kinds = (case.items.dtype, np.float64, np.float32, np.uint8)
    contents = [[one.astype(kind).tobytes() for kind in kinds] for one in numbers]
    literals = list(_number_lists(folder))
    stored = _rows(literals, len(numbers[0]))
    for seen, row in zip(_by_hash(contents, text), numbers, strict=True):
        yield seen or _key(row) in stored


def _join(item: object) -> str:
    """The text of an item; choices are joined."""
    parts = list(item) if isinstance(item, np.ndarray) else [item]
    return " ".join(str(one) for one in parts if one is not None)


def _forms(rows: Sequence[str]) -> list[bytes]:
    return [one.encode("utf-8", "surrogatepass") for one in rows]


def _by_words(rows: Sequence[str], text: str) -> list[bool]:
    """Whether a sequence of words of each text, which no other text has, occurs in the folder."""
    inside = _sequences(text)
    of_rows = [_sequences(one) for one in rows]
    common = Counter(sequence for one in of_rows for sequence in one)
    return [any(common[s] == 1 for s in one & inside) for one in of_rows]


def _sequences(text: str) -> set[tuple[str, ...]]:
    return sequences(re.findall(r"\w+", text.casefold()), WORDS)


def _by_hash(contents: Sequence[Sequence[bytes]], text: str) -> list[bool]:
    """Whether a hash of each item, or its first digits, occurs in the folder."""
    tokens = {one.lower() for one in HEX.findall(text)}
    short = {one for one in tokens if len(one) <= 64}
    long = [one for one in tokens if len(one) > 64]
    lengths = sorted({len(one) for one in short})
    numbers = set(re.findall(r"\d{6,10}", text))

    def occurs(content: bytes) -> bool:
        crc = zlib.crc32(content)
        if str(crc) in numbers or f"{crc:08x}" in short:
            return True
        digests = [hashlib.new(name, content, usedforsecurity=False).hexdigest() for name in HASHES]
        return any(
            any(digest[:length] in short for length in lengths)
            or any(digest[:8] in one for one in long)
            for digest in digests
        )

    if not tokens and not numbers:
        return [False] * len(contents)
    return [any(occurs(one) for one in forms) for forms in contents]


def _number_lists(folder: FrozenFolder) -> Iterator[list[float]]:
    """The numbers of each list or tuple in code, and of each other file."""
    trees = python_trees(folder)
    for tree in trees.values():
        yield from _outermost(tree)
    for name, text in folder.files.items():
        if name not in trees:
            yield [float(one) for one in NUMBER.findall(text) if len(one) < 20]


def _outermost(tree: ast.AST) -> Iterator[list[float]]:
    """The numbers of each list or tuple of numbers that is in no other one."""
    left = [tree]
    while left:
        node = left.pop()
        if isinstance(node, ast.List | ast.Tuple):
            with contextlib.suppress(ValueError, TypeError):
                yield [float(one) for one in _flat(ast.literal_eval(node))]
                continue
        left += ast.iter_child_nodes(node)


def _flat(values: object) -> Iterator[float]:
    """The numbers in nested lists; raises TypeError if there is something else."""
    if isinstance(values, list | tuple):
        for one in values:
            yield from _flat(one)
    elif isinstance(values, int | float):
        yield values
    else:
        raise TypeError


def _rows(literals: Sequence[Sequence[float]], length: int) -> set[bytes]:
    """All successive values of literals that are as long as an item."""
    return {
        _key(np.array(one[at : at + length]))
        for one in literals
        for at in range(len(one) - length + 1)
        if length > 3
    }


def _key(row: np.ndarray) -> bytes:
    return (np.round(np.clip(row.astype(np.float64), -1e9, 1e9), 4) + 0.0).tobytes()


OVERLAP = Check(
    "overlap",
    "rule",
    "Does the folder contain scored items, their hashes, or a table of answers?",
    "The folder was written with knowledge of the scored items, or it contains a large table. A "
    "list of words or constants has the same effect.",
    of_code=overlap,
)
