"""Kinds: what each kind of run says of itself, for its line in the list."""

from __future__ import annotations

import math
import os
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing.errors import DataError
from truing.server.view._files import as_number, as_text, as_texts, read_bytes, stamp
from truing.studies import Study

KINDS = {
    "study.json": ("study", "results.jsonl"),
    "oversight.json": ("oversight", "judgements.jsonl"),
    "research.json": ("research", "report.json"),
    "game.json": ("game", "outcome.json"),
    "ledger.sqlite": ("referee", ""),
}
"""The file that tells what is run, the kind of run, and the file that is written last."""
FIELDS = {
    "study": set(Study.model_fields),
    "oversight": {"protocols", "questions", "fingerprint", "code", "models", "limit", "swap"},
    "research": {"config", "researchers"},
    "game": {"game", "arguments", "seed"},
}
"""What this version writes; a run that has more is of a newer one."""
GRID = ("tasks", "weak", "strong", "methods")
PERSON = "person"  # whom a run of oversight names as its judge where people judge


@dataclass(frozen=True)
class Line:
    """What a run says of itself.

    Attributes:
        tasks: what it is on: tasks, or a question set.
        methods: what is compared: methods, protocols, or researchers.
        size: how much of it there is, in words.
        open: nobody is at work in it all the time, and it is not finished before it is closed.
    """

    tasks: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    size: str = ""
    open: bool = False


def _study(folder: Path, config: Mapping[str, Any]) -> Line:
    names = {part: as_texts(config.get(part, ())) for part in GRID}
    seeds = config.get("seeds", 10)
    count = len(seeds) if isinstance(seeds, list) else as_number(seeds)
    if not all(names.values()) or count is None:
        raise DataError("study.json holds no study")
    rows = math.prod(map(len, names.values()))
    size = f"{_counted(rows, 'row')}, {_counted(int(count), 'seed')}"
    return Line(names["tasks"], names["methods"], size)


def _oversight(folder: Path, config: Mapping[str, Any]) -> Line:
    protocols, models = config.get("protocols"), config.get("models")
    if not isinstance(protocols, dict) or not protocols:
        raise DataError("oversight.json holds no run of oversight")
    judges = as_texts(models.get("judge", ())) if isinstance(models, dict) else ()
    asked, size = as_texts(config.get("questions")), _counted(len(protocols), "protocol")
    return Line(asked, as_texts(list(protocols)), size, PERSON in judges)


def _research(folder: Path, config: Mapping[str, Any]) -> Line:
    held = config.get("config")
    problem = held.get("problem") if isinstance(held, dict) else None
    researchers = as_texts(config.get("researchers", ()))
    if not isinstance(problem, dict) or not researchers:
        raise DataError("research.json holds no research")
    budget = held.get("budget")
    each = as_number(budget.get("each")) if isinstance(budget, dict) else None
    size = _counted(len(researchers), "researcher")
    size += "" if each is None else f", {_counted(int(each), 'method')} each"
    return Line(as_texts(problem.get("climb", problem.get("kind", ""))), researchers, size)


def _game(folder: Path, config: Mapping[str, Any]) -> Line:
    if not isinstance(config.get("game"), str):
        raise DataError("game.json holds no game")
    given = config.get("arguments")
    size = _counted(len(given) if isinstance(given, dict) else 0, "argument")
    return Line((), as_texts(config["game"]), size)


def _referee(folder: Path, config: Mapping[str, Any]) -> Line:
    """A research that is served has no file of its own beside the ledger."""
    counts = _ledger_counts(folder / "ledger.sqlite")
    size = _counted(counts.get("submission", 0), "submission")
    return Line((), (), size, "verdicts" not in counts)


SAYS: dict[str, Callable[[Path, Mapping[str, Any]], Line]] = {
    "study": _study,
    "oversight": _oversight,
    "research": _research,
    "game": _game,
    "referee": _referee,
}
"""What a run of each kind says of itself; DataError where it says nothing that can be read."""


def count_lines(folder: Path, name: str) -> int:
    """How many lines a JSONL file has, whose first and last are looked at; 0 without the file."""
    if stamp(folder, name) is None:
        if os.path.lexists(folder / name):
            raise DataError(f"{name} is no plain file")
        return 0
    content = read_bytes(folder, name)
    lines = content.count(b"\n")
    head, tail = content[: content.find(b"\n")], content[content.rfind(b"\n", 0, -1) + 1 :]
    for line in (head, tail):
        if not (line.lstrip().startswith(b"{") and line.rstrip().endswith(b"}")):
            raise DataError(f"{name} was cut short, or is damaged")
    return lines


def _ledger_counts(path: Path) -> dict[str, int]:
    """How many entries of each kind a ledger has, read without checking them.

    Raises:
        DataError: it is no ledger that can be read.
    """
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=1)
        try:
            return dict(connection.execute("SELECT kind, count(*) FROM entries GROUP BY kind"))
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeError, ValueError) as error:
        raise DataError(f"{path.name} cannot be read ({as_text(str(error), 200)})") from None


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
