"""Options of oversight contests: questions, fixed models, and the costs of their calls."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from truing.cli._complete import complete_names
from truing.cli._costs import Cost, dollars_of, read_prices, role_prices
from truing.cli._options import limit_option, together
from truing.errors import UserError

if TYPE_CHECKING:
    from truing.oversight import Requests
    from truing.oversight.spending import Prices
    from truing.research import OversightContest, ResearchConfig

CONTEST = "oversight"  # kind of the problem
ROLES = ("judge", "debater")

contest_options = together(
    limit_option,
    click.option(
        "--judge",
        shell_complete=complete_names("models"),
        metavar="MODEL",
        help="Fixed model of the judge in --problem oversight, as Inspect names it: "
        "openai/gpt-4o-mini (default: the simulated truing/judge:budget=6:skill=0.6).",
    ),
    click.option(
        "--debater",
        shell_complete=complete_names("models"),
        metavar="MODEL",
        help="Fixed model of all speakers in --problem oversight (default: the simulated "
        "truing/debater).",
    ),
    click.option(
        "--baseline",
        shell_complete=complete_names("protocols"),
        metavar="PROTOCOL",
        help="Protocol with which submissions are compared in --problem oversight (default: "
        "debate,rounds=1,quotes=1).",
    ),
    click.option(
        "--most-calls",
        type=click.IntRange(1, 1000),
        metavar="N",
        help="Largest number of model calls per play in --problem oversight (default: 8).",
    ),
    click.option(
        "--verdict",
        type=click.Choice(["text", "logprobs"]),
        metavar="FORM",
        help="Form of the judge's verdicts in --problem oversight: text, probabilities that the "
        "judge writes (default), or logprobs, probabilities of the tokens of a forced choice, in "
        "both orders.",
    ),
)
"""Options of a contest, in the order of the help."""


def contest_of(config: ResearchConfig) -> OversightContest | None:
    """The contest of a configuration; None for another problem."""
    from truing.research import OversightContest

    return config.problem if isinstance(config.problem, OversightContest) else None


def contest_requests(
    config: ResearchConfig, prices: Sequence[str], spend: float | None, tokens: int | None
) -> Requests | None:
    """Caps and prices of a served contest that replace those of its configuration.

    Raises:
        UserError: the problem has no fixed models, or a value is wrong.
    """
    from truing.oversight import Requests

    contest = contest_of(config)
    if contest is None:
        named = {"--price": prices, "--spend": spend, "--tokens": tokens}
        for option in (name for name, value in named.items() if value):
            raise UserError(
                f"{option} is an option of the problem oversight, not of {config.problem.kind}, "
                "which asks no model; remove it"
            )
        return None
    return Requests(spend=spend, tokens=tokens, prices=read_prices(prices, known_models(contest)))


def known_models(contest: OversightContest) -> list[str]:
    """Roles and models that may have a price."""
    return list(dict.fromkeys([*ROLES, contest.judge, contest.debater]))


def contest_costs(config: ResearchConfig, researchers: int, prices: Prices) -> list[Cost]:
    """Typical costs of the fixed models, by part of the run and role; empty for other problems.

    Args:
        config: configuration of the run.
        researchers: number of researchers, each with its own referee and budget of submissions.
        prices: prices by role or model.
    """
    each = min(config.budget.each, config.budget.all)
    return _costs(config, each * researchers, min(config.finalists, each) * researchers, prices)


def joint_costs(config: ResearchConfig, prices: Prices) -> list[Cost]:
    """Typical costs of the fixed models of a served contest whose joint budget is spent."""
    most = config.budget.all
    return _costs(config, most, min(config.finalists, most), prices)


def _costs(config: ResearchConfig, submissions: int, finalists: int, prices: Prices) -> list[Cost]:
    from truing.oversight.spending import is_free
    from truing.research.problems import estimate_contest

    contest = contest_of(config)
    if contest is None:
        return []
    free = {one: (0.0, 0.0) for one in known_models(contest) if is_free(one)}
    paid = role_prices({**free, **contest.prices, **prices}, contest.models)
    return [
        Cost(one.part, one.role, one.calls, one.tokens, dollars_of(one.tokens, paid.get(one.role)))
        for one in estimate_contest(contest, submissions, finalists)
    ]


def print_remarks(config: ResearchConfig, submissions: int) -> None:
    """Print on standard error what a user should know before a contest starts.

    Args:
        config: configuration of the run.
        submissions: largest number of submissions of a referee.
    """
    from truing.research.problems import contest_remarks

    contest = contest_of(config)
    for line in contest_remarks(contest, submissions) if contest else ():
        print(f"truing: note: {line}", file=sys.stderr, flush=True)


def contest_notes(config: ResearchConfig) -> list[str]:
    """Sentences below the estimate of a contest."""
    contest = contest_of(config)
    if contest is None:
        return []
    from truing.oversight.spending import is_free

    models = dict.fromkeys((contest.judge, contest.debater))
    free = [f"{one} is simulated and costs nothing." for one in models if is_free(one)]
    notes = [
        "Assumed cost of a submission: the mean cost of random declarations within --most-calls. "
        "Repeated requests are cached and cost nothing."
    ]
    return notes + free
