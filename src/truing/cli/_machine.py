"""Facts about this machine that decide what truing can do here, found without heavy imports."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from truing.places import store_location

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FOR_DEVELOPERS = ("test", "docs")  # extras that users do not need
LONGEST = 1.0  # seconds for counting the files of the store
REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)")
NVIDIA_SECONDS = 5.0  # seconds to wait for the answer
NVIDIA = ("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader")


@dataclass(frozen=True)
class StoreState:
    """The store of computed results.

    Attributes:
        location: folder or URL.
        entries, bytes: number and size of its files; None for a URL.
        complete: whether all files were counted within a second.
        writable: whether this user can write to it; None for a URL, which is not contacted.
    """

    location: str
    entries: int | None
    bytes: int | None
    complete: bool
    writable: bool | None


@dataclass(frozen=True)
class Machine:
    """What `truing doctor` shows.

    Attributes:
        truing, python, platform: versions.
        cores: number of cores that this process may use.
        memory: bytes of memory; None if the system does not state it.
        missing: required packages that are not installed.
        extras: packages that are missing, by extra; empty if the extra is installed.
        gpus: names and memory of the NVIDIA GPUs.
        torch: version of PyTorch, and the CUDA version for which it was built; None without it.
        store: the store of computed results.
        isolation: strongest isolation level for submitted code; empty if there is none.
        isolation_problem: reason why the level is not `sealed`; else empty.
        browser: path of Chromium or Chrome; None if there is none.
    """

    truing: str
    python: str
    platform: str
    cores: int
    memory: int | None
    missing: Sequence[str]
    extras: Mapping[str, Sequence[str]]
    gpus: Sequence[str]
    torch: str | None
    store: StoreState
    isolation: str
    isolation_problem: str
    browser: str | None

    @property
    def usable(self) -> bool:
        """Whether studies can run: all required packages, and a store that is writable."""
        return not self.missing and self.store.writable is not False

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values, and whether truing is usable."""
        return {**asdict(self), "usable": self.usable}


def inspect_machine() -> Machine:
    """Find the facts about this machine; the time is below two seconds."""
    level, problem = _isolation()
    return Machine(
        version("truing"),
        platform.python_version(),
        platform.platform(),
        _cores(),
        _memory(),
        _missing(None),
        {one: _missing(one) for one in _extras()},
        _gpus(),
        _torch(),
        _store(),
        level,
        problem,
        next(filter(None, map(shutil.which, BROWSERS)), None),
    )


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _extras() -> list[str]:
    listed = metadata("truing").get_all("Provides-Extra") or []
    return [one for one in listed if one not in FOR_DEVELOPERS]


def _missing(extra: str | None) -> list[str]:
    """Packages of an extra, or required packages, that are not installed."""
    found = []
    for one in requires("truing") or []:
        needed, _, marker = one.partition(";")
        of_extra = re.search(r"extra == ['\"]([^'\"]+)['\"]", marker)
        name = REQUIREMENT.match(needed.strip())
        if name and (of_extra[1] if of_extra else None) == extra and not _installed(name["name"]):
            found.append(name["name"])
    return found


def _installed(package: str) -> bool:
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


def _gpus() -> list[str]:
    try:
        done = subprocess.run(NVIDIA, capture_output=True, text=True, timeout=NVIDIA_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.strip().splitlines() if done.returncode == 0 else []


def _torch() -> str | None:
    """Version of PyTorch and of its CUDA, read from its file because importing it is slow."""
    found = find_spec("torch")
    if found is None or not found.origin:
        return None
    try:
        text = (Path(found.origin).parent / "version.py").read_text()
    except OSError:
        return version("torch")
    cuda = re.search(r"^cuda.*= '([\d.]+)'", text, re.MULTILINE)
    return f"{version('torch')} ({f'CUDA {cuda[1]}' if cuda else 'no CUDA'})"


def _store() -> StoreState:
    location = str(store_location())
    if "://" in location:
        return StoreState(location, None, None, True, None)
    entries = size = 0
    began, complete = time.monotonic(), True
    for folder, _, names in os.walk(location):
        if time.monotonic() - began > LONGEST:
            complete = False
            break
        for name in names:
            entries += 1
            size += os.lstat(os.path.join(folder, name)).st_size
    return StoreState(location, entries, size, complete, _writable(Path(location)))


def _writable(folder: Path) -> bool:
    """Whether a folder, or the nearest folder above it that exists, can be written to."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    return there.is_dir() and os.access(there, os.W_OK)


def _isolation() -> tuple[str, str]:
    """Strongest isolation level of this machine, and why it is not the strongest of all."""
    if not sys.platform.startswith("linux"):
        return "", "isolation needs Linux"
    from truing.errors import IsolationError
    from truing.research.isolation import LEVELS, choose_level, recorded_name

    problem = ""
    for name in LEVELS:
        try:
            return recorded_name(choose_level(name)), problem
        except IsolationError as error:
            problem = problem or str(error).partition(";")[0]
    return "", problem
