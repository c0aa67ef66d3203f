"""Oversee: play matches on the same questions with Inspect, and cache every reply."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from inspect_ai import Task, task_with
from inspect_ai import eval as inspect_eval
from inspect_ai.log import EvalLog
from inspect_ai.model import Model

from truing.errors import EngineError
from truing.oversight._check_choices import check_answers, check_log_probabilities
from truing.oversight._judgement_row import JudgementRow
from truing.oversight._match import Match, Players
from truing.oversight._overseen import Overseen, Requests
from truing.oversight._play_options import PlayOptions
from truing.oversight._spent import Spent
from truing.oversight.evals._bind_models import bind_models, plain_message
from truing.oversight.evals._charge import spent
from truing.oversight.evals._client import Kept, why_not_writable
from truing.oversight.evals._host import EMBEDDED
from truing.oversight.evals._memory import rare_collections
from truing.oversight.evals._notebook import check_loop, without_widgets
from truing.oversight.evals._pressure import MATCH, gather_pressed, pressure_task
from truing.oversight.evals._solver import PLAYED, SCORED
from truing.oversight.evals._tasks import oversight_task
from truing.oversight.evals._tools import check_sandbox
from truing.oversight.logs import CAPPED, joined, play_log, read_plays
from truing.oversight.questions import QuestionSet

Gather = Callable[[Sequence[Players], Sequence[EvalLog]], Overseen]
"""Reads the results of tasks, whose players are given, from their logs."""
Watcher = Callable[[str, int, int], None]
"""Callback for progress: (protocol, plays done, total plays)."""


@dataclass(frozen=True)
class Watching:
    """Callbacks of a running call of `oversee`.

    Attributes:
        progress: called after each play with (protocol, plays done, total plays).
        scored: called with the row of each play, in the order in which plays end.
    """

    progress: Watcher | None = None
    scored: Callable[[JudgementRow], None] | None = None


@dataclass(frozen=True)
class Folders:
    """Folders of an execution.

    Attributes:
        logs: folder of Inspect's logs.
        calls: folder of cached replies.
    """

    logs: Path
    calls: Path


def oversee(
    matches: Sequence[Match],
    questions: QuestionSet,
    *,
    folder: Path,
    calls: Path,
    candidates: int | None = None,
    asked: Sequence[int] | None = None,
    swap: bool = False,
    options: PlayOptions | None = None,
    requests: Requests | None = None,
    watching: Watching | None = None,
) -> Overseen:
    """Play matches on questions of a set. A process can run only one call at a time.

    Each match is an Inspect task with its own models; all tasks are one Inspect evaluation.

    Args:
        matches: protocols and the models that play them.
        folder: folder of Inspect's logs.
        calls: folder of cached replies: a second run with the same folder pays for no reply twice,
            and matches share the replies to equal requests.
        candidates: number of candidate plays of each question, under pressure; None to play each
            question once.
        asked: places of the questions to play, in order; None for all.
        swap: whether to play everything again with the answers in reverse order.
        options: settings of the plays.
        requests: settings of requests.
        watching: callbacks.

    Raises:
        UserError: a protocol or model is unknown, a role has no model, a tool has no sandbox, or
            an event loop runs in this thread outside a notebook.
        KeyboardInterrupt: the run was interrupted; Inspect itself returns normally.
    """
    check_loop()
    requests = requests or Requests()
    if options and options.verdict == "logprobs":
        check_log_probabilities(name for match in matches for name in match.judging)
        check_answers(questions.questions)
    for match in matches:
        check_sandbox(match, options or PlayOptions())
    bound = _bind_all(matches, requests)
    make_task = partial(
        partial(pressure_task, candidates=candidates) if candidates else oversight_task,
        questions=questions,
        asked=asked,
        swap=swap,
        cache=True,
        options=options,
    )
    tasks = [
        _with_models(make_task(match.protocol, names=match.shown), match, place, bound)
        for place, match in enumerate(matches)
    ]
    players = [match.players() for match in matches]
    folders = Folders(folder, calls)
    gather = gather_pressed if candidates else None
    return run_tasks(tasks, players, bound, folders, requests, watching or Watching(), gather)


def run_tasks(
    tasks: Sequence[Task],
    players: Sequence[Players],
    names: Iterable[str],
    folders: Folders,
    requests: Requests,
    watching: Watching,
    gather: Gather | None = None,
) -> Overseen:
    """Run tasks that play protocols as one Inspect evaluation, and read their logs.

    The plays are read one at a time, so that a large evaluation needs little memory.

    Args:
        tasks: tasks with the models of their roles; `MATCH` in the metadata is the task's place.
        players: names of the models of each task.
        names: specifications of all models.
        folders: folders of logs and cached replies.
        requests: settings of requests.
        watching: callbacks.
        gather: reads the results from the logs; by default as plays.

    Raises:
        KeyboardInterrupt: the run was interrupted; Inspect itself returns normally.
    """
    kept = Kept()
    with (
        without_widgets(),
        kept.watching(folders.calls),
        rare_collections(),
        _counting(watching, tasks),
    ):
        logs = inspect_eval(
            list(tasks),
            model="none/none",
            log_dir=str(folders.logs),
            display="none",
            fail_on_error=False,
            max_tasks=len(tasks),
            log_realtime=None if _anything_real(names) else False,
            log_header_only=True,
            score_display=False,
            max_connections=requests.at_once,
            max_retries=requests.retries,
            timeout=requests.timeout,
        )
    if len(logs) < len(tasks) or any(log.status == "cancelled" for log in logs):
        raise KeyboardInterrupt
    found = (gather or _gathered)(players, logs)
    why = why_not_writable(folders.calls) if kept.lost else ""
    return replace(found, lost=kept.lost, why_lost=why)


def _bind_all(matches: Sequence[Match], requests: Requests) -> dict[str, Model]:
    """The models of all matches by specification; a model that plays several roles is one model."""
    named = [one for match in matches for found in match.models.values() for one in found]
    unique = list(dict.fromkeys(named))
    return dict(zip(unique, bind_models(unique, requests), strict=True))


def _with_models(task: Task, match: Match, place: int, bound: Mapping[str, Model]) -> Task:
    """The task of a match with the models of its roles and its place among the matches."""
    roles: dict[str, Any] = {
        role: [bound[one] for one in found] for role, found in match.models.items()
    }
    return task_with(task, model_roles=roles, metadata={**(task.metadata or {}), MATCH: place})


def _anything_real(names: Iterable[str]) -> bool:
    """Whether there is a real model: embedded agents answer immediately."""
    return not all(name.startswith(EMBEDDED) for name in names)


@contextmanager
def _counting(watching: Watching, tasks: Sequence[Task]) -> Iterator[None]:
    """Report progress after each play of all tasks, and its row."""
    total, done = sum(len(task.dataset) for task in tasks), 0

    def count(protocol: str) -> None:
        nonlocal done
        done += 1
        if watching.progress:
            watching.progress(protocol, done, total)

    token, other = PLAYED.set(count), SCORED.set(watching.scored or SCORED.get())
    try:
        yield
    finally:
        PLAYED.reset(token)
        SCORED.reset(other)


def _gathered(players: Sequence[Players], logs: Sequence[EvalLog]) -> Overseen:
    """Rows, transcripts, failures and usage from all logs, in the order of the matches."""
    found = []
    usage: dict[str, Spent] = {}
    unplayed = 0
    for log in sorted(logs, key=lambda one: _stated(one)[MATCH]):
        own = players[_stated(log)[MATCH]]
        read = read_plays([play_log(log.location, log)])
        if not (read.records or read.failures):
            why = log.error.message if log.error else f"the evaluation ended as {log.status!r}"
            raise EngineError(f"{_stated(log)['protocol']}: {plain_message(why)}")
        capped = [one for one in read.failures if one.why == CAPPED]
        named = tuple(
            one._replace(why=plain_message(one.why), judge=own.judge, agent=own.agent)
            for one in read.failures
            if one not in capped
        )
        unplayed += len(capped)
        found.append(replace(read, failures=named))
        for role, tokens in log.stats.role_usage.items():
            usage[role] = usage.get(role, Spent()) + spent(tokens)
    return replace(joined(found), usage=usage, unplayed=unplayed)


def _stated(log: EvalLog) -> dict[str, Any]:
    """Metadata of the task: the protocol and the place of the match."""
    return log.eval.metadata or {}
