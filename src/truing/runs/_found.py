"""Found run: a run folder, intact or broken, read from its files alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from truing.errors import DataError, LedgerError, UserError
from truing.json_lines import parse_lines
from truing.oversight.spending import Spending, read_spending
from truing.oversight.stopping import Stopping
from truing.research.ledger import upgrade
from truing.run_files import ENVIRONMENT, POWER, SPENDING, STOPPING
from truing.runs._about import About, read_about
from truing.runs._environment import OWN_VERSION, Environment, read_environment
from truing.runs._files import read_bytes
from truing.runs._kinds import (
    COMPARISON,
    GAME,
    OVERSIGHT,
    RESEARCH,
    RUN_KINDS,
    STRESS,
    STUDY,
    RunKind,
)
from truing.runs._state import RunState, judged_by_people, read_state
from truing.runs._values import clean
from truing.stress import PowerRow, StressRow
from truing.students import HEADS
from truing.studies import Row, with_verdict

R = TypeVar("R")
REPORTED = (STUDY, OVERSIGHT, RESEARCH, GAME, STRESS)
"""Kinds of run that are recognized by their results if the configuration is missing."""


@dataclass
class FoundRun:
    """A run folder. Its content is not trusted; warnings name everything that cannot be read.

    Attributes:
        folder: the folder.
        kind: the kind of run.
        warnings: sentences on parts that are broken, missing or newer than this version.
    """

    folder: Path
    kind: RunKind
    warnings: list[str] = field(default_factory=list)

    @property
    def state(self) -> RunState:
        """State of the run: finished, running, failed, unreadable and so on."""
        return read_state(self.folder, self.kind)

    @cached_property
    def about(self) -> About:
        """Name and start of the run."""
        return read_about(self.folder, self.kind)

    @cached_property
    def configuration(self) -> dict[str, Any]:
        """The configuration with the field names of this version; empty if it cannot be read."""
        found = self._object(self.kind.configuration)
        return upgrade(found) if self.kind is RESEARCH else found

    @property
    def judged_by_people(self) -> bool:
        """Whether people are the judges of an oversight run."""
        return self.kind is OVERSIGHT and judged_by_people(self.configuration)

    @cached_property
    def environment(self) -> Environment:
        """Machine, data and work of the run."""
        found = read_environment(self._object(ENVIRONMENT))
        if found.newer:
            self.warnings.append(
                f"The run was made by truing {found.newer}, this page by {OWN_VERSION}, which may "
                "not show everything. Make the page again with the newer version: truing report "
                f"{self.folder}."
            )
        return found

    @cached_property
    def results(self) -> dict[str, Any]:
        """The results of a research run or a game, which are one JSON object."""
        return self._object(self.kind.results)

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of a study."""
        from pydantic import TypeAdapter, ValidationError

        reader, known = TypeAdapter(Row), {one.name for one in fields(Row)}
        found, unknown, unread = [], set(), []
        for number, value in self.lines:
            try:
                if isinstance(value, dict):
                    value = {"regime": HEADS, **value}
                found.append(with_verdict(reader.validate_python(value)))
                unknown |= value.keys() - known
            except (ValidationError, TypeError) as error:
                unread.append(f"{number} ({_first(error)})")
        if unread:
            self.warnings.append(
                f"{self.kind.results}: left out because they cannot be read: line "
                f"{', '.join(unread[:5])}{' and others' if len(unread) > 5 else ''}."
            )
        if unknown:
            self.warnings.append(
                f"{self.kind.results} contains fields that this version does not know and does not "
                f"show: {', '.join(sorted(unknown)[:10])}."
            )
        return found

    @cached_property
    def detections(self) -> list[StressRow]:
        """The rows of a stress test."""
        return list(self._parsed(self.kind.results, self.lines, StressRow.from_json))

    @cached_property
    def power_card(self) -> list[PowerRow]:
        """The power card of a stress test; empty without its results."""
        if not self.detections:
            return []
        return list(self._parsed(POWER, self._lines(POWER), PowerRow.from_json))

    @cached_property
    def spending(self) -> Spending | None:
        """What the calls of an oversight run cost; None without calls that cost money."""
        if not (self.folder / SPENDING).exists():
            return None
        try:
            content = read_bytes(self.folder, SPENDING, most=None, follow_links=True)
            found = read_spending(content)
        except (DataError, LedgerError) as error:
            self.warnings.append(f"{SPENDING} cannot be read: {error}.")
            return None
        return found if found.last else None

    @cached_property
    def stopping(self) -> Stopping | None:
        """The confidence sequence of an oversight run that may stop; None without one."""
        if not (self.folder / STOPPING).exists():
            return None
        try:
            return Stopping.from_json(self._object(STOPPING))
        except (KeyError, TypeError, ValueError):
            self.warnings.append(f"{STOPPING} is damaged.")
            return None

    @cached_property
    def lines(self) -> list[tuple[int, Any]]:
        """The JSON values of the results, one per line, with the line number."""
        return self._lines(self.kind.results)

    def _parsed(
        self, name: str, lines: list[tuple[int, Any]], read: Callable[[dict[str, Any]], R]
    ) -> Iterator[R]:
        """Read rows; warn of those that cannot be read."""
        for number, value in lines:
            try:
                if not isinstance(value, dict):
                    raise DataError("not a JSON object")
                yield read(value)
            except DataError as error:
                self.warnings.append(f"{name}, line {number}: {error}; left out.")

    def _lines(self, name: str) -> list[tuple[int, Any]]:
        """The JSON values of a file, one per line, with the line number."""
        text = self._text(name)
        found = []
        for line in parse_lines(text or "", allow_nan=False):
            try:
                if line.error:
                    raise line.error
                found.append((line.number, clean(line.value)))
            except (ValueError, RecursionError):
                self.warnings.append(
                    f"{name}: line {line.number} is not JSON; it may have been cut off."
                )
        if text == "":
            self.warnings.append(f"{name} is empty.")
        return found

    def _object(self, name: str) -> dict[str, Any]:
        text = self._text(name)
        if text is None:
            return {}
        try:
            value = clean(_parse(text))
        except (ValueError, RecursionError) as error:
            self.warnings.append(f"{name} cannot be read: {clean(str(error))}.")
            return {}
        if not isinstance(value, dict):
            self.warnings.append(f"{name} is not a JSON object.")
            return {}
        return value

    def _text(self, name: str) -> str | None:
        """The text of a file; None and a warning if it cannot be read."""
        if not (self.folder / name).exists():
            unfinished = ": the run is not finished, or was cut short; run it again to continue it"
            why = unfinished if name == self.kind.results else ""
            self.warnings.append(f"{name} is missing{why}.")
            return None
        try:
            content = read_bytes(self.folder, name, most=None, follow_links=True)
        except DataError as error:
            self.warnings.append(f"{error}.")
            return None
        return content.decode(errors="replace")


