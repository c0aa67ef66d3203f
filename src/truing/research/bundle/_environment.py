"""Environment of a bundle: versions, sources, and fingerprints and licenses of the tasks."""

from __future__ import annotations

import hashlib
import platform
import sys
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import truing.errors
from truing.oversight.questions import load_questions
from truing.research._config import ResearchConfig
from truing.research._problem_config import OversightContest
from truing.research.problems import Problem
from truing.supervisors import parse_supervisor
from truing.tasks import load_task

ROOT = Path(truing.errors.__file__).parent


def make_environment(config: ResearchConfig, problem: Problem) -> dict[str, Any]:
    """The environment of this process and the data of the run, as JSON values.

    Args:
        config: configuration of the research run.
        problem: the problem of the run, which knows the number of independent items.
    """
    return {
        **versions(),
        "independent_items": problem.items,
        "simulated": is_simulated(config),
        "tasks": {
            name: {"tiers": tiers, **describe_data(config, name)}
            for name, tiers in named_data(config).items()
        },
    }


def named_data(config: ResearchConfig) -> dict[str, list[str]]:
    """The tiers of each task, or of each question set, of a configuration, by its name."""
    problem, found = config.problem, dict[str, list[str]]()
    fields = {"climb": ("climb", "questions"), "other tasks": ("other_tasks", "other_questions")}
    for tier, names in fields.items():
        for name in (one for field in names for one in getattr(problem, field, ())):
            found.setdefault(name, []).append(tier)
    for name in config.gate.battery if config.gate else ():
        found.setdefault(name, []).append("capability gate")
    return found


def is_simulated(config: ResearchConfig) -> bool:
    """Whether a program takes the place of a model, or questions of a contest were generated."""
    contest = config.problem
    if isinstance(contest, OversightContest):
        names = (*contest.questions, *contest.other_questions)
        return contest.simulated or any(load_questions(name).simulated for name in names)
    weak = getattr(config.problem, "weak", None)
    return True if weak is None else parse_supervisor(weak).simulated


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


def describe_data(config: ResearchConfig, name: str) -> dict[str, Any]:
    """Fingerprint, license and size of a task or a question set."""
    if isinstance(config.problem, OversightContest):
        questions = load_questions(name)
        return describe(questions.fingerprint, questions.license, "", len(questions))
    source = load_task(name)
    return describe(source.task.fingerprint, source.task.license, source.origin, len(source.task))


def describe(fingerprint: str, license: str, origin: str, items: int) -> dict[str, Any]:
    """The description of data, as JSON values."""
    return {
        "fingerprint": fingerprint,
        "license": license or "not stated",
        "origin": origin,
        "items": items,
    }


@cache
def _packages() -> tuple[tuple[str, str], ...]:
    found = {one.metadata["Name"].lower(): one.version for one in distributions()}
    return tuple(sorted(found.items()))
