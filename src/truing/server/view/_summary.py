"""Summary: a run in one line of the list, read from a few files of its folder."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from truing.errors import DataError
from truing.report import Progress, is_held, read_progress
from truing.server.view._files import as_text, read_bytes, read_object, stamp
from truing.server.view._kinds import FIELDS, KINDS, SAYS, Line, count_lines

PROGRESS = "progress.json"
REPORT = "report.html"  # made again whenever somebody asks for it
LEDGERS = ("ledger.sqlite", "ledger.sqlite-wal")
LAST = tuple(last for _, last in KINDS.values() if last)
MORE = ("transcripts.jsonl", "environment.json", REPORT, PROGRESS)
WATCHED = frozenset((*KINDS, *LAST, *LEDGERS, *MORE))
"""Files whose changes are those of a run."""
OWN = version("truing")
STATUSES = {
    "running": "running",
    "open": "open",
    "finished": "finished",
    "stopped": "cut short",
    "failed": "failed",
    "newer": "newer version",
    "broken": "broken",
}


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
    progress: Progress | None
    stamp: tuple[Any, ...]


Stamps = dict[str, tuple[int, int]]
"""When each of a run's files was changed, and its size; what is not there is not in it."""


def summarize(id: str, folder: Path, name: str, there: Stamps) -> Summary | None:
    """Read a run's line; whatever is wrong with it is in the line. None where no run is left."""
    claim = next((one for one in KINDS if one in there), None)
    if claim is None:
        return None
    kind, last = KINDS[claim]
    changed = max(at[0] for name, at in there.items() if name != REPORT) / 1e9
    progress = _progress(folder) if PROGRESS in there else None
    line, finished, why, newer = Line(), last in there, "", ""
    try:
        config = {} if kind == "referee" else read_object(folder, claim)
        newer = _newer(folder, kind, config)
        line = SAYS[kind](folder, config)
        finished = not line.open if kind == "referee" else _finished(folder, last)
    except DataError as error:
        why = str(error)
    status = "open" if line.open and not finished else _status(folder, finished, progress)
    if progress and status == "failed":
        why = progress.why
    elif newer and status != "running":
        status, why = "newer", newer
    elif why and status != "running":  # whose files may be on their way
        status = "broken"
    stamped = tuple(sorted((one, at) for one, at in there.items() if one != PROGRESS))
    return Summary(
        id,
        folder,
        name,
        kind,
        status,
        why,
        line.tasks,
        line.methods,
        line.size,
        changed,
        progress,
        stamped,
    )


def _finished(folder: Path, last: str) -> bool:
    """Whether the file that is written last is there, and whole as far as its ends tell."""
    return (
        count_lines(folder, last) > 0
        if last.endswith(".jsonl")
        else stamp(folder, last) is not None
    )


def _status(folder: Path, finished: bool, progress: Progress | None) -> str:
    unsure = not finished or (progress is not None and progress.state == "running")
    if unsure and is_held(folder):
        return "running"
    if progress is not None and progress.state == "failed":
        return "failed"
    return "finished" if finished else "stopped"


def _progress(folder: Path) -> Progress | None:
    try:
        return read_progress(read_bytes(folder, PROGRESS, 100_000))
    except DataError:
        return None


def _newer(folder: Path, kind: str, config: dict[str, Any]) -> str:
    """In what a run is newer than this version; empty where it is not."""
    unknown = sorted(set(config) - FIELDS.get(kind, set(config)))
    if unknown:
        return f"this version knows no {as_text(unknown[0], 80)!r} of a {kind}"
    try:
        written = as_text(read_object(folder, "environment.json").get("truing", ""), 40)
    except DataError:
        return ""
    if _parts(written) > _parts(OWN):
        return f"written by truing {written}; this is {OWN}"
    return ""


def _parts(text: str) -> list[int]:
    return [int(part) for part in text.split(".")[:3] if part.isascii() and part.isdigit()]
