"""The files of truing whose code a function runs, found by reading names and imports.

The search starts at a function. It follows every name in the function's body, decorators and
annotations to the statement that defines the name, in the same module or in the module that it is
imported from. A package that re-exports a name adds no other names: `from truing.methods import
train` leads to the file that defines `train`, and to no other method. No module is imported.

Extensions that a specification names (a method, features) are found by text, not by a name in the
code. They are separate starting points: see `truing.registry.Built.digest`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

TRUING = Path(__file__).resolve().parent

Reference = tuple[str, tuple[str, ...]]
"""A dotted module and the name that is used, `("truing.measures", ("auroc",))`; () means all."""

TYPE_ONLY = {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@cache
def files_run(module: str, name: str) -> frozenset[Path]:
    """The files that define the names that a function or class of truing uses, with its own file.

    Args:
        module: dotted name of the module, `truing.studies.work._train`.
        name: name of the function or class.
    """
    return _follow([(module, (name,))])


@cache
def files_used(source: bytes) -> frozenset[Path]:
    """The files of truing that the source of another file uses; none if it cannot be parsed."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # importing the file shows the reason
        return frozenset()
    return _follow(_uses([tree], ""))


def _follow(start: Iterable[Reference]) -> frozenset[Path]:
    """The files that references lead to, directly or indirectly."""
    files: set[Path] = set()
    waiting = list(start)
    seen = set(waiting)
    while waiting:
        for module, statement in _find(*waiting.pop()):
            files.add(module.path)
            new = _references(module, statement) - seen
            seen |= new
            waiting += new
    return frozenset(files)


@dataclass(eq=False)
class _Module:
    """A module of truing, parsed but not imported.

    Attributes:
        name: dotted name of the module.
        path: file of the module.
        package: package at which its relative imports start.
        defined: for each name, the statements that assign its value.
        imported: reference of each imported name.
        exported: reference of each name that is imported for type checkers only; a lazy
            `__getattr__` exports these names.
        always: statements that run on import and define no name.
    """

    name: str
    path: Path
    package: str
    defined: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imported: dict[str, Reference] = field(default_factory=dict)
    exported: dict[str, Reference] = field(default_factory=dict)
    always: list[ast.stmt] = field(default_factory=list)


@cache
def _read(name: str) -> _Module | None:
    """The module of truing with a dotted name; None if there is no such file."""
    folder = TRUING.joinpath(*name.split(".")[1:])
    package = folder / "__init__.py"
    path = package if package.is_file() else folder.with_suffix(".py")
    if not path.is_file():
        return None
    module = _Module(name, path, name if path == package else name.rpartition(".")[0])
    for statement in ast.parse(path.read_bytes()).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            module.imported |= _targets(statement, module.package)
        elif _for_types(statement):
            for inner in ast.walk(statement):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    module.exported |= _targets(inner, module.package)
        elif names := set(_names_bound(statement)):
            for bound in names:
                module.defined.setdefault(bound, []).append(statement)
        else:
            module.always.append(statement)
    return module


def _find(name: str, attributes: tuple[str, ...]) -> Iterator[tuple[_Module, ast.stmt]]:
    """The statements that a reference leads to; none if it is outside truing."""
    module = _read(name) if name.partition(".")[0] == TRUING.name else None
    if module is None:
        return
    if not attributes:
        exports = module.imported if module.package == name else {}
        for attribute in {*module.defined, *exports}:
            yield from _find(name, (attribute,))
        yield from ((module, statement) for statement in module.always)
        return
    first, rest = attributes[0], attributes[1:]
    target = module.imported.get(first) or module.exported.get(first)
    if first in module.defined:
        for statement in module.defined[first] + module.always:
            yield module, statement
    elif target and target != (name, (first,)):
        yield from _find(target[0], (*target[1], *rest))
    else:  # a module in this package
        yield from _find(f"{name}.{first}", rest)


@cache
def _references(module: _Module, statement: ast.stmt) -> set[Reference]:
    """References of the names of truing that a statement of a module uses."""
    found = set()
    for name, attributes in _uses([statement], module.package):
        if name:
            found.add((name, attributes))
        elif attributes[0] in module.imported:
            target, of_target = module.imported[attributes[0]]
            found.add((target, (*of_target, *attributes[1:])))
        elif attributes[0] in module.defined:
            found.add((module.name, attributes[:1]))
    return {one for one in found if one[0].partition(".")[0] == TRUING.name}


def _uses(nodes: Iterable[ast.AST], package: str) -> set[Reference]:
    """All names in some code, with their attributes.

    Names that the code does not import have the module "". An import whose name is not used counts
    as a use of its target: it may be an export, or run a module for its effects.
    """
    chains: set[tuple[str, ...]] = set()
    imported: dict[str, Reference] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            imported |= _targets(node, package)
        elif isinstance(node, ast.Name):
            chains.add((node.id,))
        elif isinstance(node, ast.Attribute):
            chain = [node.attr]
            while isinstance(inner := node.value, ast.Attribute):
                chain.append(inner.attr)
                node = inner
            if isinstance(inner, ast.Name):
                chains.add((inner.id, *reversed(chain)))
            else:
                waiting.append(inner)
        elif _for_types(node):
            waiting += node.orelse  # type: ignore[attr-defined]
        else:
            waiting += ast.iter_child_nodes(node)
    uses = {("", chain) for chain in chains if chain[0] not in imported}
    for name, (module, attributes) in imported.items():
        ends = [chain[1:] for chain in chains if chain[0] == name] or [()]
        uses |= {(module, (*attributes, *end)) for end in ends}
    return uses


def _targets(node: ast.Import | ast.ImportFrom, package: str) -> dict[str, Reference]:
    """Reference of each name that an import binds."""
    if isinstance(node, ast.Import):
        return {
            alias.asname or alias.name.partition(".")[0]: (
                alias.name if alias.asname else alias.name.partition(".")[0],
                (),
            )
            for alias in node.names
        }
    parts = package.split(".")
    above = parts[: len(parts) - node.level + 1] if node.level else []
    module = ".".join([*above, *([node.module] if node.module else [])])
    return {
        alias.asname or alias.name: (module, () if alias.name == "*" else (alias.name,))
        for alias in node.names
    }


def _for_types(node: ast.AST) -> bool:
    """Whether a node is `if TYPE_CHECKING:`, whose imports do not run."""
    return isinstance(node, ast.If) and ast.unparse(node.test) in TYPE_ONLY


def _names_bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement of a module assigns or defines."""
    if isinstance(statement, DEFINITIONS):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, DEFINITIONS):
            yield node.name
