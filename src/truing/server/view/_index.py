"""Index: the runs below some folders, each read once, and again only when its files change."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from truing.runs import GAME, LEDGER_FILES, OVERSIGHT, REFEREE, RESEARCH, WATCHED, as_text, stamp
from truing.server.view._summary import Stamps, Summary, summarize

DEEPEST = 6  # folders in each other that are looked into
MOST = 50_000  # folders that are looked into
FRESH = 0.8  # seconds for which a look holds
WITHIN = {kind.configuration for kind in (OVERSIGHT, RESEARCH, GAME, REFEREE)}
"""What is in the folders of such runs belongs to them, and is no run of its own."""


class Index:
    """The runs below folders. Links are not followed, and what is no run is left out.

    Args:
        roots: the folders; one that is not there yet holds nothing.

    Attributes:
        cut: there were more folders than are looked into.
    """

    def __init__(self, roots: Sequence[Path]):
        self.roots = tuple(dict.fromkeys(Path(os.path.abspath(root)) for root in roots))
        self.cut = False
        self._known: dict[str, Summary] = {}
        self._stamps: dict[str, Stamps] = {}
        self._looked = -FRESH
        self._lock = threading.Lock()

    def runs(self) -> list[Summary]:
        """All runs, the one that changed last first."""
        with self._lock:
            if time.monotonic() - self._looked >= FRESH:
                found = {one.id: one for one in self._look()}
                self._known, self._looked = found, time.monotonic()
            return sorted(self._known.values(), key=lambda one: (-one.changed, one.name))

    def find(self, id: str) -> Summary | None:
        """The run of an id; None where there is none."""
        return next((one for one in self.runs() if one.id == id), None)

    def _look(self) -> Iterator[Summary]:
        looked = 0
        self.cut = False
        for root in self.roots:
            waiting = [(root, 0)]
            while waiting:
                if looked == MOST:
                    self.cut = True
                    return
                looked += 1
                folder, depth = waiting.pop()
                there, within = _look_into(folder)
                if there and (run := self._summary(root, folder, there)):
                    yield run
                if depth < DEEPEST and not there.keys() & WITHIN:
                    waiting += [(folder / name, depth + 1) for name in within]

    def _summary(self, root: Path, folder: Path, there: Stamps) -> Summary | None:
        """As it is known, unless a file of it changed or somebody may be at work in it."""
        id = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        known = self._known.get(id)
        if known and self._stamps[id] == there and known.status != "running":
            return known
        self._stamps[id] = there
        below = os.fsencode(os.path.relpath(folder, root.parent)).decode(errors="replace")
        return summarize(id, folder, as_text(below, 400), there)


def _look_into(folder: Path) -> tuple[Stamps, list[str]]:
    """What a folder holds of a run, and the folders in it; nothing of one that is shut."""
    there: Stamps = {}
    within: list[str] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in WATCHED and entry.is_file(follow_symlinks=False):
                held = entry.stat(follow_symlinks=False)
                there[entry.name] = (held.st_mtime_ns, held.st_size)
            elif entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                within.append(entry.name)
    if RESEARCH.configuration in there:  # its researchers' ledgers are a part of it
        inner = (f"{one}/{name}" for one in within for name in LEDGER_FILES)
        there |= {name: at for name in inner if (at := stamp(folder, name))}
    return there, within
