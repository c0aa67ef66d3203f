"""Lazy packages: public names that are imported on first use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def lazy_names(
    package: str, homes: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The functions `__getattr__` and `__dir__` of a package that imports names on first use.

    Args:
        package: name of the package.
        homes: public names by the module of the package that defines them.

    Examples:
        >>> from truing.lazy import lazy_names
        >>> get, names = lazy_names("collections", {"abc": ("Mapping", "Sequence")})
        >>> get("Sequence").__name__, names()
        ('Sequence', ['Mapping', 'Sequence'])
    """
    modules = {name: home for home, names in homes.items() for name in names}

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{modules[name]}"), name)

    return get, lambda: sorted(modules)
