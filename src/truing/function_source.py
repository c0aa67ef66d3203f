"""Source text of a function and of all that it uses, as a run folder keeps it."""

from __future__ import annotations

import functools
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

from truing.function_identity import (
    CACHED,
    attributes_read,
    is_given,
    names_imported,
    source_text,
    used_values,
)
from truing.imports import is_local, module_files

LONGEST = 200  # characters of a value that is written as such


def readable_source(function: object) -> str:
    """Imports, values and source texts of a function and of all functions that it uses.

    It is for readers. Workers use the pickle.
    """
    text = _Text()
    text.add("", function)
    return _joined("\n".join(sorted(text.imports)), "\n".join(text.values), *text.sources)


def names_used(function: object) -> str:
    """Imports and attributes that name what a function and all functions that it uses use.

    It is found in the compiled code, so that it does not depend on whether Python has stored the
    source text. It shows which files of truing the function uses.
    """
    text = _Text()
    text.add("", function)
    imports, attributes = sorted(text.imports | text.inside), sorted(text.attributes)
    return _joined("\n".join(imports), "\n".join(attributes), *text.modules)


def source_lines(function: object) -> list[tuple[str, int, str]]:
    """File, number of the first line, and source text of a function and of those that it uses.

    Files that exist are left out.
    """
    text = _Text()
    text.add("", function)
    return [one for one in text.lines if not Path(one[0]).is_file()]


class _Text:
    """Parts of the text; what a function uses comes before the function."""

    def __init__(self) -> None:
        self.imports: set[str] = set()
        self.inside: set[str] = set()  # import statements inside functions
        self.values: dict[str, None] = {}
        self.attributes: set[str] = set()  # that functions read: `truing.methods.uniform`
        self.sources: dict[str, None] = {}
        self.modules: dict[str, None] = {}  # source texts of local modules
        self.lines: list[tuple[str, int, str]] = []
        self.seen: set[int] = set()

    def add(self, name: str, value: Any) -> None:
        """Add a value under the name by which another function uses it."""
        if isinstance(value, ModuleType):
            self._module(name, value)
        elif isinstance(value, FunctionType | type):
            self._definition(name, value)
        else:
            self._value(name, value)

    def _module(self, name: str, module: ModuleType) -> None:
        self.imports.add(_as_import(module.__name__, "", name))
        if is_local(module):
            for file in sorted(module_files(module)):
                text = f"# {file.name}\n{file.read_text(errors='replace')}"
                self.sources[text] = self.modules[text] = None

    def _definition(self, name: str, one: FunctionType | type) -> None:
        if not is_given(one):
            bound = "" if name in ("", one.__qualname__) else f" as {name}"
            if "." not in one.__qualname__ and one.__module__ != "builtins":
                self.imports.add(f"from {one.__module__} import {one.__qualname__}{bound}")
            return
        if id(one) in self.seen:
            return
        self.seen.add(id(one))
        for base in getattr(one, "__bases__", ()):
            self.add(base.__name__, base)
        for function in _functions_in(one):
            self._add_used(function)
        code = one.__code__ if isinstance(one, FunctionType) else one
        missing = f"# {one.__qualname__}: Python has not stored its source text; see the pickle"
        self.sources[source_text(code) or missing] = None

    def _add_used(self, function: FunctionType) -> None:
        code = function.__code__
        if text := source_text(code):
            self.lines.append((code.co_filename, code.co_firstlineno, text))
        self.inside |= {_as_import(*one) for one in names_imported(code)}
        self.attributes |= attributes_read(code)
        for name, value in used_values(function).items():
            self.add(name, value)

    def _value(self, name: str, value: Any) -> None:
        shown = repr(value) if isinstance(value, int | float | str | None) else ""
        if shown:
            self.values[
                f"{name} = {shown}" if len(shown) <= LONGEST else f"# {name}: a long text"
            ] = None
            return
        for one in _contained(value):
            if isinstance(one, FunctionType | type):
                self.add(one.__name__, one)
        if name and not isinstance(value, CACHED):
            self.values[f"# {name}: {type(value).__name__}"] = None


def _as_import(module: str, name: str, variable: str) -> str:
    """Import statement that sets a variable to a module, or to a name in it."""
    if name:
        return f"from {module} import {name} as {variable}"
    plain = variable in ("", module.partition(".")[0])
    return f"import {module}" + ("" if plain else f" as {variable}")


def _functions_in(one: FunctionType | type) -> list[FunctionType]:
    """A function, or the functions that a class defines, class methods and properties included."""
    if isinstance(one, FunctionType):
        return [one]
    found: list[Any] = []
    for member in vars(one).values():
        if isinstance(member, property):
            found += [member.fget, member.fset, member.fdel]
        else:
            found.append(getattr(member, "__func__", member))
    return [member for member in found if isinstance(member, FunctionType)]


def _joined(*parts: str) -> str:
    return "\n\n".join(part.strip("\n") for part in parts if part.strip("\n")) + "\n"


def _contained(value: Any) -> list[Any]:
    """Functions and classes in a container or an object, one level deep."""
    if isinstance(value, CACHED):
        return [value.__wrapped__]
    if isinstance(value, MethodType):
        return [value.__func__, type(value.__self__)]
    if isinstance(value, functools.partial):
        return [value.func]
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    return [type(value), *getattr(value, "__dict__", {}).values()]
