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
    modules_imported,
    source_text,
    used_values,
)
from truing.imports import is_local, module_files

LONGEST = 200  # characters of a value that is written as such


def readable_source(function: object) -> str:
    """Imports, values and source texts of a function and of all functions that it uses.

    It is for readers, and shows which files of truing the function uses. Workers use the pickle.
    """
    text = _Text()
    text.add("", function)
    imports, attributes = (sorted(some) for some in (text.imports, text.attributes))
    parts = [*map("\n".join, (imports, text.values, attributes)), *text.sources]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


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
        self.values: dict[str, None] = {}
        self.attributes: set[str] = set()  # that functions without source text read
        self.sources: dict[str, None] = {}
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
        plain = module.__name__.partition(".")[0] == name
        self.imports.add(f"import {module.__name__}" + ("" if plain else f" as {name}"))
        if is_local(module):
            for file in sorted(module_files(module)):
                self.sources[f"# {file.name}\n{file.read_text(errors='replace')}"] = None

    def _definition(self, name: str, one: FunctionType | type) -> None:
        if not is_given(one):
            bound = "" if name == one.__qualname__ else f" as {name}"
            if "." not in one.__qualname__ and one.__module__ != "builtins":
                self.imports.add(f"from {one.__module__} import {one.__qualname__}{bound}")
            return
        if id(one) in self.seen:
            return
        self.seen.add(id(one))
        members = vars(one).values() if isinstance(one, type) else (one,)
        for function in members:
            if isinstance(function, FunctionType):
                self._used(function)
        code = one.__code__ if isinstance(one, FunctionType) else one
        missing = f"# {one.__qualname__}: Python has not stored its source text; see the pickle"
        self.sources[source_text(code) or missing] = None

    def _used(self, function: FunctionType) -> None:
        code = function.__code__
        if text := source_text(code):
            self.lines.append((code.co_filename, code.co_firstlineno, text))
        else:
            inside = modules_imported(code)
            self.imports |= {f"import {one} as {one.replace('.', '_')}" for one in inside}
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
        for one in _parts(value):
            if isinstance(one, FunctionType | type):
                self.add(one.__name__, one)
        if name and not isinstance(value, CACHED):
            self.values[f"# {name}: {type(value).__name__}"] = None


def _parts(value: Any) -> list[Any]:
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
