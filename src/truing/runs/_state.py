"""State of a run: status, size and progress, read from a few files of its folder."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing.errors import DataError
from truing.given import shown_all
from truing.run_files import ENVIRONMENT, LEDGER, PROGRESS
from truing.runs._environment import OWN_VERSION, read_environment
from truing.runs._files import read_bytes, read_object, stamp
from truing.runs._kinds import (
    COMPARISON,
    GAME,
    OVERSIGHT,
    PERSON,
    REFEREE,
    RESEARCH,
    STRESS,
    STUDY,
    RunKind,
)
from truing.runs._ledgers import entry_counts
from truing.runs._progress import RunProgress, in_use, read_progress
from truing.runs._values import as_number, as_object, as_text, as_texts
from truing.wording import counted

GRID = ("tasks", "weak", "strong", "methods")
STATUSES = {
    "running": "running",
    "open": "open",
    "finished": "finished",
    "stopped": "cut short",
    "failed": "failed",
    "newer": "newer version",
    "broken": "broken",
}
"""Statuses of a run, and their labels."""


@dataclass(frozen=True)
class Outline:
    """Summary of a run's configuration.

    Attributes:
        tasks: the tasks, or the question set.
        methods: the compared methods, protocols or researchers; plants and monitors of a stress
            test.
        size: number of rows, protocols, submissions, or plants and monitors, as text.
        open: the run accepts judgements or submissions until it is closed.
    """

    tasks: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    size: str = ""
    open: bool = False


@dataclass(frozen=True)
class RunState:
    """State of a run.

    Attributes:
        status: a key of STATUSES.
        why: reason if the run is broken, failed, or of a newer version; else empty.
        outline: summary of the configuration.
        progress: last written progress; None if there is none.
    """

    status: str
    why: str
    outline: Outline
    progress: RunProgress | None


def read_state(folder: Path, kind: RunKind) -> RunState:
    """Read the state of a run. Problems with the folder are reported in it, not raised."""
    progress = _progress(folder)
    outline, finished, why, newer = Outline(), _is_there(folder, kind.results), "", ""
    try:
        configuration = {} if kind is REFEREE else read_object(folder, kind.configuration)
        newer = _newer(folder, kind, configuration)
        outline = OUTLINES[kind.name](folder, configuration)
        finished = _finished(folder, kind.results) if kind.results else not outline.open
        finished &= not (kind is RESEARCH and outline.open)  # a report before the run is closed
    except DataError as error:
        why = str(error)
    status = "open" if outline.open and not finished else _status(folder, finished, progress)
    if progress and status == "failed":
        why = progress.why
    elif newer and status != "running":
        status, why = "newer", newer
    elif why and status != "running":  # a running process may still be writing the files
        status = "broken"
    return RunState(status, why, outline, progress)


def _is_there(folder: Path, name: str) -> bool:
    return stamp(folder, name) is not None


def _finished(folder: Path, results: str) -> bool:
    """Whether the results exist, and their first and last lines are complete."""
    if results.endswith(".jsonl"):
        return count_lines(folder, results) > 0
    return _is_there(folder, results)


def _status(folder: Path, finished: bool, progress: RunProgress | None) -> str:
    unsure = not finished or (progress is not None and progress.state == "running")
    if unsure and in_use(folder):
        return "running"
    if progress is not None and progress.state == "failed":
        return "failed"
    return "finished" if finished else "stopped"


def _progress(folder: Path) -> RunProgress | None:
    try:
        return read_progress(read_bytes(folder, PROGRESS, 100_000))
    except DataError:
        return None


def _newer(folder: Path, kind: RunKind, configuration: Mapping[str, Any]) -> str:
    """Evidence that a newer version wrote the run; else empty."""
    unknown = sorted(set(configuration) - kind.fields)
    if unknown:
        return f"{kind.configuration} has the unknown field {as_text(unknown[0], 80)!r}"
    try:
        written = read_environment(read_object(folder, ENVIRONMENT)).newer
    except DataError:
        return ""
    return f"written by truing {as_text(written, 40)}; this is {OWN_VERSION}" if written else ""


def _study(folder: Path, configuration: Mapping[str, Any]) -> Outline:
    names = {part: as_texts(configuration.get(part, ())) for part in GRID}
    seeds = configuration.get("seeds", 10)
    count = len(seeds) if isinstance(seeds, list) else as_number(seeds)
    if not all(names.values()) or count is None:
        raise DataError(f"{STUDY.configuration} contains no study")
    rows = math.prod(map(len, names.values()))
    size = f"{counted(rows, 'row')}, {counted(int(count), 'seed')}"
    return Outline(shown_all(names["tasks"]), shown_all(names["methods"]), size)


def judged_by_people(configuration: Mapping[str, Any]) -> bool:
    """Whether people are the judges of an oversight run."""
    return PERSON in as_texts(as_object(configuration.get("models")).get("judge", ()))


def _oversight(folder: Path, configuration: Mapping[str, Any]) -> Outline:
    protocols = configuration.get("protocols")
    if not isinstance(protocols, dict) or not protocols:
        raise DataError(f"{OVERSIGHT.configuration} contains no oversight run")
    asked, size = as_texts(configuration.get("questions")), counted(len(protocols), "protocol")
    names = shown_all(as_texts(list(protocols)))
    return Outline(shown_all(asked), names, size, judged_by_people(configuration))


def _research(folder: Path, configuration: Mapping[str, Any]) -> Outline:
    config = as_object(configuration.get("config"))
    problem = config.get("problem")
    researchers = as_texts(configuration.get("researchers", ()))
    if not isinstance(problem, dict) or not researchers:
        raise DataError(f"{RESEARCH.configuration} contains no research run")
    each = as_number(as_object(config.get("budget")).get("each"))
    size = counted(len(researchers), "researcher")
    size += "" if each is None else f", {counted(int(each), 'method')} each"
    tasks = as_texts(problem.get("climb", problem.get("kind", "")))
    served = configuration.get("served") is True and _is_there(folder, LEDGER)
    still_open = served and _is_undecided(entry_counts(folder / LEDGER))
    return Outline(shown_all(tasks), shown_all(researchers), size, still_open)


def _game(folder: Path, configuration: Mapping[str, Any]) -> Outline:
    if not isinstance(configuration.get("game"), str):
        raise DataError(f"{GAME.configuration} contains no game")
    size = counted(len(as_object(configuration.get("arguments"))), "argument")
    return Outline((), shown_all(as_texts(configuration["game"])), size)


def _stress(folder: Path, configuration: Mapping[str, Any]) -> Outline:
    plants, monitors, strengths = (
        as_texts(configuration.get(name, ())) for name in ("plants", "monitors", "strengths")
    )
    if not plants or not monitors:
        raise DataError(f"{STRESS.configuration} contains no stress test")
    counts = [(plants, "plant"), (monitors, "monitor"), (strengths, "strength")]
    size = ", ".join(counted(len(names), noun) for names, noun in counts if names)
    tasks = [name for part in ("task", "questions") for name in as_texts(configuration.get(part))]
    return Outline(shown_all(tasks), (*shown_all(plants), *shown_all(monitors)), size)


def _referee(folder: Path, configuration: Mapping[str, Any]) -> Outline:
    """Outline of a served research run, which has a ledger and no other configuration."""
    counts = entry_counts(folder / LEDGER)
    size = counted(counts.get("submission", 0), "submission")
    return Outline((), (), size, _is_undecided(counts))


def _is_undecided(counts: Mapping[str, int]) -> bool:
    """Whether a served research run has no verdicts yet, from the counts of its entries."""
    return "verdicts" not in counts


def _comparison(folder: Path, configuration: Mapping[str, Any]) -> Outline:
    runs = as_texts(configuration.get("runs", ()))
    if not runs:
        raise DataError(f"{COMPARISON.configuration} contains no comparison")
    return Outline((), runs, counted(len(runs), "run"))


OUTLINES: dict[str, Callable[[Path, Mapping[str, Any]], Outline]] = {
    STUDY.name: _study,
    OVERSIGHT.name: _oversight,
    RESEARCH.name: _research,
    GAME.name: _game,
    STRESS.name: _stress,
    REFEREE.name: _referee,
    COMPARISON.name: _comparison,
}
"""Functions that make the outline of a run of each kind; DataError if it is invalid."""


def count_lines(folder: Path, name: str) -> int:
    """Count the lines of a JSONL file; 0 without the file. Only the first and last are checked.

    Raises:
        DataError: the file is not a regular file, or was cut short.
    """
    if not _is_there(folder, name):
        if os.path.lexists(folder / name):
            raise DataError(f"{name} is not a regular file")
        return 0
    content = read_bytes(folder, name)
    lines = content.count(b"\n")
    head, tail = content[: content.find(b"\n")], content[content.rfind(b"\n", 0, -1) + 1 :]
    for line in (head, tail):
        if not (line.lstrip().startswith(b"{") and line.rstrip().endswith(b"}")):
            raise DataError(f"{name} was cut short or is damaged")
    return lines
