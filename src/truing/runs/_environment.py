"""Environment of a run, stored as environment.json: machine, data and work."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import distributions, version
from typing import Any, Literal

from truing.runs._values import as_number, as_object, as_objects
from truing.tasks import Source

OnMute = Literal["exclude", "count"]
"""Treatment of plays in which a speech was refused, empty or cut off."""
OWN_VERSION = version("truing")
MACHINE = ("truing", "python", "platform", "processor", "cores")


@dataclass(frozen=True)
class TaskData:
    """The data of a task or a question set. A field is None if the file does not contain it.

    Attributes:
        items: number of items.
        choices: number of choices.
        chance: chance accuracy.
        fingerprint: digest of the items.
        license: license of the data.
        origin: source of the data.
        truth_seen: for each purpose, number of reads of the ground truth and number of items read.
    """

    items: int | None = None
    choices: int | None = None
    chance: float | None = None
    fingerprint: str | None = None
    license: str | None = None
    origin: str | None = None
    truth_seen: Mapping[str, Mapping[str, int]] | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields that are not None, as JSON values."""
        stated = {
            "items": self.items,
            "choices": self.choices,
            "chance": self.chance,
            "fingerprint": self.fingerprint,
            "license": self.license,
            "origin": self.origin,
            "truth_seen_now": self.truth_seen,
        }
        return {name: value for name, value in stated.items() if value is not None}


@dataclass(frozen=True)
class Environment:
    """Environment of a run. A field is empty if the file does not contain it.

    Attributes:
        machine: version of truing and of Python, platform, processor and number of cores.
        packages: version of each installed package.
        tasks: data of each task or question set.
        work: (study) number of trainings, extractions and reused steps, and seconds.
        trainings: (study) notes on each fine-tuning.
        plays: (oversight) total number of plays of all protocols.
        on_mute: (oversight) treatment of plays with a mute speech. Version 0.1.0 does not always
            state it; the default leaves them out.
        simulated: (research) whether a program takes the place of a model as judge,
            supervisor or agent.
        planted: (stress) mark of planted systems.
    """

    machine: Mapping[str, str | int] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    tasks: Mapping[str, TaskData] = field(default_factory=dict)
    work: Mapping[str, int | float] = field(default_factory=dict)
    trainings: Sequence[Mapping[str, Any]] = ()
    plays: int | None = None
    on_mute: OnMute = "exclude"
    simulated: bool | None = None
    planted: str = ""

    @property
    def newer(self) -> str:
        """Version of truing that wrote the run if it is newer than this version; else empty."""
        written = str(self.machine.get("truing", ""))
        return written if _numbers(written) > _numbers(OWN_VERSION) else ""

    def to_json(self) -> dict[str, Any]:
        """The fields that are not None, as JSON values."""
        stated: dict[str, Any] = {**self.machine, "packages": dict(self.packages)}
        if self.tasks:
            stated["tasks"] = {name: one.to_json() for name, one in self.tasks.items()}
        if self.work:
            stated["work"] = dict(self.work)
        if self.trainings:
            stated["fine_tunings"] = [dict(one) for one in self.trainings]
        if self.plays is not None:
            stated |= {"plays": self.plays, "on_mute": self.on_mute}
        if self.simulated is not None:
            stated["simulated"] = self.simulated
        if self.planted:
            stated["planted"] = self.planted
        return stated


def this_environment() -> Environment:
    """The environment of this process: versions, platform and packages."""
    machine: dict[str, str | int] = {
        "truing": OWN_VERSION,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count() or 1,
    }
    return Environment(machine, dict(_packages()))


@cache
def _packages() -> tuple[tuple[str, str], ...]:
    """Name and version of each installed package, cached because reading them takes 0.2 s."""
    found = (one.metadata for one in distributions())
    return tuple(sorted(((one["Name"], one["Version"]) for one in found), key=_lower))


def _lower(package: tuple[str, str]) -> str:
    return package[0].lower()


def data_of(source: Source, truth_seen: Mapping[str, Mapping[str, int]] | None = None) -> TaskData:
    """The data of a task."""
    return TaskData(
        len(source.task),
        len(source.task.choices),
        source.task.chance_accuracy,
        source.task.fingerprint,
        source.task.license,
        source.origin,
        truth_seen,
    )


def read_environment(stated: Mapping[str, Any]) -> Environment:
    """Read an environment from a JSON object; values of a wrong type are ignored."""
    simulated = stated.get("simulated")
    work = as_object(stated.get("work"))
    return Environment(
        {name: stated[name] for name in MACHINE if isinstance(stated.get(name), str | int)},
        {str(name): str(one) for name, one in as_object(stated.get("packages")).items()},
        {str(name): _read_data(as_object(one)) for name, one in _items(stated.get("tasks"))},
        {str(name): one for name, one in work.items() if as_number(one) is not None},
        tuple(as_objects(stated.get("fine_tunings", stated.get("fine-tunings")))),
        _integer(stated.get("plays")),
        "count" if stated.get("on_mute") == "count" else "exclude",
        simulated if isinstance(simulated, bool) else None,
        _text(stated.get("planted")) or "",
    )


def _read_data(stated: Mapping[str, Any]) -> TaskData:
    seen = stated.get("truth_seen_now", stated.get("truth seen now"))  # 0.1.0
    return TaskData(
        _integer(stated.get("items")),
        _integer(stated.get("choices")),
        as_number(stated.get("chance")),
        _text(stated.get("fingerprint")),
        _text(stated.get("license", stated.get("licence"))),  # the key of 0.1.0
        _text(stated.get("origin")),
        {str(purpose): _counts(one) for purpose, one in _items(seen)}
        if isinstance(seen, dict)
        else None,
    )


def _counts(stated: Any) -> dict[str, int]:
    return {str(name): one for name, one in _items(stated) if _integer(one) is not None}


def _items(value: Any) -> list[tuple[Any, Any]]:
    return list(as_object(value).items())


def _integer(value: Any) -> int | None:
    return value if type(value) is int else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _numbers(stated: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d{1,9}", stated, re.ASCII)[:3]]
