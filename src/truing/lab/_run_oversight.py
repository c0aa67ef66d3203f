"""Run oversight protocols on questions and write the run folder."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from truing.errors import DataError
from truing.json_lines import parse_lines
from truing.lab._objects import write_objects
from truing.lab._oversight import Oversight
from truing.lab._oversight_result import OversightResult
from truing.oversight import JudgementRow, Overseen, PlayTranscript, Requests, read_judgements
from truing.oversight.pressure import PressureRow, read_pressure
from truing.oversight.protocols import PROTOCOLS
from truing.oversight.questions import QuestionSet
from truing.oversight.spending import Budget, open_budget
from truing.oversight.stopping import Stopping
from truing.oversight.tournaments import Game, games_of
from truing.report import keep_report
from truing.runs import (
    ENVIRONMENT,
    GAMES,
    LOGS,
    OVERSIGHT,
    PRESSURE,
    PRESSURE_LOGS,
    REQUESTS,
    SPENDING,
    STOPPING,
    TRANSCRIPTS,
    ClaimedFolder,
    Environment,
    Live,
    OnMute,
    PartialResults,
    TaskData,
    as_json_lines,
    claim_folder,
    find_run,
    this_environment,
)
from truing.studies import Store

Watch = Callable[[str, int, int], None]
"""Callback for progress: (protocol, plays done, total plays)."""


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
        playing = _Playing(run, path, requests or Requests(), on_mute)
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


@dataclass
class _Playing:
    """The rounds of a run in progress; the verdicts so far are in the run folder meanwhile."""

    run: Oversight
    path: Path
    requests: Requests
    on_mute: OnMute
    rows: list[JudgementRow] = field(default_factory=list)
    stopping: Stopping | None = None

    def play(self, watch: Watch | None) -> Overseen:
        """Play all rounds, or the rounds until the run stops.

        A run stops when its difference is known well enough, when its cap is reached, or, in a
        Swiss tournament, when plays failed, because later pairs depend on them.
        """
        from truing.oversight.evals import charged_to

        found = Overseen((), ())
        rules = _rules(self.run)
        with (
            self._budget() as budget,
            charged_to(budget),
            Live(self.path, watch) as live,
            PartialResults(
                self.path, lambda: [one.to_json() for one in self.rows], live
            ) as partial,
        ):
            for number in range(len(self.run.schedule.planned)):
                found += self._round(number, games_of(found.records, rules), partial)
                if found.unplayed or (found.failures and not self.run.stop):
                    break
                self.stopping = self._stop(number, found)
                if self.stopping and self.stopping.why:
                    break
            missing = self.run.plays - len(found.records) - len(found.failures)
            found = replace(found, unplayed=missing if budget and budget.stopped else 0)
            if self.run.pressed and not found.unplayed:
                found += self._press(partial)
        return replace(found, stopped=budget.stopped if budget else "")

    def _stop(self, number: int, found: Overseen) -> Stopping | None:
        """The confidence sequence after a round; None in a run that plays all questions."""
        if self.run.stop is None:
            return None
        asked = self.run.schedule.questions
        before = self.stopping or Stopping(self.run.stop, len(asked))
        rounds = self.run.schedule.planned[: number + 1]
        played = [asked[place] for one in rounds for place in one.asked]
        largest = max(Counter(one.cluster or one.id for one in asked).values())
        return before.after(played, found.records, largest, self.on_mute == "count")

    def _budget(self) -> AbstractContextManager[Budget | None]:
        """The budget of the run, with its ledger in the run folder."""
        asked = self.requests
        return open_budget(
            self.path / SPENDING,
            self.run.models,
            spend=asked.spend,
            tokens=asked.tokens,
            prices=asked.prices,
        )

    def _press(self, partial: PartialResults) -> Overseen:
        """Play all candidates of the matches under pressure."""
        from truing.oversight.evals import Watching, oversee

        run = self.run
        return oversee(
            run.pressed,
            run.loaded,
            candidates=max(run.pressure),
            asked=range(len(run.loaded.questions[: run.limit])),
            folder=self.path / PRESSURE_LOGS,
            calls=Store().folder / "calls",
            swap=run.swap,
            options=run.options,
            requests=self.requests,
            watching=Watching(partial),
        )

    def _round(self, number: int, games: list[Game], partial: PartialResults) -> Overseen:
        from truing.oversight.evals import Watching, oversee

        run, before, total = self.run, len(self.rows), self.run.plays
        part = run.schedule.round(number, games)

        def scored(row: JudgementRow) -> None:
            self.rows.append(row)
            partial.update()

        return oversee(
            part.matches,
            run.loaded,
            asked=part.asked,
            folder=self.path / LOGS,
            calls=Store().folder / "calls",
            swap=run.swap,
            options=run.options,
            requests=self.requests,
            watching=Watching(
                lambda protocol, done, _: partial(protocol, before + done, total), scored
            ),
        )


def _planned(run: Oversight, stopping: Stopping | None) -> int:
    """Number of plays of a run, up to the question at which it stopped."""
    if stopping is None or not stopping.why or stopping.rule != run.stop:
        return run.plays
    return run.plays_of(len(stopping.points))


def _pressed(path: Path) -> tuple[PressureRow, ...]:
    """The recorded candidates; empty if the file is missing or damaged."""
    try:
        return tuple(row for _, row in read_pressure(path)) if path.exists() else ()
    except DataError:
        return ()


def _rules(run: Oversight) -> dict[str, Any]:
    """The protocols by label."""
    return {label: PROTOCOLS.build(label).value for label in run.protocols}


def _write_games(
    folder: ClaimedFolder, run: Oversight, found: Overseen, on_mute: OnMute
) -> tuple[Game, ...]:
    """Write and return the games of a tournament."""
    if not run.tournament:
        return ()
    counted = [row for row in found.records if on_mute == "count" or not row.mute]
    games = tuple(games_of(counted, _rules(run)))
    folder.write(GAMES, as_json_lines(one.to_json() for one in games))
    return games


def read_requests(folder: Path) -> Requests:
    """Settings of requests of a run folder; the defaults if missing or damaged."""
    try:
        return Requests.from_json(json.loads((folder / REQUESTS).read_text()))
    except (OSError, ValueError, TypeError):
        return Requests()


def read_games(folder: Path) -> tuple[Game, ...]:
    """Games of a run folder; empty if it contains no tournament or the file is damaged."""
    try:
        return tuple(Game(**row) for row in _rows(folder / GAMES))
    except TypeError:
        return ()


def read_overseen(folder: Path) -> Overseen:
    """Read the judgements and transcripts of a run folder; empty if missing or damaged."""
    return Overseen(
        _recorded(folder / OVERSIGHT.results),
        _transcripts(folder / TRANSCRIPTS),
        pressed=_pressed(folder / PRESSURE),
    )


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


def _recorded(path: Path) -> tuple[JudgementRow, ...]:
    """The recorded judgements; empty if the file is missing or damaged."""
    try:
        return tuple(row for _, row in read_judgements(path))
    except DataError:
        return ()


def _rows(path: Path) -> tuple[dict[str, Any], ...]:
    """The objects of a JSONL file; empty if the file is missing or damaged."""
    try:
        lines = list(parse_lines(path.read_text()))
    except (OSError, ValueError):
        return ()
    return () if any(line.error for line in lines) else tuple(line.value for line in lines)


def _transcripts(path: Path) -> tuple[PlayTranscript, ...]:
    try:
        return tuple(PlayTranscript.from_json(row) for row in _rows(path))
    except ValueError:
        return ()
