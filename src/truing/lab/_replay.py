"""Replay: a run folder from the logs of protocols, with the recorded verdicts or another judge."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from truing.calls import checked
from truing.errors import UserError
from truing.given import GivenObject, find, find_in_folder, found_by, is_object
from truing.lab._objects import write_objects
from truing.lab._oversight import code_of_plays
from truing.lab._oversight_result import OversightResult
from truing.lab._roles import give_cast, models_as_stated
from truing.oversight import PROMPTS_VERSION, Cast, Overseen, PlayOptions, Requests, VerdictForm
from truing.oversight.logs import PlayLog, find_logs, open_plays, read_plays
from truing.report import keep_report
from truing.runs import (
    ENVIRONMENT,
    LOGS,
    OVERSIGHT,
    REQUESTS,
    TRANSCRIPTS,
    Environment,
    Live,
    OnMute,
    TaskData,
    as_json,
    as_json_lines,
    claim_folder,
    find_run,
    this_environment,
)
from truing.studies import Store

if TYPE_CHECKING:
    from truing.lab._roles import Models, Panels

Paths = str | Path | Sequence[str | Path]


@dataclass(frozen=True, init=False)
class Replay:
    """Recorded plays of oversight protocols, from the logs of `truing oversee` or of Inspect.

    Without a judge, the recorded verdicts are read again and no request is sent. With a judge, it
    reads the recorded transcripts, and only its verdicts are requested.

    Args:
        logs: files, folders, patterns or URLs of logs of protocols, written by any version.
        judge: model that judges the recorded transcripts; several judge one after the other.
        panel: a panel that judges the recorded transcripts, as in `Oversight`.
        verdict: form of the new verdicts: `text` or `logprobs`.
        prompts: folder of prompt templates for the new verdicts; empty for the shipped prompts.
        sandbox: Inspect's sandbox for the judge's tool `python`: `docker` or `local`.

    Attributes:
        logs: paths of the logs.
        cast: the judges; none if the recorded verdicts are read.
        options: settings of the new verdicts.
        opened: the logs.

    Raises:
        UserError: a path contains no log of a protocol, or a model is unknown.

    Examples:
        >>> import truing
        >>> truing.Replay("missing.eval")
        Traceback (most recent call last):
        truing.errors.UserError: no log at 'missing.eval'; name a file, a folder or a pattern ...
    """

    logs: tuple[str, ...]
    cast: Cast
    options: PlayOptions
    opened: tuple[PlayLog, ...] = field(repr=False, compare=False)

    @checked
    def __init__(
        self,
        logs: Paths,
        *,
        judge: Models | None = None,
        panel: Panels | None = None,
        verdict: VerdictForm = "text",
        prompts: str = "",
        sandbox: str = "",
    ) -> None:
        given = [logs] if isinstance(logs, str | Path) else list(logs)
        if not given:
            raise UserError("no log is named; name files, folders or patterns like 'logs/*.eval'")
        paths = [one if "://" in one else str(Path(one).resolve()) for one in find_logs(given)]
        cast = give_cast(judge, panel, None, {})
        how = {"verdict": verdict != "text", "prompts": bool(prompts), "sandbox": bool(sandbox)}
        if any(how.values()) and not cast.judges:
            raise UserError(
                f"{next(one for one, stated in how.items() if stated)} applies to a new judge, but "
                "this replay has none; name one with --judge or --panel (in Python: judge, panel)"
            )
        opened = sorted(map(open_plays, paths), key=lambda one: (one.created, one.match))
        self.__dict__.update(
            logs=tuple(one.path for one in opened),
            cast=cast,
            options=PlayOptions(verdict=verdict, prompts=prompts, sandbox=sandbox),
            opened=tuple(opened),
        )

    @property
    def protocols(self) -> tuple[str, ...]:
        """Labels of the recorded protocols."""
        return tuple(dict.fromkeys(one.protocol for one in self.opened))

    @property
    def fingerprint(self) -> str | None:
        """Digest of the question set; None if the logs state none or several."""
        found = {one.fingerprint for one in self.opened}
        return (found.pop() or None) if len(found) == 1 else None

    @property
    def models(self) -> dict[str, tuple[str, ...]]:
        """Specifications of the new judges' models by role."""
        return self.cast.models

    @property
    def objects(self) -> list[GivenObject]:
        """The given models."""
        return [find(one) for names in self.models.values() for one in names if is_object(one)]

    @cached_property
    def text(self) -> str:
        """The configuration as JSON, with the digest of each log."""
        new = {"play": self.options.to_json(), "prompts": PROMPTS_VERSION, "code": code_of_plays()}
        return as_json(
            {
                "replay": {path: _digest(path) for path in self.logs},
                "protocols": dict.fromkeys(self.protocols, "recorded"),
                "questions": list(dict.fromkeys(one.questions for one in self.opened)),
                "fingerprint": self.fingerprint,
                "models": models_as_stated(self.cast),
                **(new if self.cast.judges else {}),
            }
        )

    @property
    def parts(self) -> dict[str, tuple[str, ...]]:
        """Names for the name of the run folder: what is done, and the protocols."""
        return {"questions": ("replay",), "protocols": self.protocols}


