"""Summary: a run in one line of the list."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing.runs import PROGRESS, REPORT, RunProgress, kind_among, read_state


@dataclass(frozen=True)
class Summary:
    """A run.

    Attributes:
        id: names it in addresses.
        folder: where it lies.
        name: its path below the folder that is shown.
        kind: study, oversight, research, game, or referee (a research that is served).
        status: of STATUSES.
        why: it is broken, failed, or of a newer version; else empty.
        tasks: what it is on: tasks, or a question set.
        methods: what is compared: methods, protocols, or researchers.
        size: how much of it there is, in words.
        changed: when anything in it was last changed, seconds since 1970.
        progress: how far it is; None where it does not say.
        stamp: of its files but for its progress; the same as long as none of them changes.
    """

    id: str
    folder: Path
    name: str
    kind: str
    status: str
    why: str
    tasks: tuple[str, ...]
    methods: tuple[str, ...]
    size: str
    changed: float
    progress: RunProgress | None
    stamp: tuple[Any, ...]


Stamps = dict[str, tuple[int, int]]
"""When each of a run's files was changed, and its size; what is not there is not in it."""


def summarize(id: str, folder: Path, name: str, there: Stamps) -> Summary | None:
    """Read a run's line; whatever is wrong with it is in the line. None where no run is left."""
    kind = kind_among(there)
    if kind is None:
        return None
    state = read_state(folder, kind)
    # A report is drawn again whenever someone asks for it, which is no change of the run.
    changed = max(at[0] for name, at in there.items() if name != REPORT) / 1e9
    return Summary(
        id,
        folder,
        name,
        kind.name,
        state.status,
        state.why,
        state.outline.tasks,
        state.outline.methods,
        state.outline.size,
        changed,
        state.progress,
        tuple(sorted((one, at) for one, at in there.items() if one != PROGRESS)),
    )
