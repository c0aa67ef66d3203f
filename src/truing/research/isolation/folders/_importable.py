"""Importable packages: what a run may import besides its own modules and the standard library."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import packages_distributions
from importlib.util import find_spec

from truing.research.isolation._readable import FOLDER_PACKAGES

MOST_NAMED = 250
COMPILED = "__mypyc"  # modules that only their own package imports


def name_importable(every_package: bool) -> str:
    """Names of packages and of single modules in this environment.

    First those of `FOLDER_PACKAGES`, then the others, each in alphabetical order. If the
    distribution has another name, it follows in parentheses: `yaml (PyYAML)`. The names depend only
    on the environment, never on a run, so they reveal nothing about its inputs.

    Args:
        every_package: whether a run may read all installed packages, instead of `FOLDER_PACKAGES`.
    """
    found = packages_distributions()
    others = found.keys() - sys.stdlib_module_names - set(FOLDER_PACKAGES)
    names = [*sorted(FOLDER_PACKAGES), *sorted(others if every_package else (), key=str.lower)]
    named = [_named(one, found) for one in names if _is_importable(one)]
    more = [f"and {len(named) - MOST_NAMED} more"] if len(named) > MOST_NAMED else []
    return ", ".join([*named[:MOST_NAMED], *more])


def _is_importable(name: str) -> bool:
    if not name.isidentifier() or name.startswith("_") or COMPILED in name:
        return False
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _named(name: str, distributions: Mapping[str, Sequence[str]]) -> str:
    from_ = set(distributions.get(name, ()))
    if len(from_) != 1 or _plain(name) == _plain(*from_):
        return name
    return f"{name} ({from_.pop()})"


def _plain(name: str) -> str:
    """A name without the differences that package indexes ignore."""
    return re.sub(r"[-_.]+", "-", name).lower()
