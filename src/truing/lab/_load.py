"""`load`: read the result of a finished run from its run folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from truing.calls import checked
from truing.errors import UserError
from truing.lab._oversight_files import read_games, read_overseen
from truing.lab._oversight_result import OversightResult
from truing.lab._played_game import PlayedGame
from truing.lab._research_report import report_ledger
from truing.lab._research_result import ResearchResult
from truing.lab._result import Result
from truing.lab._stress_result import StressResult
from truing.oversight.games import Outcome, Published, SampledValue
from truing.runs import GAME, OVERSIGHT, RESEARCH, STRESS, STUDY, FoundRun, find_run, ledger_of
from truing.studies import Work


@checked
def load(
    folder: Path | str,
) -> Result | OversightResult | ResearchResult | PlayedGame | StressResult:
    """Read the result of a finished run, the same object that `run` returned.

    Args:
        folder: the run folder.

    Raises:
        UserError: the folder contains no finished run.

    Examples:
        >>> import truing
        >>> study = truing.Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive")
        >>> result = truing.run(study, out="runs/example")
        >>> truing.load("runs/example").rows == result.rows
        True
    """
    if not isinstance(folder, str | Path):
        raise UserError(f"folder must be the path of a run folder, got {folder!r}")
    found = find_run(folder)
    state = found.state
    if state.status != "finished":
        raise UserError(f"{folder} contains no finished run ({state.why or state.status})")
    if found.kind.name not in LOADERS:
        kinds = ", ".join(LOADERS)
        raise UserError(f"{folder} contains a run of kind {found.kind.name}; load takes {kinds}")
    return LOADERS[found.kind.name](found)


def _study(found: FoundRun) -> Result:
    return Result(tuple(found.rows), _stored_work(found), found.folder)


def _stress(found: FoundRun) -> StressResult:
    rows, card = tuple(found.detections), tuple(found.power_card)
    return StressResult(rows, card, _stored_work(found), found.folder)


def _stored_work(found: FoundRun) -> Work:
    work: dict[str, Any] = {
        one.name: found.environment.work.get(one.name, 0) for one in fields(Work)
    }
    return Work(**work)


def _oversight(found: FoundRun) -> OversightResult:
    on_mute = found.environment.on_mute
    folder = found.folder
    return OversightResult(read_overseen(folder), folder, on_mute, read_games(folder))


def _research(found: FoundRun) -> ResearchResult:
    reports = {name: report_ledger(ledger_of(found.folder, name)) for name in found.results}
    return ResearchResult(reports, found.folder, bool(found.environment.simulated))


def _game(found: FoundRun) -> PlayedGame:
    stated = found.results
    about = {*GAME.fields, "published", "notes"}
    values = {name: _values(one) for name, one in stated.items() if name not in about}
    published = tuple(Published.from_json(one) for one in stated.get("published", ()))
    return PlayedGame(Outcome(values, published, tuple(stated["notes"])), stated, found.folder)


def _values(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if value.keys() == {one.name for one in fields(SampledValue)}:
        return SampledValue(**value)
    return {name: _values(one) for name, one in value.items()}


LOADERS: dict[str, Callable[[FoundRun], Any]] = {
    STUDY.name: _study,
    OVERSIGHT.name: _oversight,
    RESEARCH.name: _research,
    GAME.name: _game,
    STRESS.name: _stress,
}