def run_replay(
    run: Replay,
    *,
    out: Path | str | None = None,
    name: str = "",
    overwrite: bool = False,
    requests: Requests | None = None,
    watch: Callable[[str, int, int], None] | None = None,
    on_mute: OnMute = "exclude",
) -> OversightResult:
    """Write the run folder of recorded plays.

    Args:
        run: the logs, and the judges of new verdicts.
        out: the run folder; by default a folder under `runs/` in the working directory.
        name: readable name of the run.
        overwrite: replace another run in the run folder.
        requests: settings of requests to models.
        watch: callback for progress.
        on_mute: treatment of plays in which a speech was refused, empty or cut off.

    Raises:
        UserError: no play is finished, a model is unknown, the folder contains another run, or
            there is a cap, which a replay does not have.
        DataError: a log is damaged.
    """
    for option in ("spend", "tokens"):
        if requests and getattr(requests, option) is not None:
            raise UserError(f"--{option} applies to new plays; remove {option} or the replay")
    claimed = claim_folder(OVERSIGHT, run.text, run.parts, out=out, name=name, overwrite=overwrite)
    path = claimed.path
    with claimed as folder:
        write_objects(folder, run.objects)
        folder.write_json(REQUESTS, (requests or Requests()).to_json())
        found = _judged_again(run, path, requests, watch) if run.cast.judges else _recorded(run)
        folder.write(TRANSCRIPTS, as_json_lines(one.to_json() for one in found.transcripts))
        folder.write_json(ENVIRONMENT, _environment(run, found, on_mute).to_json())
        folder.write(OVERSIGHT.results, as_json_lines(row.to_json() for row in found.records))
    keep_report(path, fresh=True)
    return OversightResult(found, path, on_mute)


def read_replay(folder: Path) -> Replay:
    """Read a replay from its run folder, to run it again.

    Raises:
        UserError: a log is not found, or it is not the recorded log.
    """
    stated = find_run(folder).configuration
    with found_by(find_in_folder(folder)):
        run = Replay(list(stated["replay"]), **stated["models"], **stated.get("play", {}))
        _ = run.objects  # reads the given models, too
    for path, digest in stated["replay"].items():
        if _digest(path) != digest:
            raise UserError(f"{path} was changed after this run; replay it into another folder")
    return run


def _recorded(run: Replay) -> Overseen:
    found = read_plays(run.opened)
    if not found.records:
        raise UserError(
            f"{run.logs[0]}{' and others' if len(run.logs) > 1 else ''} contains no finished play"
        )
    return found


def _judged_again(
    run: Replay,
    path: Path,
    requests: Requests | None,
    watch: Callable[[str, int, int], None] | None,
) -> Overseen:
    from truing.oversight.evals import Folders, Watching, rejudge

    with Live(path, watch) as live:
        return rejudge(
            run.opened,
            run.cast.judges,
            Folders(path / LOGS, Store().folder / "calls"),
            options=run.options,
            requests=requests,
            watching=Watching(live),
        )


def _environment(run: Replay, found: Overseen, on_mute: OnMute) -> Environment:
    asked = len({row.question for row in found.records})
    names = ", ".join(dict.fromkeys(one.questions for one in run.opened))
    data = TaskData(items=asked, fingerprint=run.fingerprint, origin=", ".join(run.logs))
    plays = len(found.records) + len(found.failures)
    return replace(this_environment(), tasks={names: data}, plays=plays, on_mute=on_mute)


def _digest(path: str) -> str:
    """SHA-256 of a file or of what a URL gives."""
    import fsspec

    with fsspec.open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