def find_run(folder: Path | str) -> FoundRun:
    """Find the run in a folder.

    Raises:
        UserError: the folder does not exist, or contains no run.

    Examples:
        >>> import truing
        >>> from truing.runs import find_run
        >>> played = truing.run(truing.Game("prover-verifier"))
        >>> found = find_run(played.folder)
        >>> found.kind.name, found.state.status
        ('game', 'finished')
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"{folder} does not exist or is not a folder; name a run folder")
    for kind, name in _signs():
        if (folder / name).is_file():
            return FoundRun(folder, kind)
    names = ", ".join(kind.configuration for kind in REPORTED)
    raise UserError(f"{folder} contains no run; a run folder contains one of {names}")


def _signs() -> Iterator[tuple[RunKind, str]]:
    """Files that identify a kind of run: configurations first, then results."""
    yield from ((kind, kind.configuration) for kind in REPORTED)
    yield from ((kind, kind.results) for kind in REPORTED)
    yield from ((kind, kind.configuration) for kind in (*RUN_KINDS, COMPARISON))


def _parse(text: str) -> Any:
    """Parse JSON without NaN and infinities, which truing never writes."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not a number")


def _first(error: Exception) -> str:
    """Place and text of the first error that pydantic found in a row."""
    listed: list[dict[str, Any]] = getattr(error, "errors", list)()
    if not listed:
        return "not a row"
    place = ".".join(str(part) for part in listed[0]["loc"])
    return f"{place}: {listed[0]['msg'].lower()}" if place else "not a row"
