"""Identity of a function: a digest that changes with the code and the values that it uses.

Two processes that define a function by the same text get the same digest, whether the text is in a
file, in a notebook cell, on the command line or on standard input, where Python may not store it.
The digest covers the function's compiled code, its defaults, and every function, class and value
that it uses, directly or indirectly, from its own script or notebook and from local modules.
Comments and positions do not count. Things from installed packages, the standard library and truing
count by their names.
"""

from __future__ import annotations

import copyreg
import dis
import functools
import hashlib
import inspect
import linecache
import sys
import textwrap
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from truing.imports import is_local, local_modules, module_files

PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...), range)
READS = {"LOAD_GLOBAL", "LOAD_NAME"}  # instructions that read a global variable
LOCAL_READS = ("LOAD_FAST", "LOAD_DEREF")  # beginnings of those that read another variable
ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD"}
NAMED = (FunctionType, type, ModuleType)
CACHED = type(functools.cache(abs))


def function_digest(function: object) -> str:
    """SHA-256 of a function, of a callable object, or of an object that contains functions.

    Raises:
        Exception: a value that the function uses cannot be pickled.
    """
    return _Digests().of(function)


def source_text(code: object) -> str:
    """Source text of a function's code or of a class; empty if Python has not stored it.

    `inspect.getsource` searches all imported modules, which takes long after `import torch`.
    """
    try:
        if isinstance(code, CodeType):
            linecache.checkcache(code.co_filename)
            lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]
            return textwrap.dedent("".join(inspect.getblock(lines))) if lines else ""
        return textwrap.dedent(inspect.getsource(code))  # type: ignore[arg-type]
    except (OSError, TypeError, SyntaxError, IndexError):
        return ""


def used_values(function: FunctionType) -> dict[str, Any]:
    """Values of the global variables and of the closure variables that a function reads."""
    code, names = function.__code__, sorted(_global_names(function.__code__))
    values = {name: function.__globals__[name] for name in names if name in function.__globals__}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            values[name] = cell.cell_contents
        except ValueError:  # the variable has no value yet
            continue
    return values


def modules_imported(code: CodeType) -> set[str]:
    """Names of the modules that import statements inside a function name."""
    return {module for module, _, _ in names_imported(code)}


def names_imported(code: CodeType) -> set[tuple[str, str, str]]:
    """Module, name and variable of the import statements inside a function.

    The name is empty if the variable is the module.
    """
    found, module, name = set(), "", ""
    before: object = None
    for one in dis.get_instructions(code):
        if one.opname == "IMPORT_NAME":
            module, name, plain = one.argval, "", before is None  # no names after `import`
        elif one.opname == "IMPORT_FROM" and not plain:
            name = one.argval
        elif one.opname.startswith("STORE_") and module:
            found.add((module, name, one.argval))
            module = "" if plain else module
        elif one.opname == "POP_TOP":
            module = ""
        before = one.argval
    return found.union(*map(names_imported, _inner(code)))


def attributes_read(code: CodeType) -> set[str]:
    """Attributes of variables that code reads: `truing.methods.uniform`."""
    found, chain = set(), ""
    for one in dis.get_instructions(code):
        if one.opname in READS or one.opname.startswith(LOCAL_READS):
            chain = one.argval[-1] if isinstance(one.argval, tuple) else one.argval
        elif one.opname in ATTRIBUTES and chain:
            chain += f".{one.argval}"
            found |= {chain} if chain[0] != "." else set()  # `.0` is a variable of a comprehension
        else:
            chain = ""
    return found.union(*map(attributes_read, _inner(code)))


def is_given(one: object) -> bool:
    """Whether a function or class counts by its content, not by its name.

    So does what a script, a notebook or a local module defines, and a function inside a function.
    """
    name, module = getattr(one, "__qualname__", ""), sys.modules.get(_module_of(one))
    found: object = module
    for part in name.split("."):
        found = getattr(found, part, None)
    return module is None or found is not one or _module_of(one) == "__main__" or is_local(module)


def _module_of(one: object) -> str:
    return getattr(one, "__module__", None) or "__main__"


def _global_names(code: CodeType) -> set[str]:
    found = {one.argval for one in dis.get_instructions(code) if one.opname in READS}
    return found.union(*map(_global_names, _inner(code)))


