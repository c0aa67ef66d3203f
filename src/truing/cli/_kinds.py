"""Kinds of extensions, and their registered names from a cache that needs no imports."""

from __future__ import annotations

import importlib
import json
import os
import sysconfig
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from truing.registry import Registry

KINDS = {
    "tasks": "truing.tasks:TASKS",
    "features": "truing.students.features:FEATURES",
    "supervisors": "truing.supervisors:SUPERVISORS",
    "methods": "truing.methods:METHODS",
    "questions": "truing.oversight.questions:QUESTIONS",
    "protocols": "truing.oversight.protocols:PROTOCOLS",
    "games": "truing.oversight.games:GAMES",
    "researchers": "truing.research.researchers:RESEARCHERS",
    "plants": "truing.plants:PLANTS",
    "monitors": "truing.stress.monitors:MONITORS",
}
"""Place of each registry, which is imported on use."""

Names = dict[str, dict[str, list[str]]]
"""For each kind, the arguments by name; `pca-K` is listed as `pca-`, what a user types first."""


STUDENTS = "students"
"""A kind without a registry: heads, transformers and classifiers of scikit-learn."""

PROMPTS = "prompts"
"""A kind without a registry: the templates of the messages to the roles of protocols."""

LISTED = (*list(KINDS)[:2], STUDENTS, *list(KINDS)[2:6], PROMPTS, *list(KINDS)[6:])
"""Kinds in the order of `truing list`."""


MODELS = "models"
"""Names of models for completion: embedded agents, and the beginnings of Inspect's names."""

PROVIDERS = (
    *("openai/", "anthropic/", "google/", "mistral/", "groq/", "together/", "openrouter/"),
    *("openai-api/", "ollama/", "vllm/", "hf/", "mockllm/model"),
)


def registry(kind: str) -> Registry:
    """The registry of a kind of extension, with all names."""
    module, _, name = KINDS[kind].partition(":")
    found = getattr(importlib.import_module(module), name)
    found.describe()  # loads the plugins
    return found


def cached_names() -> Names:
    """All registered names. Reading the cache takes milliseconds, and writing it about a second.

    The cache is written again after truing changed or a package was installed.
    """
    from platformdirs import user_cache_path

    path, state = user_cache_path("truing") / "names.json", _state()
    with suppress(OSError, ValueError, KeyError, TypeError):
        stored = json.loads(path.read_bytes())
        if stored["state"] == state:
            return stored["names"]
    names = {kind: _names(kind) for kind in KINDS}
    names[STUDENTS] = _student_names(names["features"])
    names[PROMPTS] = _prompt_names()
    names[MODELS] = {**_agent_names(), **{provider: [] for provider in PROVIDERS}}
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps({"state": state, "names": names}))
        new.replace(path)
    return names


def _names(kind: str) -> dict[str, list[str]]:
    found = {}
    for one in registry(kind).factories.values():
        text, carries, _ = one.form.partition("{")
        found[text] = [
            name for name in one.annotations if not carries or f"{{{name}:" not in one.form
        ]
    return dict(sorted(found.items()))


def _student_names(features: dict[str, list[str]]) -> dict[str, list[str]]:
    from truing.cli._students import student_arguments

    heads = {name: [*used, "l2"] for name, used in features.items()}
    return dict(sorted({**heads, **student_arguments()}.items()))


def _prompt_names() -> dict[str, list[str]]:
    from truing.oversight.prompts import TEMPLATES

    return {name: [] for name in TEMPLATES}


def _agent_names() -> dict[str, list[str]]:
    from truing.oversight.agents import list_agents

    return {f"truing/{name}": list(arguments) for name, arguments in list_agents().items()}


def _state() -> list[int | str]:
    """Latest change of truing's files, and of the installed packages."""
    package = Path(__file__).parents[1]
    files = (os.path.join(at, name) for at, _, names in os.walk(package) for name in names)
    latest = max(os.stat(one).st_mtime_ns for one in files if one.endswith(".py"))
    packages = sysconfig.get_paths()["purelib"]
    return [str(package), latest, os.stat(packages).st_mtime_ns]
