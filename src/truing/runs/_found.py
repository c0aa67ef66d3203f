"""Found run: a run folder, whole or broken, read from its own files alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from truing.errors import DataError, UserError
from truing.json_lines import parse_lines
from truing.runs._environment import OWN_VERSION, Environment, read_environment
from truing.runs._files import read_bytes
from truing.runs._kinds import (
    COMPARISON,
    ENVIRONMENT,
    GAME,
    OVERSIGHT,
    RESEARCH,
    RUN_KINDS,
    STUDY,
    RunKind,
)
from truing.runs._state import RunState, judged_by_people, read_state
from truing.runs._values import clean
from truing.students import HEADS
from truing.studies import Row, with_verdict

REPORTED = (STUDY, OVERSIGHT, RESEARCH, GAME)
"""Kinds of run that are recognized by their results where the configuration is missing."""


@dataclass
class FoundRun:
    """A run folder. Nothing in it is trusted; a warning says what cannot be read.

    Attributes:
        folder: the folder.
        kind: the kind of run.
        warnings: what is broken, missing or newer than this version, a sentence each.
    """

    folder: Path
    kind: RunKind
    warnings: list[str] = field(default_factory=list)

    @property
    def state(self) -> RunState:
        """Whether the run is finished, running, failed, or cannot be read."""
        return read_state(self.folder, self.kind)

    @cached_property
    def configuration(self) -> dict[str, Any]:
        """What was run."""
        return self._object(self.kind.configuration)

    @property
    def judged_by_people(self) -> bool:
        """Whether people are the judge, in a run of oversight."""
        return self.kind is OVERSIGHT and judged_by_people(self.configuration)

    @cached_property
    def environment(self) -> Environment:
        """The machine and the data of the run."""
        found = read_environment(self._object(ENVIRONMENT))
        if found.newer:
            self.warnings.append(
                f"The run was made by truing {found.newer}; this page by {OWN_VERSION}, which may "
                "not know all of it. Draw it again with the newer version: truing report "
                f"{self.folder}."
            )
        return found

    @cached_property
    def results(self) -> dict[str, Any]:
        """The results of a research run or a game, which are one object."""
        return self._object(self.kind.results)

    @cached_property
    def rows(self) -> list[Row]:
        """A study's rows."""
        from pydantic import TypeAdapter, ValidationError

        reader, known = TypeAdapter(Row), {one.name for one in fields(Row)}
        found, unknown, unread = [], set(), []
        for number, held in self.lines:
            try:
                if isinstance(held, dict):
                    held = {"regime": HEADS, **held}
                found.append(with_verdict(reader.validate_python(held)))
                unknown |= held.keys() - known
            except (ValidationError, TypeError) as error:
                unread.append(f"{number} ({_first(error)})")
        if unread:
            self.warnings.append(
                f"{self.kind.results}: not read, and left out: line {', '.join(unread[:5])}"
                f"{' and others' if len(unread) > 5 else ''}."
            )
        if unknown:
            self.warnings.append(
                f"{self.kind.results} holds what this version does not know and does not show: "
                f"{', '.join(sorted(unknown)[:10])}."
            )
        return found

    @cached_property
    def lines(self) -> list[tuple[int, Any]]:
        """The JSON values of the results, one for each line, with the line's number."""
        name = self.kind.results
        text = self._text(name)
        found = []
        for line in parse_lines(text or "", allow_nan=False):
            try:
                if line.error:
                    raise line.error
                found.append((line.number, clean(line.value)))
            except (ValueError, RecursionError):
                self.warnings.append(
                    f"{name}: line {line.number} is no JSON; it may have been cut off."
                )
        if text == "":
            self.warnings.append(f"{name} is empty.")
        return found

    def _object(self, name: str) -> dict[str, Any]:
        text = self._text(name)
        if text is None:
            return {}
        try:
            held = clean(_parse(text))
        except (ValueError, RecursionError) as error:
            self.warnings.append(f"{name} cannot be read: {clean(str(error))}.")
            return {}
        if not isinstance(held, dict):
            self.warnings.append(f"{name} holds no JSON object.")
            return {}
        return held

    def _text(self, name: str) -> str | None:
        """A file's text; None and a warning where there is none."""
        if not (self.folder / name).exists():
            missing = "the run is not finished, or was cut short; run it again to go on"
            why = missing if name == self.kind.results else "it is missing from the folder"
            self.warnings.append(f"There is no {name}: {why}.")
            return None
        try:
            content = read_bytes(self.folder, name, most=None, follow_links=True)
        except DataError as error:
            self.warnings.append(f"{error}.")
            return None
        return content.decode(errors="replace")


def find_run(folder: Path | str) -> FoundRun:
    """The run in a folder.

    Raises:
        UserError: it is no folder, or contains no run.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; name the folder that a run left behind")
    for kind, name in _signs():
        if (folder / name).is_file():
            return FoundRun(folder, kind)
    held = ", ".join(kind.configuration for kind in REPORTED)
    raise UserError(f"{folder} holds no run; a run folder has one of {held}")


def _signs() -> Iterator[tuple[RunKind, str]]:
    """Files by which a kind of run is recognized: configurations, then results without one."""
    yield from ((kind, kind.configuration) for kind in REPORTED)
    yield from ((kind, kind.results) for kind in REPORTED)
    yield from ((kind, kind.configuration) for kind in (*RUN_KINDS, COMPARISON))


def _parse(text: str) -> Any:
    """JSON without NaN and infinities, which are in no result of ours."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no figure")


def _first(error: Exception) -> str:
    """Where and why a row is none of ours, from pydantic's list."""
    listed: list[dict[str, Any]] = getattr(error, "errors", list)()
    if not listed:
        return "it is no row"
    place = ".".join(str(part) for part in listed[0]["loc"])
    return f"{place}: {listed[0]['msg'].lower()}" if place else "it is no row"
