"""Source: the code and the texts of a submitted folder, as checks read them. Nothing is run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from truing.research.folders import FrozenFolder

SEEDS = re.compile(r"seed|random_state|default_rng|RandomState|Generator|PCG64|Philox", re.I)


def python_trees(folder: FrozenFolder) -> dict[str, ast.Module]:
    """The syntax tree of each Python file; files that are not valid Python are left out."""
    found = {}
    for name, text in sorted(folder.files.items()):
        if name.endswith(".py"):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # about invalid escapes in submitted code
                    found[name] = ast.parse(text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return found


def identifiers(folder: FrozenFolder) -> str:
    """All names, attributes, arguments, imported modules and short texts of the code, in a line."""
    return " ".join(word for tree in python_trees(folder).values() for word in _words(tree))


def _words(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name):
                yield name
            case ast.ImportFrom(module=str(name)):
                yield name
            case ast.Constant(value=str(text)) if len(text) < 40:
                yield text


def texts_of_code(tree: ast.Module) -> Iterator[tuple[ast.Constant, str]]:
    """All texts in code, without docstrings and other texts that stand alone."""
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node, node.value


def without_constants(folder: FrozenFolder) -> str:
    """The code with every constant replaced, so that copies with other numbers are equal."""
    return _dump(folder, seeds_only=False)


def without_seeds(folder: FrozenFolder) -> str:
    """The code with constants replaced where they are random seeds, and the other files.

    In other files, the numbers in a line about seeds are replaced.
    """
    parsed = python_trees(folder)
    others = (f"{name}: {text}" for name, text in folder.files.items() if name not in parsed)
    return "\n".join((_dump(folder, seeds_only=True), *map(_without_seeds, sorted(others))))


def _without_seeds(text: str) -> str:
    lines = text.splitlines()
    return "\n".join(re.sub(r"\d+", "0", one) if SEEDS.search(one) else one for one in lines)


def _dump(folder: FrozenFolder, seeds_only: bool) -> str:
    """The syntax trees as text, with types in place of constants, and without docstrings."""
    parts = []
    for name, tree in python_trees(folder).items():
        dropped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        dropped |= set(_seed_constants(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and (id(node) in dropped or not seeds_only):
                node.value = type(node.value).__name__
        parts.append(f"{name}: {_describe(tree)}")
    return "\n".join(parts)


def _describe(tree: ast.Module) -> str:
    """The syntax tree as text. Submitted code may nest deeper than `ast.dump` can go."""
    try:
        return ast.dump(tree)
    except RecursionError:
        kinds = (type(node).__name__ for node in ast.walk(tree))
        return " ".join((*kinds, *_words(tree)))


def _called(func: ast.expr) -> Iterator[str]:
    """The names in the dotted name of a function, last first."""
    while isinstance(func, ast.Attribute):
        yield func.attr
        func = func.value
    if isinstance(func, ast.Name):
        yield func.id


def _seed_constants(tree: ast.Module) -> Iterator[int]:
    """Identities of constants that are given to a seed, a random state or a generator."""
    for node in ast.walk(tree):
        given: list[ast.AST] = []
        match node:
            case ast.keyword(arg=str(name), value=value) if SEEDS.search(name):
                given = [value]
            case ast.Call(func=func, args=args) if any(map(SEEDS.search, _called(func))):
                given = list(args)
            case ast.Assign(targets=targets, value=value) if any(
                SEEDS.search(word) for one in targets for word in _words(one)
            ):
                given = [value]
        for part in given:
            yield from (id(one) for one in ast.walk(part) if isinstance(one, ast.Constant))
