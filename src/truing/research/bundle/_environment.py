"""Environment of a bundle: versions, sources, and fingerprints and licenses of the tasks."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import truing.errors
from truing.research._config import ResearchConfig
from truing.research.problems import Problem
from truing.tasks import load_task

ROOT = Path(truing.errors.__file__).parent


def make_environment(config: ResearchConfig, problem: Problem) -> dict[str, Any]:
    """The environment of this process and the data of the tasks, as JSON values.

    Args:
        config: configuration of the research run.
        problem: the problem of the run, which knows the number of independent items.
    """
    return {
        **versions(),
        "independent_items": problem.items,
        "tasks": {name: describe_task(name, tier) for tier, name in named_tasks(config)},
    }


def named_tasks(config: ResearchConfig) -> Iterator[tuple[str, str]]:
    """Yield the first tier and the name of each task of a configuration."""
    named = [(tier, getattr(config.problem, tier, ())) for tier in ("climb", "other_tasks")]
    if config.gate is not None:
        named.append(("battery", config.gate.battery))
    tiers = {name: tier for tier, names in reversed(named) for name in names}
    for name, tier in tiers.items():
        yield tier, name


def versions() -> dict[str, Any]:
    """Versions of truing, Python and all packages; processor; digest of the sources of truing."""
    packages = dict(_packages())
    return {
        "truing": packages.get("truing", ""),
        "python": sys.version.split()[0],
        "system": platform.system(),
        "processor": platform.machine(),
        "sources": sources_digest(),
        "packages": packages,
    }


@cache
def sources_digest() -> str:
    """SHA-256 over paths and contents of all Python files of truing."""
    found = hashlib.sha256()
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        found.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()


def describe_task(name: str, tier: str) -> dict[str, Any]:
    """Fingerprint, license and sizes of a task."""
    source = load_task(name)
    return {
        "tier": tier,
        "fingerprint": source.task.fingerprint,
        "license": source.task.license or "not stated",
        "origin": source.origin,
        "items": len(source.task),
        "choices": len(source.task.choices),
    }


@cache
def _packages() -> tuple[tuple[str, str], ...]:
    found = {one.metadata["Name"].lower(): one.version for one in distributions()}
    return tuple(sorted(found.items()))
