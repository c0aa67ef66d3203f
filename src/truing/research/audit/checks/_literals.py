"""Literals: how many values the files of a folder store, in one literal and in all together."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import string
import tokenize
from collections.abc import Iterator

from truing.research.audit._source import python_trees
from truing.research.folders import FrozenFolder
from truing.stress.monitors import longest_literal

HEX = re.compile(r"[0-9a-fA-F]{8,}")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", re.I)
READABLE = re.compile(r"[A-Za-z][A-Za-z'_./-]{0,23}")  # a word that people read


def longest_table(folder: FrozenFolder) -> int:
    """Number of values of the longest literal in code, or of numbers in another file."""
    found = [0]
    trees = python_trees(folder)
    for name, text in folder.files.items():
        if name in trees:
            found.append(longest_literal(text))
        else:
            found.append(len(NUMBER.findall(text)) + len(HEX.findall(text)))
    return max(found)


def stored_values(folder: FrozenFolder) -> int:
    """Number of values of all literals: numbers, and characters of words that are not readable.

    Comments and files that are not Python count like texts in code.
    """
    trees = python_trees(folder)
    code = sum(_in_code(text, trees[name]) for name, text in folder.files.items() if name in trees)
    return code + sum(_in_text(text) for name, text in folder.files.items() if name not in trees)


def _in_code(text: str, tree: ast.Module) -> int:
    values = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    numbers = sum(isinstance(one, int | float | complex) and one not in (0, 1) for one in values)
    texts = [str(one) for one in values if isinstance(one, str | bytes)]
    return numbers + sum(map(_in_text, [*texts, *_comments(text)]))


def _comments(text: str) -> Iterator[str]:
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.string


def _in_text(text: str) -> int:
    """Characters of the words of a text that are no readable words."""
    words = (one.strip(string.punctuation) for one in text.split())
    return sum(len(one) for one in words if not READABLE.fullmatch(one))
