"""Run oversight protocols on questions and write the run folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from truing.lab._objects import write_objects
from truing.lab._oversight import Oversight
from truing.lab._oversight_files import read_games, read_overseen
from truing.lab._oversight_result import OversightResult
from truing.lab._rounds import Playing, Watch, rules_of
from truing.oversight import Overseen, Requests
from truing.oversight.questions import QuestionSet
from truing.oversight.stopping import Stopping
from truing.oversight.tournaments import Game, games_of
from truing.report import keep_report
from truing.runs import (
    ENVIRONMENT,
    GAMES,
    OVERSIGHT,
    PRESSURE,
    REQUESTS,
    STOPPING,
    TRANSCRIPTS,
    ClaimedFolder,
    Environment,
    OnMute,
    TaskData,
    as_json_lines,
    claim_folder,
    find_run,
    this_environment,
)


def run_oversight(
    run: Oversight,
    *,
    out: Path | str | None = None,
    name: str = "",
    overwrite: bool = False,
    requests: Requests | None = None,
    watch: Watch | None = None,
    on_mute: OnMute = "exclude",
) -> OversightResult:
    """Run protocols and write the run folder. Plays that are already recorded are not repeated.

    Args:
        run: the protocols, questions and models.
        out: the run folder; by default a folder under `runs/` in the working directory.
        name: readable name of the run.
        overwrite: replace another run in the run folder.
        requests: settings of requests to models (connections, retries, timeout).
        watch: callback for progress.
        on_mute: treatment of plays in which a speech was refused, empty or cut off: `exclude`
            leaves them out of the report, `count` counts them. All plays are recorded.

    Raises:
        UserError: a model is unknown, or the folder contains another run.
    """
    claimed = claim_folder(OVERSIGHT, run.text, run.parts, out=out, name=name, overwrite=overwrite)
    path = claimed.path
    with claimed as folder:
        write_objects(folder, run.objects)
        folder.write_json(REQUESTS, (requests or Requests()).to_json())
        kept = read_overseen(path)
        whole = len(kept.pressed) == run.candidates
        if whole and len(kept.records) == _planned(run, find_run(path).stopping):
            changed = _decide_on_mute(folder, on_mute)
            games = _write_games(folder, run, kept, on_mute) if changed else read_games(path)
            keep_report(path, changed or folder.renamed)
            return OversightResult(kept, path, on_mute, games)
        playing = Playing(run, path, requests or Requests(), on_mute)
        found = playing.play(watch)
        folder.write(TRANSCRIPTS, as_json_lines(one.to_json() for one in found.transcripts))
        if run.pressure:
            folder.write(PRESSURE, as_json_lines(one.to_json() for one in found.pressed))
        games = _write_games(folder, run, found, on_mute)
        if playing.stopping:
            folder.write_json(STOPPING, playing.stopping.to_json())
        environment = environment_of(run, on_mute)
        plays = _planned(run, playing.stopping)
        folder.write_json(ENVIRONMENT, replace(environment, plays=plays).to_json())
        folder.write(OVERSIGHT.results, as_json_lines(row.to_json() for row in found.records))
    keep_report(path, fresh=True)
    return OversightResult(found, path, on_mute, games)


def _planned(run: Oversight, stopping: Stopping | None) -> int:
    """Number of plays of a run, up to the question at which it stopped."""
    if stopping is None or not stopping.why or stopping.rule != run.stop:
        return run.plays
    return run.plays_of(len(stopping.points))


def _write_games(
    folder: ClaimedFolder, run: Oversight, found: Overseen, on_mute: OnMute
) -> tuple[Game, ...]:
    """Write and return the games of a tournament."""
    if not run.tournament:
        return ()
    counted = [row for row in found.records if on_mute == "count" or not row.mute]
    games = tuple(games_of(counted, rules_of(run)))
    folder.write(GAMES, as_json_lines(one.to_json() for one in games))
    return games


def _decide_on_mute(folder: ClaimedFolder, on_mute: OnMute) -> bool:
    """Store the treatment of mute plays in a finished run; returns whether it changed."""
    environment = find_run(folder.path).environment
    if not environment.machine or environment.on_mute == on_mute:
        return False
    folder.write_json(ENVIRONMENT, replace(environment, on_mute=on_mute).to_json())
    return True


def environment_of(run: Oversight, on_mute: OnMute = "exclude") -> Environment:
    """The environment of an oversight run: machine, question set and number of plays."""
    data = questions_data(run.loaded, run.questions)
    tasks = {run.loaded.name: data}
    return replace(this_environment(), tasks=tasks, plays=run.plays, on_mute=on_mute)


def questions_data(loaded: QuestionSet, origin: str) -> TaskData:
    """The data of a question set, with the accesses to its ground truth.

    Args:
        loaded: the questions.
        origin: name or file of the question set.
    """
    generated = ("Apache-2.0, as truing itself", "generated by truing")
    license, origin = generated if loaded.simulated else (loaded.license or None, origin)
    return TaskData(
        items=len(loaded),
        fingerprint=loaded.fingerprint,
        license=license,
        origin=origin,
        truth_seen=loaded.vault.summary(),
    )
