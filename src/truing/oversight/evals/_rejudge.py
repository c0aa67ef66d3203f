"""Rejudge: other judges judge the recorded transcripts of logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from inspect_ai import Task, task_with
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import Model
from inspect_ai.model._model import model_roles
from inspect_ai.solver import Generate, Solver, TaskState, solver

from truing.errors import UserError
from truing.given import is_object
from truing.oversight._check_choices import check_log_probabilities
from truing.oversight._judgement_row import JudgementRow, read_judgement
from truing.oversight._match import Players
from truing.oversight._overseen import Overseen, Requests
from truing.oversight._play_options import PlayOptions
from truing.oversight._record import make_record
from truing.oversight._replay import replay, speeches_of
from truing.oversight._transcript import read_entry, transcribe
from truing.oversight.evals._bind_models import bind_models
from truing.oversight.evals._host import InspectHost, is_embedded
from truing.oversight.evals._notebook import check_loop
from truing.oversight.evals._oversee import MATCH, Folders, Watching, run_tasks
from truing.oversight.evals._solver import PLAYED, setup_of, show, verdict
from truing.oversight.logs import RECORD, TRANSCRIPT, LoggedPlay, PlayLog
from truing.oversight.rules import PROTOCOLS

ENTRIES = "recorded"  # key of the recorded row and entries in a sample's metadata


def rejudge(
    logs: Sequence[PlayLog],
    judges: Sequence[Sequence[str]],
    folders: Folders,
    *,
    options: PlayOptions | None = None,
    requests: Requests | None = None,
    watching: Watching | None = None,
) -> Overseen:
    """Judge the recorded transcripts of logs again; only verdicts are requested.

    The new rows keep the recorded speakers' words and tokens; their `calls` count the new requests.

    Args:
        logs: logs of protocols; of plays in several logs, the last counts.
        judges: the models of each judge; several models are a panel.
        folders: folders of logs and cached replies.
        options: settings of the plays.
        requests: settings of requests.
        watching: callbacks.

    Raises:
        UserError: a model or a protocol is unknown, or no log contains a finished play.
        DataError: a log is damaged.
    """
    check_loop()
    requests = requests or Requests()
    if options and options.verdict == "logprobs":
        check_log_probabilities(one for models in judges for one in models)
    unique = list(dict.fromkeys(one for models in judges for one in models))
    bound = dict(zip(unique, bind_models(unique, requests), strict=True))
    names = {one: str(model) if is_object(one) else one for one, model in bound.items()}
    players: list[Players] = []
    plays = _newest(logs)
    tasks: list[Task] = []
    for label, own in plays.items():
        for models in judges:
            task = _task(label, own, [names[one] for one in models], options or PlayOptions())
            role = PROTOCOLS.build(label).value.judge.model
            stated = {**(task.metadata or {}), MATCH: len(tasks)}
            roles: dict[str, Any] = {role: [bound[one] for one in models]}
            tasks.append(task_with(task, model_roles=roles, metadata=stated))
            players.append(Players(", ".join(names[one] for one in models), _agents(own)))
    if not tasks:
        raise UserError("the logs contain no finished play, so there is nothing to judge again")
    return run_tasks(tasks, players, bound, folders, requests, watching or Watching())


def _agents(plays: Sequence[LoggedPlay]) -> str:
    """The name of the speakers; empty if several agents played."""
    names = {one.row.agent or "" for one in plays}
    return names.pop() if len(names) == 1 else ""


def _newest(logs: Sequence[PlayLog]) -> dict[str, list[LoggedPlay]]:
    """The finished plays by protocol; of plays with equal models and ids, the last."""
    found: dict[str, dict[Any, LoggedPlay]] = {}
    for log in logs:
        for one in log.plays():
            if isinstance(one, LoggedPlay):
                key = (one.row.agent, one.transcript.play)
                found.setdefault(log.protocol, {})[key] = one
    return {label: list(own.values()) for label, own in found.items()}


def _task(label: str, plays: Sequence[LoggedPlay], judge: list[str], options: PlayOptions) -> Task:
    """The task of a protocol and a judge."""
    agents = {one.row.agent for one in plays}
    samples = [
        Sample(
            id=one.transcript.play + (f", {one.row.agent}" if len(agents) > 1 else ""),
            input=one.transcript.question,
            choices=list(one.metadata["question"]["choices"]),
            target=one.target,
            metadata=_stripped(one),
        )
        for one in plays
    ]
    return Task(
        dataset=MemoryDataset(samples, name="replay"),
        solver=judge_again(label, judge, options.to_json()),
        scorer=verdict(),
        sandbox=options.sandbox or None,
        name=label.replace(",", " ").replace("/", "-"),
        metadata={"protocol": label, "questions": "replay"},
    )


def _stripped(play: LoggedPlay) -> dict[str, Any]:
    """Metadata of a sample, with the recorded row and transcript, without the ground truth."""
    kept = {key: one for key, one in play.metadata.items() if key not in (RECORD, TRANSCRIPT)}
    row = replace(play.row, truth=None).to_json()
    return kept | {ENTRIES: [row, [one.to_json() for one in play.transcript.entries]]}


@solver
def judge_again(protocol: str, judge: list[str], options: Mapping[str, Any]) -> Solver:
    """Request a judge's verdicts on a recorded transcript.

    Args:
        protocol: specification.
        judge: names of the judge's models to record.
        options: JSON form of `PlayOptions`.
    """
    built, how = PROTOCOLS.build(protocol), PlayOptions.from_json(options)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        del generate  # the judge has its models
        setup = setup_of(state.metadata)
        row = read_judgement("the record", state.metadata[ENTRIES][0])
        entries = state.metadata.pop(ENTRIES)[1]
        models = _members(built.value.judge.model)
        try:
            host = InspectHost({built.value.judge.model: models}, setup.question.id, cache=True)
            spoken = speeches_of([read_entry(one) for one in entries])
            played = await replay(built.value, setup, (spoken, row.argued), host, how)
        finally:
            PLAYED.get()(built.label)
        players = Players(", ".join(judge), row.agent or "", row.argued_by)
        simulated = row.simulated or any(map(is_embedded, models))
        new = make_record(built.label, played, players, simulated, host.usage)
        state.metadata[RECORD] = _as_recorded(new, row).to_json()
        used = [one for one in transcribe(played) if one not in speeches_of([one])]
        state.metadata[TRANSCRIPT] = [one.to_json() for one in (*spoken, *used)]
        show(state, played, players.judge)
        return state

    return solve


def _members(role: str) -> list[Model]:
    found = model_roles()[role]
    return found if isinstance(found, list) else [found]


def _as_recorded(new: JudgementRow, row: JudgementRow) -> JudgementRow:
    """A new row with what only the recorded play knows: its speakers' words and tokens."""
    judged = {role: one for role, one in row.usage.items() if role not in new.usage}
    return replace(
        new,
        speeches=row.speeches,
        mute=row.mute,
        words_cut=row.words_cut,
        assigned=row.assigned,
        usage=dict(sorted({**judged, **new.usage}.items())),
    )