def _inner(code: CodeType) -> list[CodeType]:
    return [one for one in code.co_consts if isinstance(one, CodeType)]


class _Digests:
    """Digests of values. A value that occurs inside itself counts by its depth there.

    A function, class or module that occurs again counts by the number of its first occurrence.
    """

    def __init__(self) -> None:
        self.open: dict[int, int] = {}
        self.seen: dict[int, int] = {}
        self.kept: list[object] = []  # keeps temporary objects alive, so that ids stay unique

    def of(self, value: object) -> str:
        """Digest of a value of any type.

        Raises:
            Exception: the value, or a part of it, cannot be pickled.
        """
        if isinstance(value, PLAIN):
            return _hash(type(value).__name__, repr(value))
        known = self.seen if isinstance(value, NAMED) else self.open
        if id(value) in known:
            return _hash("again", str(known[id(value)]))
        known[id(value)] = len(known)
        self.kept.append(value)
        try:
            return self._of_structure(value)
        finally:
            self.open.pop(id(value), None)

    def _of_structure(self, value: Any) -> str:
        if type(value) in (tuple, list):
            return _hash(type(value).__name__, *map(self.of, value))
        if type(value) in (set, frozenset):
            return _hash(type(value).__name__, *sorted(map(self.of, value)))
        if type(value) is dict:
            pairs = [_hash(self.of(key), self.of(one)) for key, one in value.items()]
            return _hash("dict", *sorted(pairs))
        if isinstance(value, np.ndarray) and not value.dtype.hasobject:
            content = hashlib.sha256(value.tobytes()).hexdigest()
            return _hash("array", value.dtype.str, str(value.shape), content)
        if isinstance(value, ModuleType):
            return self._module(value)
        if isinstance(value, CodeType):
            return self._code(value)
        if isinstance(value, FunctionType | type):
            return self._definition(value)
        if isinstance(value, MethodType):
            return _hash("bound", value.__name__, self.of(value.__self__))
        if isinstance(value, staticmethod | classmethod):
            return _hash(type(value).__name__, self.of(value.__func__))
        if isinstance(value, property):
            return _hash("property", *map(self.of, (value.fget, value.fset, value.fdel)))
        if isinstance(value, CACHED):
            return self.of(value.__wrapped__)
        return self._reduced(value)

    def _module(self, module: ModuleType) -> str:
        files = module_files(module) if is_local(module) else set()
        files |= {one for file in files for one in local_modules(file)}
        return _hash("module", module.__name__, *sorted(_content(file) for file in files))

    def _definition(self, one: FunctionType | type) -> str:
        if not is_given(one):
            return _hash("name", _module_of(one), one.__qualname__)
        return self._function(one) if isinstance(one, FunctionType) else self._class(one)

    def _function(self, one: FunctionType) -> str:
        names = modules_imported(one.__code__)
        inside = [sys.modules[name] for name in sorted(names) if name in sys.modules]
        defaults = (one.__defaults__, one.__kwdefaults__)
        parts = (one.__code__, defaults, used_values(one), inside)
        return _hash("function", one.__name__, *map(self.of, parts))

    def _class(self, one: type) -> str:
        parts = {
            name: part
            for name, part in vars(one).items()
            if isinstance(part, FunctionType | staticmethod | classmethod | property)
            or name == "__annotations__"
            or not (name.startswith("__") or name == "_abc_impl" or inspect.isdatadescriptor(part))
        }
        return _hash("class", one.__qualname__, *map(self.of, (one.mro()[1:], parts)))

    def _code(self, code: CodeType) -> str:
        parts = (
            sys.version_info[:2],
            code.co_code,
            getattr(code, "co_exceptiontable", b""),
            code.co_consts,
            code.co_names,
            code.co_varnames,
            (code.co_freevars, code.co_cellvars, code.co_flags),
            (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount),
        )
        return _hash("code", *map(self.of, parts))

    def _reduced(self, value: Any) -> str:
        """Digest of what pickle stores of a value."""
        reduce = copyreg.dispatch_table.get(type(value))
        made = reduce(value) if reduce else value.__reduce_ex__(4)
        if isinstance(made, str):
            return _hash("name", _module_of(value), made)
        call, arguments, *rest = made
        parts = [None if part is None else list(part) for part in rest[1:3]]
        return _hash("object", *map(self.of, (call, arguments, rest[:1], parts)))


def _content(file: Any) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
