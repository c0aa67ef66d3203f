"""Summary of a run, for a line of the list."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing.runs import (
    NOTES,
    PROGRESS,
    REPORT,
    Annotations,
    RunProgress,
    kind_among,
    read_annotations,
    read_state,
)

if TYPE_CHECKING:
    from truing.server.view._headline import Headline


@dataclass(frozen=True)
class Summary:
    """A run in one line of the list.

    Attributes:
        id: identifier of the run in addresses.
        folder: the run folder.
        name: path of the run folder, relative to the parent of the folder that is shown.
        kind: study, oversight, research, game, stress, or referee (a served research run).
        status: a key of STATUSES.
        why: reason why the run is broken, failed, or from a newer version; else empty.
        tasks: tasks, or the question set.
        methods: methods, protocols, or researchers that are compared; plants and monitors of a
            stress test.
        size: number of rows, protocols, submissions, or plants and monitors, as text.
        changed: time of the last change of any file, in seconds since 1970.
        progress: progress of the run; None if it is not recorded.
        stamp: times and sizes of the run's files, without its progress.
        annotations: tags and a note that a person wrote.
        headline: main value of the run; None before it is computed.
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
    annotations: Annotations
    headline: Headline | None = field(default=None, compare=False)


Stamps = dict[str, tuple[int, int]]
"""Time of the last change and size of each file of a run; missing files are left out."""


def summarize(id: str, folder: Path, name: str, there: Stamps) -> Summary | None:
    """Summarize a run; defects are stated in the summary. None if the folder contains no run."""
    kind = kind_among(there)
    if kind is None:
        return None
    state = read_state(folder, kind)
    # A report can be drawn again, and notes be written, at any time: both do not change the run.
    changed = max(at[0] for name, at in there.items() if name not in (REPORT, NOTES)) / 1e9
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
        read_annotations(folder) if NOTES in there else Annotations(),
    )
