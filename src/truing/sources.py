"""Digests of code and data, import of files by path, and plugins."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
import warnings
from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Any

from truing.closure import TRUING, files_run, files_used
from truing.errors import UserError, in_one_line
from truing.given import USES, GivenObject
from truing.imports import local_modules

_plugins_loaded = False
_imported: dict[Path, str] = {}  # digest of each local module when `import_file` last ran it


def load_plugins() -> None:
    """Import all entry points of the group `truing` once; warn about an entry point that fails."""
    global _plugins_loaded
    if _plugins_loaded:
        return
    _plugins_loaded = True
    for point in entry_points(group="truing"):
        try:
            point.load()
        except Exception as error:  # a failing plugin must not disable the others
            why = f"plugin {point.name} ({point.value}) left out: {in_one_line(error)}"
            warnings.warn(why, stacklevel=2)


def is_installed(module: str) -> bool:
    """Whether a module belongs to truing or a plugin, so that every process registers its names."""
    return module.partition(".")[0] in {"truing", *_plugin_packages()}


@cache
def _plugin_packages() -> frozenset[str]:
    """Top-level packages of the entry points of the group `truing`."""
    return frozenset(
        one.value.partition(":")[0].partition(".")[0] for one in entry_points(group="truing")
    )


def source_digest(*sources: Callable[..., Any] | Path) -> str:
    """SHA-256 over the files whose code some functions or Python files run.

    For a function of truing, these are the files that define the names that it uses. For any other
    function, or a path, they are its whole file, the local modules that the file imports, and the
    files that define the names of truing that all these files use.

    Raises:
        UserError: a source has no file.
    """
    digests: set[str] = set()
    for source in sources:
        path = _source_file(source)
        if isinstance(source, Path) or not path.is_relative_to(TRUING):
            local = {path, *local_modules(path)}
            used = set().union(*(files_used(file.read_bytes()) for file in local))
            digests |= {*_digests(local).values(), *map(_own_digest, used)}
        else:
            name = source.__qualname__.partition(".")[0]
            digests |= {_own_digest(path), *_digests_run(source.__module__, name)}
    return hashlib.sha256(" ".join(sorted(digests)).encode()).hexdigest()


def object_digest(given: GivenObject) -> str:
    """SHA-256 over a given object, and the files of truing that define the names that it uses."""
    used = files_used(given.files.get(USES, b""))
    digests = [given.digest, *sorted(map(_own_digest, used))]
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()


def code_digest(*names: tuple[str, str]) -> str:
    """SHA-256 over the files of truing whose code some functions or classes run.

    Args:
        names: module and name of each; the modules are not imported.
    """
    digests = {one for module, name in names for one in _digests_run(module, name)}
    return hashlib.sha256(" ".join(sorted(digests)).encode()).hexdigest()


def _source_file(source: Callable[..., Any] | Path) -> Path:
    path = source if isinstance(source, Path) else inspect.getsourcefile(source)
    if path is None or not Path(path).is_file():
        raise UserError(
            f"{source!r} has no source file, so changes could not be noticed; define it in a file"
        )
    return Path(path).resolve()


@cache
def _digests_run(module: str, name: str) -> frozenset[str]:
    """Digests of the files that a function of truing runs; cached, as a process loads code once."""
    return frozenset(_own_digest(path) for path in files_run(module, name))


@cache
def _own_digest(path: Path) -> str:
    return file_digest(str(path))


@cache
def package_version(name: str) -> str:
    """Version of an installed package; cached, as a process loads a package once."""
    return version(name)


def file_digest(path: str) -> str:
    """SHA-256 of a file's bytes.

    Raises:
        UserError: the file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None


def import_file(path: Path) -> Any:
    """Import a Python file and return the module.

    Raises:
        UserError: the file cannot be imported; the message contains the reason.
    """
    named, path = path, path.resolve()
    _forget_changed(local_modules(path))
    name = f"truing_file_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise UserError(f"{named} is not a Python file; name a file that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # any exception of a user's file is the user's mistake
        raise UserError(f"{named} cannot be imported: {type(error).__name__}: {error}") from error
    _imported.update(_digests(local_modules(path)))  # the file may have added to sys.path
    return module


def _forget_changed(files: set[Path]) -> None:
    """Remove local modules from `sys.modules` if one of them changed since their last import."""
    if all(_imported.get(path, digest) == digest for path, digest in _digests(files).items()):
        return
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and Path(file).resolve() in files:
            del sys.modules[name]


def _digests(files: set[Path]) -> dict[Path, str]:
    return {path: file_digest(str(path)) for path in files}
