"""Safe configuration: what a rerun takes from a bundle, and what only this machine may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truing.errors import UserError
from truing.oversight.questions import load_questions
from truing.research._config import ResearchConfig
from truing.research._problem_config import OversightContest
from truing.research.bundle._environment import named_data
from truing.research.bundle._found import FoundBundle
from truing.research.bundle._layout import DATA
from truing.research.bundle._rerunnable import why_no_rerun
from truing.research.bundle._task_files import file_of
from truing.specification import Specification
from truing.tasks import Source, load_task


@dataclass(frozen=True)
class Here:
    """What this machine adds to a bundle.

    Attributes:
        data: path of each file or folder that the configuration names, by this name.
        isolation: isolation level of submitted code; None for the strongest.
    """

    data: Mapping[str, Path] = field(default_factory=dict)
    isolation: str | None = None


def safe_config(config: ResearchConfig, kind: str, here: Here) -> ResearchConfig:
    """The configuration, without what could choose programs or files of this machine."""
    if refusal := why_no_rerun(config):
        raise UserError(refusal)
    _check_given(config, here)
    update: dict[str, Any] = {"isolation": here.isolation, "files": kind == "file"}
    folders = config.folders
    if kind == "folder" and folders is not None:
        models = {name: str(_given_path(name, here)) for name in folders.models}
        folders = folders.model_copy(update={"python": "", "models": models})
    update["folders"] = folders if kind == "folder" else None
    return config.model_copy(update=update)


def _check_given(config: ResearchConfig, here: Here) -> None:
    """Refuse a path under a name that the bundle does not use, because it would have no effect."""
    files = [path for path in map(file_of, named_data(config)) if path]
    known = {*map(str, files), *(path.name for path in files)}
    known |= set(config.folders.models) if config.folders else set()
    for name in here.data:
        if name not in known:
            needs = ", ".join(sorted(known)) or "nothing outside it"
            raise UserError(
                f"the bundle does not use data named {name[:100]!r}; it uses: {needs[:300]}; "
                f"correct or leave out --data {name[:100]}=PATH"
            )


def _given_path(name: str, here: Here) -> Path:
    if name not in here.data:
        raise UserError(
            f"the bundle names {name!r}, which is not in it; get it, and name its path: "
            f"--data {name}=PATH"
        )
    return here.data[name]


def published_files(found: FoundBundle, work: Path) -> dict[str, Path]:
    """Paths of the data that the bundle contains, by file name, copied to another folder."""
    paths: dict[str, Path] = {}
    for path, content in found.files.items():
        if path.startswith(f"{DATA}/"):
            name = path.removeprefix(f"{DATA}/")
            paths[name] = work / name
            paths[name].write_bytes(content)
    return paths


def load_data(
    config: ResearchConfig, data: Mapping[str, Path], stated: Mapping[str, Any]
) -> dict[str, Source]:
    """The tasks by name; their fingerprints must be those of the bundle."""
    found: dict[str, Source] = {}
    for name in named_data(config):
        if isinstance(config.problem, OversightContest):
            fingerprint = load_questions(name).fingerprint
        else:
            found[name] = load_task(_on_this_machine(name, data))
            fingerprint = found[name].task.fingerprint
        if fingerprint != stated[name]["fingerprint"]:
            raise UserError(
                f"the data of {name} have the fingerprint {fingerprint[:16]} here, but "
                f"{stated[name]['fingerprint'][:16]} in the bundle: the data differ; get the data "
                "of the bundle"
            )
    return found


def _on_this_machine(name: str, data: Mapping[str, Path]) -> str:
    """The specification of a task, with the path of its file on this machine."""
    path = file_of(name)
    if path is None:
        return name
    given = data.get(str(path), data.get(path.name))
    where = given or _given_path(path.name, Here(data))
    return str(Specification(str(where), Specification.parse(name).arguments))
