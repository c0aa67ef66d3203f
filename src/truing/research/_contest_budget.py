"""Contest budget: the models that a research run pays for, and their budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from truing.oversight import Requests
from truing.oversight.spending import Prices, SharedBudget, is_free
from truing.research._config import ResearchConfig
from truing.research._problem_config import ChooseProtocol, OversightContest, WeakToStrong

Problem = WeakToStrong | ChooseProtocol | OversightContest


def fixed_models(problem: Problem) -> dict[str, list[str]]:
    """The fixed models of a problem by role; empty if the problem has none."""
    return problem.models if isinstance(problem, OversightContest) else {}


def bind_fixed_models(config: ResearchConfig) -> list[object]:
    """The fixed models of a configuration, see `bind_paid`; empty if its problem has none.

    Raises:
        UserError: a model's name, setting or key is missing or wrong.
    """
    return bind_paid(fixed_models(config.problem))


def bind_paid(models: Mapping[str, Sequence[str]]) -> list[object]:
    """Models that are not embedded agents. Local models stay in memory as long as the result.

    Args:
        models: names of models by role.

    Raises:
        UserError: a model's name, setting or key is missing or wrong.
    """
    names = dict.fromkeys(name for several in models.values() for name in several)
    paid = [name for name in names if not is_free(name)]
    if not paid:
        return []
    from truing.oversight.evals import bind_models  # imports Inspect

    return [*bind_models(paid)]


def run_budget(
    path: Path, problem: Problem, agents: Mapping[str, Sequence[str]], requests: Requests | None
) -> SharedBudget:
    """The budget of a run on this machine: of its agents, and of the fixed models of a contest.

    Args:
        path: ledger of the calls.
        problem: the problem.
        agents: models of the agents by role.
        requests: caps and prices that replace those of the problem.
    """
    asked = requests or Requests()
    if isinstance(problem, OversightContest):
        return _budget(path, problem, agents, asked, wait=False)
    return SharedBudget(path, agents, spend=asked.spend, tokens=asked.tokens, prices=asked.prices)


def contest_budget(
    path: Path, contest: OversightContest, requests: Requests | None = None
) -> SharedBudget:
    """The budget of a served contest; its workers in several processes take turns.

    Args:
        path: ledger of the calls.
        contest: the problem.
        requests: caps and prices that replace those of the problem.
    """
    return _budget(path, contest, {}, requests or Requests(), wait=True)


def _budget(
    path: Path,
    contest: OversightContest,
    others: Mapping[str, Sequence[str]],
    asked: Requests,
    wait: bool,
) -> SharedBudget:
    """A budget with the caps of the contest until the ledger contains others."""
    spend, tokens = asked.spend, asked.tokens
    if not path.exists():
        spend = contest.spend if spend is None else spend
        tokens = contest.tokens if tokens is None else tokens
    prices: Prices = {**contest.prices, **asked.prices}
    models = {**others, **contest.models}
    return SharedBudget(path, models, spend=spend, tokens=tokens, prices=prices, wait=wait)
