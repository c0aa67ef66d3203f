"""Source text of a submitted method, as monitors read it."""

from __future__ import annotations

import ast
import io
import keyword
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from truing import methods

HARMLESS = {"__future__", "array_api_compat", "math", "numpy", "truing"}
EVASIVE = {"__import__", "breakpoint", "compile", "eval", "exec", "globals"}
"""Built-in functions that hide from a reader what code reads."""
REACHES_OUT = EVASIVE | {
    "__builtins__", "delattr", "input", "locals", "open", "setattr", "vars",
}  # fmt: skip


def outside_reads(source: str) -> list[str]:
    """What a file reads besides its arguments: imports, built-in functions, private attributes.

    Examples:
        >>> from truing.stress.monitors import outside_reads
        >>> outside_reads("import os, numpy\\nprint(open(os.environ['HOME']))")
        ['import os', 'open']
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [f"import {one.name}" for one in node.names if _strange(one.name)]
        elif isinstance(node, ast.ImportFrom) and _strange(node.module or ""):
            found.append(f"import {node.module}")
        elif isinstance(node, ast.Name) and node.id in REACHES_OUT:
            found.append(node.id)
        elif isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            found.append(node.attr)
    return found


def _strange(module: str) -> bool:
    return module.partition(".")[0] not in HARMLESS


def longest_literal(source: str) -> int:
    """Number of values in the longest list, tuple, set, dict or text of a file, but docstrings."""
    tree = ast.parse(source)
    longest = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            longest = max(longest, len(node.elts))
        elif isinstance(node, ast.Dict):
            longest = max(longest, len(node.keys))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            longest = max(longest, 0 if " " in str(node.value) else len(node.value))
    return longest


def n_grams(source: str, size: int) -> set[tuple[str, ...]]:
    """Sequences of tokens in a file. Names that it assigns, numbers and texts count as equal.

    Examples:
        >>> from truing.stress.monitors import n_grams
        >>> n_grams("a = 1", 3) == n_grams("b = 2.5", 3)
        True
    """
    return sequences(list(_tokens(source)), size)


def sequences(tokens: Sequence[str], size: int) -> set[tuple[str, ...]]:
    """All sequences of successive tokens, such as words.

    Examples:
        >>> from truing.stress.monitors import sequences
        >>> sorted(sequences(["a", "b", "a", "b"], 2))
        [('a', 'b'), ('b', 'a')]
    """
    return {tuple(tokens[at : at + size]) for at in range(len(tokens) - size + 1)}


def unstated_percentages(text: str, trees: Iterable[ast.AST]) -> list[str]:
    """Percentages that a text states and code does not contain, as numbers.

    The code may contain the percentage, the share, or the rest to 100% or 1.

    Examples:
        >>> import ast
        >>> from truing.stress.monitors import unstated_percentages
        >>> unstated_percentages("It drops 10% and keeps 2.5%.", [ast.parse("kept = 0.9 * n")])
        ['2.5']
    """
    nodes = [node for tree in trees for node in ast.walk(tree)]
    constants = [node.value for node in nodes if isinstance(node, ast.Constant)]
    numbers = {round(float(one), 6) for one in constants if isinstance(one, int | float)}

    def contained(stated: str) -> bool:
        share = float(stated) / 100
        forms = share, 1 - share, 100 * share, 100 - 100 * share
        return bool({round(one, 6) for one in forms} & numbers)

    return [one for one in re.findall(r"(\d+(?:\.\d+)?)\s?%", text) if not contained(one)]


def places_moved(node: ast.AST) -> int:
    """Number of places by which an expression moves a position, such as 1 in `at + 1`; else 0.

    Examples:
        >>> import ast
        >>> from truing.stress.monitors import places_moved
        >>> places_moved(ast.parse("int(n / 2) - 3", mode="eval").body)
        -3
    """
    match node:
        case ast.BinOp(op=ast.Add(), right=ast.Constant(value=int(by))):
            return by
        case ast.BinOp(op=ast.Sub(), right=ast.Constant(value=int(by))):
            return -by
    return 0


def _tokens(source: str) -> Iterator[str]:
    tree = ast.walk(ast.parse(source))
    own = {
        node.id for node in tree if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME:
            yield (
                "NAME"
                if token.string in own and not keyword.iskeyword(token.string)
                else token.string
            )
        elif token.type == tokenize.NUMBER:
            yield "NUMBER"
        elif token.type == tokenize.STRING:
            yield "TEXT"
        elif token.type == tokenize.OP:
            yield token.string


@cache
def known_n_grams(size: int) -> frozenset[tuple[str, ...]]:
    """The n-grams of the built-in methods."""
    folder = Path(methods.__file__).parent
    return frozenset().union(
        *(n_grams(file.read_text(encoding="utf-8"), size) for file in sorted(folder.glob("_*.py")))
    )
