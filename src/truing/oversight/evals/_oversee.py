"""Oversee: run several protocols on the same questions with Inspect, and cache every reply."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.log import EvalLog
from inspect_ai.model import GenerateConfig, Model, get_model

from truing.errors import EngineError, UserError
from truing.given import is_object
from truing.oversight._judgement_row import JudgementRow, read_judgement
from truing.oversight._overseen import Overseen, Requests
from truing.oversight._spent import Spent
from truing.oversight._transcript import PlayTranscript, read_entry
from truing.oversight.evals._answers import retry_malformed
from truing.oversight.evals._charge import charge_calls, spent
from truing.oversight.evals._client import Kept, leave_retries_to_inspect, why_not_writable
from truing.oversight.evals._given_model import given_model
from truing.oversight.evals._notebook import check_loop, without_widgets
from truing.oversight.evals._solver import (
    EMBEDDED,
    PLAYED,
    RECORD,
    SCORED,
    TRANSCRIPT,
    UNPLAYED,
    setup_of,
)
from truing.oversight.evals._tasks import oversight_task
from truing.oversight.questions import QuestionSet
from truing.oversight.rules import PROTOCOLS, fill_roles

Watcher = Callable[[str, int, int], None]
"""Callback for progress: (protocol, plays done, total plays)."""


def oversee(
    protocols: Sequence[str],
    questions: QuestionSet,
    models: Mapping[str, Sequence[str]],
    *,
    folder: Path,
    calls: Path,
    max_questions: int | None = None,
    swap: bool = False,
    requests: Requests | None = None,
    watch: Watcher | None = None,
    scored: Callable[[JudgementRow], None] | None = None,
) -> Overseen:
    """Play protocols on the first questions of a set. A process can run only one call at a time.

    Args:
        protocols: specifications.
        models: models by role; several judges are a panel.
        folder: folder of Inspect's logs.
        calls: folder of cached replies: a second run with the same folder pays for no reply twice.
        max_questions: maximum number of questions; None for all.
        swap: whether to play everything again with the answers in reverse order.
        requests: settings of requests.
        watch: callback for progress.
        scored: callback for the row of each play, in the order in which plays end.

    Raises:
        UserError: a protocol or model is unknown, a role has no model, or an event loop runs in
            this thread outside a notebook.
        KeyboardInterrupt: the run was interrupted; Inspect itself returns normally.
    """
    check_loop()
    requests = requests or Requests()
    built = [PROTOCOLS.build(one) for one in protocols]
    for one in built:
        fill_roles(one.value, models)
    roles = {role: _player(bind_models(names, requests)) for role, names in models.items()}
    tasks = [
        oversight_task(one.label, questions, max_questions=max_questions, swap=swap, cache=True)
        for one in built
    ]
    kept = Kept(free=EMBEDDED)
    with without_widgets(), kept.watching(calls), _counting(watch, tasks, scored):
        logs = inspect_eval(
            tasks,
            model="none/none",
            model_roles=roles,
            log_dir=str(folder),
            display="none",
            fail_on_error=False,
            max_tasks=len(tasks),
            log_realtime=None if _anything_real(models) else False,
            max_connections=requests.at_once,
            max_retries=requests.retries,
            timeout=requests.timeout,
        )
    if len(logs) < len(tasks) or any(log.status == "cancelled" for log in logs):
        raise KeyboardInterrupt
    found = _gathered([one.label for one in built], logs)
    return replace(found, lost=kept.lost, why_lost=why_not_writable(calls) if kept.lost else "")


def _player(models: list[Model]) -> Model | list[Model]:
    """The models of a role in the form that Inspect expects."""
    return models[0] if len(models) == 1 else models


def _anything_real(models: Mapping[str, Sequence[str]]) -> bool:
    """Whether a role has a real model: embedded agents answer immediately."""
    return not all(name.startswith(EMBEDDED) for names in models.values() for name in names)


def bind_models(names: Sequence[str], requests: Requests | None = None) -> list[Model]:
    """Models by name.

    Raises:
        UserError: a model's name or key is missing or wrong.
    """
    requests = requests or Requests()
    config = GenerateConfig(max_tokens=requests.max_tokens)
    try:
        with without_widgets():
            made = [_model(name, config) for name in names]
        return [_prepared(model, requests) for model in made]
    except UserError:
        raise
    except PrerequisiteError as error:
        raise UserError(plain(error.message)) from None
    except (ValueError, ImportError) as error:
        raise UserError(
            f"cannot load model {' or '.join(names)}: {plain(error).rstrip('.')}; "
            "name a model as PROVIDER/MODEL, such as openai/gpt-4o-mini or truing/judge"
        ) from None


def _prepared(model: Model, requests: Requests) -> Model:
    """A model whose requests are charged, limited in time and repeated by truing's rules."""
    model = charge_calls(leave_retries_to_inspect(model), requests.attempt_timeout)
    return retry_malformed(model)


def _model(name: str, config: GenerateConfig) -> Model:
    """A model by name, or a given model, with settings that the model itself does not state."""
    if is_object(name):
        return given_model(name, config)
    return get_model(name, config=config, memoize=False)


@contextmanager
def _counting(
    watch: Watcher | None, tasks: Sequence[Task], scored: Callable[[JudgementRow], None] | None
) -> Iterator[None]:
    """Report progress after each play of all tasks, and its row."""
    total, done = sum(len(task.dataset) for task in tasks), 0

    def count(protocol: str) -> None:
        nonlocal done
        done += 1
        if watch:
            watch(protocol, done, total)

    token, other = PLAYED.set(count), SCORED.set(scored or SCORED.get())
    try:
        yield
    finally:
        PLAYED.reset(token)
        SCORED.reset(other)


def _gathered(labels: Sequence[str], logs: Sequence[EvalLog]) -> Overseen:
    """Rows, transcripts, failures and usage from all logs, in the order of the protocols."""
    records: list[JudgementRow] = []
    transcripts: list[PlayTranscript] = []
    failures: list[tuple[str, str, str]] = []
    usage: dict[str, Spent] = {}
    unplayed = 0
    for log in sorted(logs, key=lambda one: labels.index(_label(one))):
        label = _label(log)
        if log.samples is None:
            why = log.error.message if log.error else f"the evaluation ended as {log.status!r}"
            raise EngineError(f"{label}: {plain(why)}")
        for sample in log.samples:
            if UNPLAYED in sample.metadata:
                unplayed += 1
                continue
            if sample.error or not sample.scores:
                why = sample.error.message if sample.error else "the play was stopped"
                failures.append((label, str(sample.id), plain(why)))
                continue
            record = (sample.scores["verdict"].metadata or {})[RECORD]
            records.append(read_judgement(f"{label}, {sample.id}", record))
            entries = tuple(read_entry(one) for one in sample.metadata[TRANSCRIPT])
            asked = setup_of(sample.metadata).question.text
            transcripts.append(PlayTranscript(label, str(sample.id), asked, entries))
        for role, tokens in log.stats.role_usage.items():
            usage[role] = usage.get(role, Spent()) + spent(tokens)
    return Overseen(tuple(records), tuple(transcripts), tuple(failures), usage, unplayed=unplayed)


def _label(log: EvalLog) -> str:
    return (log.eval.metadata or {})["protocol"]


def plain(message: object) -> str:
    """A message in one line, without markup for terminal colors and without the prefix ERROR."""
    return " ".join(re.sub(r"\[/?[a-z_ ]+\]", "", str(message)).split()).removeprefix("ERROR: ")
