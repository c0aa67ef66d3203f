"""Shared parts of all run pages: configuration, environment, charts, and commands to continue."""

from __future__ import annotations

import json
import os
import re
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any

from truing.errors import DataError, TruingError
from truing.report.page import read_facts
from truing.runs import (
    CHARTS,
    ENVIRONMENT,
    KINDS,
    REFEREE,
    REPORT,
    RESEARCH,
    STUDY,
    as_text,
    find_run,
    read_environment,
    read_object,
    read_slice,
    stamp,
)
from truing.server.view._events import run_state
from truing.server.view._headline import FINISHED
from truing.server.view._research import without_sealed
from truing.server.view._summary import Summary

CHART = re.compile(rf"{CHARTS}/[\w.+-]{{1,100}}\.svg")
MACHINE = ("truing", "python", "platform", "cores")
MOST_CHARTS, MOST_TASKS, MOST_PACKAGES = 40, 100, 2000
ORDER = (
    "transfer",
    "pgr",
    "pgr-by-domain",
    "pgr-by-student",
    "against-naive",
    "help",
    "accuracy",
    "asd",
    "protocols-compared",
    "calibration",
    "power",
    "smallest-strengths",
    "best-so-far",
    "finalists",
)
TITLE = re.compile(rb"<svg[^>]*><title>([^<]{1,300})</title>")
SIZE = re.compile(rb'<svg[^>]* width="(\d{1,5})[\d.]*"[^>]* height="(\d{1,5})[\d.]*"')


@dataclass(frozen=True)
class ChartFile:
    """A chart of a run; width and height in pixels reserve its space while it loads."""

    name: str
    title: str
    width: int
    height: int


def around(run: Summary) -> dict[str, Any]:
    """Template values of every run's page: configuration, environment, files, how to continue."""
    again = {STUDY.name: ("truing", "run"), RESEARCH.name: ("truing", "research", "resume")}
    config = object_in(run, KINDS[run.kind].configuration)
    environment = read_environment(object_in(run, ENVIRONMENT))
    if run.kind == RESEARCH.name and isinstance(config.get("config"), dict):
        config["config"] = without_sealed(config["config"], run.status == "finished")
    if run.kind == REFEREE.name:
        config = {}
    return {
        "finding": _finding(run),
        "config": as_text(json.dumps(config, indent=2)) if config else "",
        "machine": {one: environment.machine[one] for one in MACHINE if one in environment.machine},
        "data": list(environment.tasks.items())[:MOST_TASKS],
        "packages": list(environment.packages.items())[:MOST_PACKAGES],
        "report": stamp(run.folder, REPORT) is not None,
        "charts": charts_of(run),
        "folder": path_text(run.folder),
        "again": command(*again[run.kind], run.folder)
        if run.kind in again and run.status in ("stopped", "failed")
        else "",
        "at": run_state(run),
    }


@lru_cache(maxsize=64)
def _finding(run: Summary) -> str:
    """The first sentences of the report; empty for a run that is not finished."""
    if run.status not in FINISHED or run.kind == REFEREE.name:
        return ""
    try:
        return as_text(" ".join(read_facts(find_run(run.folder)).finding), 2000)
    except TruingError:
        return ""


def charts_of(run: Summary) -> list[ChartFile]:
    """The charts in the order of the report."""
    folder = run.folder / CHARTS
    there = folder.is_dir() and not folder.is_symlink()
    names = (
        [f"{CHARTS}/{one}" for one in sorted(os.listdir(folder), key=_chart_order)] if there else []
    )
    names = [name for name in names if CHART.fullmatch(name) and stamp(run.folder, name)]
    return [_chart(run, name) for name in names[:MOST_CHARTS]]


def _chart(run: Summary, name: str) -> ChartFile:
    head = read_slice(run.folder, name, 0, 2000)
    size, title = SIZE.search(head), TITLE.search(head)
    text = title[1].decode(errors="replace") if title else Path(name).stem
    width, height = map(int, size.groups()) if size else (0, 0)
    return ChartFile(name, as_text(unescape(text), 200), width, height)


def _chart_order(name: str) -> tuple[int, str]:
    """Sort key: charts in the order of the report, then all other charts."""
    stem = Path(name).stem
    return (ORDER.index(stem) if stem in ORDER else len(ORDER), name)


def object_in(run: Summary, name: str) -> dict[str, Any]:
    """A JSON object of the run folder; empty if it cannot be read."""
    try:
        return read_object(run.folder, name)
    except DataError:
        return {}


def command(*parts: str | Path) -> str:
    """A command to copy; empty if it contains control characters, which terminals interpret."""
    words = [path_text(one) if isinstance(one, Path) else one for one in parts]
    return shlex.join(words) if all(one.isprintable() for one in words) else ""


def path_text(path: Path) -> str:
    """A path as printable text."""
    return os.fsencode(path).decode(errors="replace")


def when(seconds: float) -> str:
    """A time in the local time zone: `2026-01-31 14:05`."""
    try:
        return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return "?"


def moment(seconds: float) -> str:
    """A time in UTC by ISO 8601, for the `datetime` attribute."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return ""
