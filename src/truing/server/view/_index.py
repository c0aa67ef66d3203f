"""Index of the runs below some folders. Each run is read once, and again if its files change."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from truing.runs import (
    ABOUT,
    GAME,
    KINDS,
    LEDGER_FILES,
    OVERSIGHT,
    REFEREE,
    RESEARCH,
    STRESS,
    WATCHED,
    as_text,
    labeled,
    read_about,
    stamp,
)
from truing.server.view._headline import FINISHED, NONE, HeadlineStore
from truing.server.view._summary import Stamps, Summary, summarize

DEEPEST = 6  # levels of folders that are searched
MOST = 50_000  # folders that are searched
FRESH = 0.8  # seconds for which the result of a search is reused
PATIENCE = 0.2  # seconds of a search for new headlines; the others are left to the next search
WITHIN = {kind.configuration for kind in (OVERSIGHT, RESEARCH, GAME, STRESS, REFEREE)}
"""Configuration files of runs whose inner folders are a part of the run, and no separate runs."""


class Index:
    """The runs below some folders. Symbolic links are not followed.

    Args:
        roots: the folders; a folder that does not exist yet contains no runs.
        headlines: headlines that were computed before; by default in the user's store.

    Attributes:
        cut: whether there were more folders than MOST, so that some were not searched.
    """

    def __init__(self, roots: Sequence[Path], headlines: HeadlineStore | None = None):
        self.roots = tuple(dict.fromkeys(Path(os.path.abspath(root)) for root in roots))
        self.cut = False
        self._headlines = headlines or HeadlineStore()
        self._known: dict[str, Summary] = {}
        self._stamps: dict[str, Stamps] = {}
        self._searched_at = -FRESH
        self._lock = threading.Lock()

    def runs(self, patience: float = PATIENCE) -> list[Summary]:
        """All runs, latest change first.

        Args:
            patience: seconds for headlines that are not stored; the runs whose headlines take
                longer have none yet.
        """
        with self._lock:
            if time.monotonic() - self._searched_at >= FRESH:
                found = {one.id: one for one in self._search()}
                self._known = self._with_headlines(found, time.monotonic() + patience)
                self._searched_at = time.monotonic()
            return sorted(self._known.values(), key=lambda one: (-one.changed, one.name))

    def outdate(self) -> None:
        """Search again at the next request, because a file was changed."""
        with self._lock:
            self._searched_at = -FRESH

    def find(self, id: str) -> Summary | None:
        """The run with this id; None if there is none."""
        return next((one for one in self.runs() if one.id == id), None)

    def _search(self) -> Iterator[Summary]:
        searched = 0
        self.cut = False
        for root in self.roots:
            waiting = [(root, 0)]
            while waiting:
                if searched == MOST:
                    self.cut = True
                    return
                searched += 1
                folder, depth = waiting.pop()
                there, within = _read_folder(folder)
                if there and (run := self._summary(root, folder, there)):
                    yield run
                if depth < DEEPEST and not there.keys() & WITHIN:
                    waiting += [(folder / name, depth + 1) for name in within]

    def _with_headlines(self, runs: dict[str, Summary], until: float) -> dict[str, Summary]:
        """The runs with their headlines: those of newer runs first, until a time."""
        missing = [one for one in runs.values() if one.headline is None]
        for run in sorted(missing, key=lambda one: -one.changed):
            headline = self._headlines.stored(run) if run.status in FINISHED else NONE
            if headline is None and time.monotonic() < until:
                headline = self._headlines.computed(run)
            runs[run.id] = replace(run, headline=headline)
        return runs

    def _summary(self, root: Path, folder: Path, there: Stamps) -> Summary | None:
        """Summary of a run; reused unless a file of the run changed or the run is in progress."""
        id = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        known = self._known.get(id)
        if known and self._stamps[id] == there and known.status != "running":
            return known
        self._stamps[id] = there
        below = os.fsencode(os.path.relpath(folder, root.parent)).decode(errors="replace")
        found = summarize(id, folder, as_text(below, 400), there)
        if found is None or ABOUT not in there:
            return found
        return replace(found, name=labeled(found.name, read_about(folder, KINDS[found.kind]).name))


def _read_folder(folder: Path) -> tuple[Stamps, list[str]]:
    """Stamps of a folder's run files, and its subfolders; both empty if it is not readable."""
    there: Stamps = {}
    within: list[str] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in WATCHED and entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                there[entry.name] = (status.st_mtime_ns, status.st_size)
            elif entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                within.append(entry.name)
    if RESEARCH.configuration in there:  # the ledgers of its researchers are in subfolders
        inner = (f"{one}/{name}" for one in within for name in LEDGER_FILES)
        there |= {name: at for name in inner if (at := stamp(folder, name))}
    return there, within
