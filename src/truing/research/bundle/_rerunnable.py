"""Whether submissions of a bundle can be scored again, and with which command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from truing.given import is_object
from truing.oversight.spending import is_free
from truing.research._config import ResearchConfig
from truing.research._problem_config import OversightContest
from truing.research.bundle._environment import named_data
from truing.research.bundle._layout import DATA
from truing.research.bundle._task_files import file_of

CODE = re.compile(r"\.py\b", re.IGNORECASE)


@dataclass(frozen=True)
class Rerunnable:
    """Whether anyone can score submissions of a bundle again.

    Attributes:
        refusal: why rerun refuses all submissions of the bundle; empty if it does not.
        files: names of the files of tasks that the bundle does not contain.
        models: names of the models that submitted folders read; no bundle contains them.
        read_here: paths of the question sets that rerun reads on the machine that runs it.
    """

    refusal: str
    files: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    read_here: tuple[str, ...] = ()

    def command(self, folder: str) -> str:
        """The command that scores a submission again.

        Args:
            folder: name of the folder of the bundle in the command.
        """
        given = "".join(f" --data {shlex.quote(name)}=PATH" for name in self.files)
        return f"truing referee rerun {folder} --submission NUMBER{given}"


def rerunnable(
    config: ResearchConfig, paths: Collection[str], kinds: Collection[str]
) -> Rerunnable:
    """Whether anyone can score submissions of a bundle again.

    Args:
        config: configuration of the research run.
        paths: paths of the files of the bundle.
        kinds: kinds of the submissions.
    """
    if refusal := why_no_rerun(config):
        return Rerunnable(refusal)
    files = [path for path in map(file_of, named_data(config)) if path]
    if isinstance(config.problem, OversightContest):
        return Rerunnable("", read_here=tuple(map(str, files)))
    missing = [path for path in files if f"{DATA}/{path.name}" not in paths]
    folders = config.folders if "folder" in kinds else None
    return Rerunnable("", _names(missing), tuple(sorted(folders.models)) if folders else ())


def _names(files: list[Path]) -> tuple[str, ...]:
    """A name of each file for `--data`: its path, if two files have the same name."""
    names = [path.name for path in files]
    return tuple(
        dict.fromkeys(
            str(path) if names.count(path.name) > 1 else path.name for path in dict.fromkeys(files)
        )
    )


def why_no_rerun(config: ResearchConfig) -> str:
    """Why rerun refuses all submissions of a configuration; empty if it does not."""
    for name in _all_names(config):
        if CODE.search(name) or is_object(name):
            return (
                f"the bundle names code of its author ({name[:100]}), which rerun never runs; "
                "rerun works for tasks, supervisors and students that truing contains, and for "
                "tasks in files of rows"
            )
    problem = config.problem
    called = [
        f"the {role} {name[:100]}"
        for role, names in (problem.models if isinstance(problem, OversightContest) else {}).items()
        for name in names
        if not is_free(name)
    ]
    if not called:
        return ""
    return (
        f"a rerun would call {' and '.join(called)}, and rerun calls no model that a bundle names, "
        "because calls of a hosted model could cost money and a local model would run on your "
        "machine; rerun works for contests in which judge and debater are programs of truing"
    )


def _all_names(config: ResearchConfig) -> list[str]:
    """All names of data, supervisors, students, features and protocols in a configuration."""
    problem = config.problem
    own = [getattr(problem, name, "") for name in ("weak", "strong", "baseline")]
    layers = getattr(problem, "layers", {})
    return [*named_data(config), *layers, *layers.values(), *filter(None, own)]
