"""Code and data that come from outside: their digests, files imported by path, plugins."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
import warnings
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from truing.errors import UserError

_plugins_loaded = False


def load_plugins() -> None:
    """Import every entry point of the group `truing` once; one that fails warns and is left out."""
    global _plugins_loaded
    if _plugins_loaded:
        return
    _plugins_loaded = True
    for point in entry_points(group="truing"):
        try:
            point.load()
        except Exception as error:  # a plugin may fail in any way; the rest must go on
            told = f"{type(error).__name__}: {' '.join(str(error).split())}"
            warnings.warn(f"plugin {point.name} ({point.value}) left out: {told}", stacklevel=2)


def source_digest(*sources: Any) -> str:
    """SHA-256 over the source files of functions, classes or modules."""
    digest = hashlib.sha256()
    for source in sources:
        path = inspect.getsourcefile(source)
        if path is None:
            raise UserError(
                f"{source!r} has no source file, so a change of it could not be noticed"
            )
        digest.update(Path(path).read_bytes())
    return digest.hexdigest()


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
    """A Python file as a module.

    Raises:
        UserError: it cannot be imported; the message says why.
    """
    path = path.resolve()
    name = f"truing_file_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or not path.is_file():
        raise UserError(f"{path}: no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever a user's file raises is the user's to mend
        raise UserError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    return module
