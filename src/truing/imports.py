"""The local modules that a Python file imports, found by reading its import statements."""

from __future__ import annotations

import ast
import os
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from truing.closure import TRUING

LIBRARY = Path(ast.__file__).resolve().parent
INSTALLED = {"site-packages", "dist-packages"}  # folders of packages that pip installed


def local_modules(path: Path) -> set[Path]:
    """The files of the local modules that a file imports, directly or indirectly.

    A module is local if it is beside the file, in the file's package or in a folder of `sys.path`,
    but not in the standard library, in truing, or in an installed package other than the file's
    package. Imports inside functions and conditions count too. Modules whose names are computed at
    run time are not found.
    """
    path = path.resolve()
    if path.is_relative_to(TRUING):
        return set()
    folders = _folders(path)
    found, waiting = {path}, [path]
    while waiting:
        file = waiting.pop()
        named = {one for name in _imported_names(file) for one in _find(name, folders, path)}
        waiting += named - found
        found |= named
    return found - {path}


def is_local(module: ModuleType) -> bool:
    """Whether a module is a user's own: not installed, not in the standard library or truing."""
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and _is_local(file)


@cache
def _is_local(file: str) -> bool:
    path = Path(file).resolve()
    installed = path.is_relative_to(LIBRARY) or path.is_relative_to(TRUING) or _installed(path)
    return path.suffix == ".py" and not installed


def module_files(module: ModuleType) -> set[Path]:
    """The Python files of a module, with the imported modules of a package."""
    inside = f"{module.__name__}."
    parts = [one for name, one in list(sys.modules.items()) if name.startswith(inside)]
    names = [getattr(one, "__file__", None) for one in (module, *parts)]
    return {Path(name).resolve() for name in names if name and name.endswith(".py")}


def _folders(path: Path) -> list[Path]:
    """Folders that are searched for imports: the file's, the one around its package, `sys.path`."""
    listed = [
        Path(name).resolve() for name in sys.path if os.path.isdir(name)
    ]  # False if not readable
    listed = [one for one in listed if not one.is_relative_to(LIBRARY) and not _installed(one)]
    return list(dict.fromkeys([path.parent, _around_package(path), *listed]))


def _installed(folder: Path) -> bool:
    return bool(INSTALLED & set(folder.parts))


def _around_package(path: Path) -> Path:
    """The folder around a file's package; the file's folder if it is in no package."""
    folder = path.parent
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    return folder


def _imported_names(file: Path) -> set[str]:
    """Dotted names that a file imports; `from a import b` gives `a.b`, as b may be a module."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):  # importing the file shows the reason
        return set()
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = [*_package(file, node.level), *(node.module or "").split(".")]
            names |= {".".join(filter(None, [*base, alias.name])) for alias in node.names}
    return names


def _package(file: Path, level: int) -> list[str]:
    """Parts of the package where a relative import starts; empty for an absolute import."""
    if not level:
        return []
    parts = file.relative_to(_around_package(file)).parts[:-1]
    return list(parts[: len(parts) - level + 1])


def _find(name: str, folders: list[Path], path: Path) -> list[Path]:
    """The files that the import of a local module runs: its packages and the module itself."""
    parts = name.split(".")
    if parts[0] == TRUING.name:
        return []
    own = path.relative_to(_around_package(path)).parts[0].removesuffix(".py")
    for folder in folders:
        if _installed(folder) and parts[0] != own:
            continue
        if found := _files(folder, parts):
            return found
    return []


def _files(folder: Path, parts: list[str]) -> list[Path]:
    found = []
    for part in parts:
        for file in (folder / part / "__init__.py", folder / f"{part}.py"):
            if os.path.isfile(file):  # False if the folder is not readable
                found.append(file.resolve())
                break
        folder = folder / part
    return found
