"""Plays in the logs of protocols: verdicts, transcripts and failures, read play by play."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing.errors import DataError, UserError, in_one_line
from truing.oversight._judgement_row import JudgementRow, read_judgement
from truing.oversight._overseen import Failure
from truing.oversight._transcript import PlayTranscript, read_entry

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog

RECORD, TRANSCRIPT = "judgement", "transcript"  # keys of a sample's metadata
UNPLAYED = "unplayed"  # key of a play that was ended from outside, with the reason
CAPPED = "the cap of the run is reached"
SAMPLE = re.compile(r"samples/(.*)_epoch_(\d+)\.json")
ATTACHMENT = "attachment://"


@dataclass(frozen=True)
class LoggedPlay:
    """A finished play in a log.

    Attributes:
        row: the verdict, with the ground truth.
        transcript: the transcript.
        metadata: metadata of the sample: question, order of the answers and assignment, without
            the ground truth.
        target: letter of the correct answer.
    """

    row: JudgementRow
    transcript: PlayTranscript
    metadata: Mapping[str, Any]
    target: str


@dataclass(frozen=True)
class PlayLog:
    """A log of a protocol, whose plays are read when they are needed.

    Attributes:
        path: path or URL of the log.
        protocol: label of the protocol.
        questions: name of the question set.
        fingerprint: digest of the question set; empty if the log does not state it.
        created: time at which the evaluation began.
        match: place of the log's match among the matches of its evaluation.
        ids: ids of the plays in the order of the question set.
    """

    path: str
    protocol: str
    questions: str
    fingerprint: str
    created: str
    match: int
    ids: tuple[str, ...]

    def plays(self) -> Iterator[LoggedPlay | Failure]:
        """All plays in the order of the question set; only one is in memory at a time.

        Raises:
            DataError: the file is damaged.
        """
        for sample in self.samples():
            yield _play(self, sample)

    def samples(self) -> Iterator[Mapping[str, Any]]:
        """JSON objects of the samples in the order of the question set; raises as `plays` does."""
        return _samples(self.path, {one: at for at, one in enumerate(self.ids)})


def open_plays(path: str | Path) -> PlayLog:
    """Open a log of a protocol: of `truing oversee`, or of `inspect eval truing/debate`.

    Args:
        path: path or URL of the log, `.eval` or `.json`, written by any version of truing.

    Raises:
        DataError: the file cannot be read as a log.
        UserError: the log is of another task.
    """
    from inspect_ai.log import read_eval_log

    try:
        header = read_eval_log(str(path), header_only=True)
    except Exception as error:  # a foreign or damaged file raises errors of many kinds
        raise DataError(f"{path} cannot be read as an Inspect log: {in_one_line(error)}") from None
    return play_log(str(path), header)


def play_log(path: str, header: EvalLog) -> PlayLog:
    """The plays of a log whose header is known.

    Raises:
        UserError: the log is of another task.
    """
    stated = header.eval.metadata or {}
    if not isinstance(stated.get("protocol"), str):
        raise UserError(
            f"{path} is a log of the task {header.eval.task!r}, not of an oversight protocol; name "
            "logs of `truing oversee` or of `inspect eval truing/PROTOCOL`; `truing measure evals` "
            "reads logs of any task"
        )
    return PlayLog(
        path,
        stated["protocol"],
        str(stated.get("questions") or header.eval.dataset.name or ""),
        str(stated.get("fingerprint") or ""),
        str(header.eval.created),
        stated["match"] if isinstance(stated.get("match"), int) else 0,
        tuple(map(str, header.eval.dataset.sample_ids or ())),
    )


def _samples(path: str, places: Mapping[str, int]) -> Iterator[Mapping[str, Any]]:
    """JSON objects of the samples, in order."""
    import fsspec

    try:
        with fsspec.open(path, "rb") as file:
            if str(path).endswith(".json"):
                samples = json.load(file).get("samples") or ()
                yield from sorted(
                    samples, key=lambda one: _order(places, str(one["id"]), one["epoch"])
                )
                return
            with zipfile.ZipFile(file) as log:  # Inspect, imported for the header, adds Zstandard
                found = filter(None, map(SAMPLE.fullmatch, log.namelist()))
                names = {one[0]: _order(places, one[1], int(one[2])) for one in found}
                for name in sorted(names, key=lambda one: names[one]):
                    yield json.loads(log.read(name))
    except (OSError, ValueError, KeyError, TypeError, NotImplementedError, EOFError) as error:
        raise DataError(f"{path} is damaged: {in_one_line(error)}") from None
    except zipfile.BadZipFile as error:
        raise DataError(f"{path} is damaged: {in_one_line(error)}") from None


def _order(places: Mapping[str, int], id_: str, epoch: int) -> tuple[int, str, int]:
    return places.get(id_, len(places)), id_, epoch


def _play(log: PlayLog, sample: Mapping[str, Any]) -> LoggedPlay | Failure:
    epoch = sample.get("epoch", 1)
    name = str(sample["id"]) + (f", epoch {epoch}" if epoch > 1 else "")
    record = next(
        (
            one["metadata"][RECORD]
            for one in (sample.get("scores") or {}).values()
            if RECORD in (one.get("metadata") or {})
        ),
        None,
    )
    if sample.get("error") or record is None:
        ended = (sample.get("metadata") or {}).get(UNPLAYED, "the play was stopped")
        error = (sample.get("error") or {}).get("message", ended)
        return Failure(log.protocol, name, " ".join(str(error).split()))
    attached = sample.get("attachments") or {}
    metadata = _resolved(sample["metadata"], attached)
    row = read_judgement(f"{log.path}, {name}", _resolved(record, attached))
    transcript = PlayTranscript(
        log.protocol,
        name,
        metadata["question"]["text"],
        tuple(read_entry(one) for one in metadata.get(TRANSCRIPT) or ()),
        row.judge or "",
        row.agent or "",
    )
    return LoggedPlay(row, transcript, metadata, str(sample["target"]))


def _resolved(value: Any, attached: Mapping[str, str]) -> Any:
    """A JSON value with the texts that Inspect stores beside it."""
    if isinstance(value, str) and value.startswith(ATTACHMENT):
        return attached.get(value.removeprefix(ATTACHMENT), value)
    if isinstance(value, dict):
        return {key: _resolved(one, attached) for key, one in value.items()}
    if isinstance(value, list):
        return [_resolved(one, attached) for one in value]
    return value
