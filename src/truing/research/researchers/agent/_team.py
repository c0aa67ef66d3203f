"""Team: run all agents of a research run in one Inspect evaluation, under the caps of the run."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from inspect_ai import eval as inspect_eval
from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.model import Model

from truing.errors import EngineError, Notice
from truing.oversight.evals import (
    bind_models,
    charged_to,
    check_loop,
    plain_message,
    without_widgets,
)
from truing.oversight.spending import Budget, SharedBudget
from truing.research._referee import Referee
from truing.research.doors._inspect import STOPPED, research
from truing.research.doors._open import sharing
from truing.research.researchers.agent._agents import AGENT, Team
from truing.research.researchers.agent._work import TURNED
from truing.run_files import LOGS

Watcher = Callable[..., None]


def run_team(
    referee: Referee, team: Team, shared: SharedBudget, watch: Watcher | None = None
) -> None:
    """Let all agents work at the same time, each as a researcher with a budget of submissions.

    Agents that were stopped continue their conversations, and a finished run does nothing. At a
    cap or a time limit the agents stop with a `Notice`, and the caller closes the research run.

    Args:
        referee: the referee, whose folder also contains the agents' files.
        team: the agents and their limits.
        shared: the budget of the run.
        watch: called with the progress: researcher, submissions, all submissions, and a note.

    Raises:
        UserError: the model is unknown, or a price is missing.
        EngineError: a model gave no answer after all retries; the run can be continued.
        KeyboardInterrupt: the run was interrupted; Inspect itself returns normally.
    """
    if referee.closed:
        return
    check_loop()
    agents, asked = team.agents, team.requests
    (model,) = bind_models([agents.model], asked)
    with (
        sharing(referee),
        shared.open() as budget,
        charged_to(budget),
        _watching(referee, budget, watch),
        without_widgets(),
    ):
        log = _evaluate(referee, team, model)
    _check(log)
    spent = referee.state.read().spent
    for sample in log.samples or ():
        if line := _ending(sample, spent[str(sample.id)]):
            warnings.warn(Notice(line), stacklevel=2)


def _evaluate(referee: Referee, team: Team, model: Model) -> EvalLog:
    agents, asked = team.agents, team.requests
    task = research(
        folder=str(referee.folder),
        researcher=AGENT,
        direction="; ".join(agents.directions),
        turns=agents.turns,
        again=False,
    )
    (log,) = inspect_eval(
        task,
        model=model,
        log_dir=str(referee.folder / LOGS),
        display="none",
        fail_on_error=False,
        max_samples=len(agents.directions),
        log_realtime=False,
        score_display=False,
        time_limit=None if team.seconds is None else math.ceil(team.seconds),
        max_connections=asked.at_once,
        max_retries=asked.retries,
        timeout=asked.timeout,
    )
    return log


def _check(log: EvalLog) -> None:
    """Raise an exception if the agents must continue before the run can be closed."""
    if log.status == "cancelled":
        raise KeyboardInterrupt
    if log.status == "error":
        raise EngineError(
            plain_message(log.error.message if log.error else "the evaluation failed")
        )
    for sample in log.samples or ():
        if sample.error:
            raise EngineError(
                f"{sample.id} stopped: {plain_message(sample.error.message)}; "
                "the same command continues"
            )


def _ending(sample: EvalSample, submissions: int) -> str:
    """What the user must know about the end of an agent; empty if it submitted and finished."""
    why = _why_stopped(sample)
    if not submissions:
        return f"{sample.id} submitted nothing: {why or 'it called finish without a submission'}"
    return f"{sample.id} stopped before it finished: {why}" if why else ""


def _why_stopped(sample: EvalSample) -> str:
    """Why an agent stopped before it finished; empty if it finished."""
    if sample.limit:
        return f"the limit on {sample.limit.type} is reached"
    return str(sample.metadata.get(STOPPED, ""))


@contextmanager
def _watching(referee: Referee, budget: Budget | None, watch: Watcher | None) -> Iterator[None]:
    """Report the progress after each reply of an agent."""
    most = referee.config.budget.all

    def turned() -> None:
        if watch:
            dollars = budget.spending.charged.dollars if budget else 0.0
            note = (f"{dollars:.2f} dollars",) if dollars else ()
            watch(AGENT, referee.state.read().total, most, *note)

    token = TURNED.set(turned)
    try:
        yield
    finally:
        TURNED.reset(token)
