"""Found run: a run folder as it lies there, whole or broken, read from its own files alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from truing.errors import UserError
from truing.json_lines import parse_lines
from truing.report.drawing import clean
from truing.studies import Row, with_verdict

HEADS = "heads on fixed features"  # the regime of rows that name none
FILES = {
    "study": "results.jsonl",
    "oversight": "judgements.jsonl",
    "research": "report.json",
    "game": "outcome.json",
}
"""What a folder may hold, told by NAME.json, and the file that its results are in."""


@dataclass
class FoundRun:
    """What a folder holds. Nothing in it is trusted; what cannot be read is told.

    Attributes:
        folder: where it lies.
        kind: study, oversight, research or game.
        warnings: what is broken, missing or newer than this version, a sentence each.
    """

    folder: Path
    kind: str
    warnings: list[str] = field(default_factory=list)

    @cached_property
    def stated(self) -> dict[str, Any]:
        """What was run."""
        return self._object(f"{self.kind}.json")

    @cached_property
    def environment(self) -> dict[str, Any]:
        """What it ran on, and what its data were."""
        found = self._object("environment.json")
        made, own = found.get("truing"), version("truing")
        if isinstance(made, str) and _numbers(made) > _numbers(own):
            self.warnings.append(
                f"The run was made by truing {made}; this page by {own}, which may not know all of "
                f"it. Draw it again with the newer version: truing report {self.folder}."
            )
        return found

    @cached_property
    def results(self) -> dict[str, Any]:
        """The results of a research or a game, which are one object."""
        return self._object(FILES[self.kind])

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
                f"{FILES[self.kind]}: not read, and left out: line {', '.join(unread[:5])}"
                f"{' and others' if len(unread) > 5 else ''}."
            )
        if unknown:
            self.warnings.append(
                "results.jsonl holds what this version does not know and does not show: "
                f"{', '.join(sorted(unknown)[:10])}."
            )
        return found

    @cached_property
    def lines(self) -> list[tuple[int, Any]]:
        """The JSON values of a file of results, a line each, with their numbers."""
        name = FILES[self.kind]
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
        """A file's text; None where there is none, which is told."""
        try:
            return (self.folder / name).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            missing = "the run is not finished, or was cut short; run it again to go on"
            why = missing if name == FILES[self.kind] else "it is missing from the folder"
            self.warnings.append(f"There is no {name}: {why}.")
        except OSError as error:
            self.warnings.append(f"{name} cannot be read: {error.strerror}.")
        return None


def find_run(folder: Path | str) -> FoundRun:
    """The run that a folder holds.

    Raises:
        UserError: it is no folder, or holds no run.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; name the folder that a run left behind")
    for named in (lambda kind: f"{kind}.json", FILES.__getitem__):
        for kind in FILES:
            if (folder / _name(named, kind)).is_file():
                return FoundRun(folder, kind)
    held = ", ".join(f"{kind}.json" for kind in FILES)
    raise UserError(f"{folder} holds no run; a run folder has one of {held}")


def _name(named: Callable[[str], str], kind: str) -> str:
    return named(kind)


def _parse(text: str) -> Any:
    """JSON without NaN and infinities, which no figure of ours is."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no figure")


def _first(error: Exception) -> str:
    """Where and why a row is none of ours, from pydantic's list."""
    listed = getattr(error, "errors", lambda: [])()
    if not listed:
        return "it is no row"
    place = ".".join(str(part) for part in listed[0]["loc"])
    return f"{place}: {listed[0]['msg'].lower()}" if place else "it is no row"


def _numbers(stated: str) -> tuple[int, ...]:
    return tuple(int(one) for one in re.findall(r"\d{1,9}", stated)[:3])
