"""Command that repeats a run, written from the configuration in its folder."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from truing.given import is_object
from truing.runs._found import FoundRun
from truing.runs._kinds import GAME, OVERSIGHT, PERSON, RESEARCH, STUDY
from truing.runs._values import as_object, as_text, as_texts
from truing.specification import Specification

GRID = {"tasks": "--task", "weak": "--weak", "strong": "--strong", "methods": "--method"}


def repeat_command(run: FoundRun) -> str:
    """The command that repeats a run; empty if the configuration cannot be read or repeated.

    Examples:
        >>> import truing
        >>> from truing.runs import find_run, repeat_command
        >>> played = truing.run(truing.Game("prover-verifier"))
        >>> repeat_command(find_run(played.folder))
        'truing game prover-verifier --places 2 --prior 0.5 --erasure 0.0 --seed 0'
    """
    make = COMMANDS.get(run.kind.name)
    words = make(run, run.configuration) if make and run.configuration else []
    return shlex.join(["truing", *words]) if words else ""


def _study(run: FoundRun, stated: Mapping[str, Any]) -> list[str]:
    names = {option: as_texts(stated.get(field, ())) for field, option in GRID.items()}
    given = any(is_object(Specification.parse(one).name) for some in names.values() for one in some)
    seeds = stated.get("seeds", 10)
    if given or not isinstance(seeds, int) or not all(names.values()):
        return ["run", str(run.folder)]
    words = [word for option, some in names.items() for one in some for word in (option, one)]
    words += ["--seeds", str(seeds)]
    if stated.get("baseline", "pinned") != "pinned":
        words += ["--baseline", as_text(stated["baseline"], 100)]
    return ["w2s", *words, *(["--diagnostics"] if stated.get("diagnostics") else [])]


def _oversight(run: FoundRun, stated: Mapping[str, Any]) -> list[str]:
    models = {role: as_texts(some) for role, some in as_object(stated.get("models")).items()}
    judges = models.pop("judge", ())
    people = PERSON in judges
    words = ["judge" if people else "oversee"]
    for protocol in as_object(stated.get("protocols")):
        words += ["--protocol", protocol]
    words += ["--task", as_text(stated.get("questions", ""), 1000)]
    words += [word for one in judges if not people for word in ("--judge", one)]
    for role, some in models.items():
        for one in some:
            words += ["--debater", one] if role == "debater" else ["--role", f"{role}={one}"]
    if stated.get("limit") is not None:
        words += ["--limit", str(stated["limit"])]
    return [*words, *(["--swap"] if stated.get("swap") else [])]


def _research(run: FoundRun, stated: Mapping[str, Any]) -> list[str]:
    return ["research", "resume", str(run.folder)]


def _game(run: FoundRun, stated: Mapping[str, Any]) -> list[str]:
    words = ["game", as_text(stated.get("game", ""), 1000)]
    for name, value in as_object(stated.get("arguments")).items():
        words += [f"--{name.replace('_', '-')}", as_text(value)]
    return [*words, "--seed", as_text(stated.get("seed", 0))]


COMMANDS: dict[str, Callable[[FoundRun, Mapping[str, Any]], list[str]]] = {
    STUDY.name: _study,
    OVERSIGHT.name: _oversight,
    RESEARCH.name: _research,
    GAME.name: _game,
}
