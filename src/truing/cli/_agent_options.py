"""Options of `truing research --researcher agent`: the model, the directions and the caps."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truing.cli._complete import complete_names
from truing.cli._console import print_text
from truing.cli._contest_options import (
    CONTEST,
    contest_costs,
    contest_notes,
    contest_of,
    known_models,
)
from truing.cli._costs import Cost, dollars_of, print_costs, read_prices
from truing.cli._options import cost_options, together
from truing.errors import UserError
from truing.run_files import SPENDING

if TYPE_CHECKING:
    from truing.lab import ResearchRun
    from truing.oversight import Requests
    from truing.oversight.spending import Spending
    from truing.research.researchers.agent import Agents

SECTION = {
    "Agents": ("model", "directions", "turns", "max_tokens"),
    "Costs of models": ("only_estimate", "prices", "spend", "tokens", "seconds"),
}
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


class Duration(click.ParamType):
    """A duration such as 90s, 30m or 2h, in seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([smh])", str(value))
        if not found or not float(found[1]):
            self.fail(f"must be a number above 0 with s, m or h, such as 30m, got {value!r}.")
        return float(found[1]) * UNITS[found[2]]


agent_options = together(
    click.option(
        "--model",
        shell_complete=complete_names("models"),
        metavar="MODEL",
        help="Model of --researcher agent, as Inspect names it: openai/gpt-4o.",
    ),
    click.option(
        "--directions",
        metavar="TEXT",
        help='A direction of search for each agent, separated by ;: "losses; filters". The agents '
        "work at the same time and divide the budget.",
    ),
    click.option(
        "--turns",
        type=click.IntRange(min=5),
        metavar="N",
        help="Number of replies after which an agent begins a new conversation from its notes "
        "(default: 40).",
    ),
    click.option(
        "--max-tokens",
        type=click.IntRange(min=1),
        metavar="N",
        help="Maximum number of tokens in a reply of an agent (default: 8192).",
    ),
    cost_options,
    click.option(
        "--time",
        "seconds",
        type=Duration(),
        metavar="DURATION",
        help="Time limit of the agents in this execution, such as 90s, 30m or 2h.",
    ),
)
"""Options of agents, in the order of the help."""

NAMES = [name for names in SECTION.values() for name in names]
COSTS = ("only_estimate", "prices", "spend", "tokens")  # also of the models of a contest


def take_agent_options(given: dict[str, Any]) -> dict[str, Any]:
    """Remove the options of agents from the options of the command, and return them."""
    return {name: given.pop(name) for name in NAMES}


def agents_of(given: Mapping[str, Any], researcher: str, problem: str) -> Agents | None:
    """The agents that the options describe; None for another researcher.

    Args:
        given: the options of agents.
        researcher: name of the researcher.
        problem: kind of the problem; a contest has options of costs without agents.

    Raises:
        UserError: an option of agents is given for another researcher, or a value is wrong.
    """
    from truing.research.researchers.agent import AGENT, Agents

    if researcher != AGENT:
        other = COSTS if problem == CONTEST else ()
        for option in click.get_current_context().command.params:
            if option.name in NAMES and option.name not in other and given[option.name]:
                raise UserError(
                    f"{option.opts[0]} is an option of --researcher agent, not of {researcher}; "
                    "remove it, or add --researcher agent"
                )
        return None
    settings = {"turns": given["turns"]} if given["turns"] else {}
    return Agents(given["model"] or "", given["directions"] or "", **settings)


def requests_of(given: Mapping[str, Any], run: ResearchRun) -> Requests | None:
    """Caps and prices of the models of a run, and settings of its agents; None without models."""
    from truing.research.researchers.agent import AGENT, requests_of_agents

    contest = contest_of(run.config)
    known = known_models(contest) if contest else []
    known += [AGENT, run.agents.model] if run.agents else []
    if not known:
        return None
    settings = {"max_tokens": given["max_tokens"]} if given["max_tokens"] else {}
    prices = read_prices(given["prices"], known)
    caps = {"spend": given["spend"], "tokens": given["tokens"]}
    return requests_of_agents(prices=prices, **caps, **settings)


def print_estimate(run: ResearchRun, requests: Requests | None, as_json: bool) -> None:
    """Print the typical cost of a run's models; raises UserError if it has none."""
    if requests is None:
        raise UserError(
            "--estimate is an option of --researcher agent and of --problem oversight; other runs "
            "ask no model"
        )
    costs = _agent_costs(run, requests)
    costs += contest_costs(run.config, len(run.researchers), requests.prices)
    print_typical(costs, contest_notes(run.config), as_json)


def print_typical(costs: Sequence[Cost], notes: Sequence[str], as_json: bool) -> None:
    """Print typical costs by part of a run, and sentences about them."""
    if as_json:
        print(json.dumps({"typical": [one.to_json("part") for one in costs]}))
        return
    print_costs(costs, "part")
    print_text("", "Typical cost. The hard caps are --spend and --tokens.", *notes)
    for one in costs:
        if one.dollars is None:
            print_text(f"For dollars, add prices per million tokens: --price {one.role}=2.5/10")
            return


def _agent_costs(run: ResearchRun, requests: Requests) -> list[Cost]:
    """Typical cost of the agents; empty without agents."""
    from truing.oversight.spending import price_of
    from truing.research.researchers.agent import AGENT, estimate_agents

    if run.agents is None:
        return []
    budget = run.config.budget
    found = estimate_agents(run.agents, min(budget.each, budget.all))
    dollars = dollars_of(found.tokens, price_of(requests.prices, AGENT, run.agents.model))
    return [Cost("agent", AGENT, found.requests, found.tokens, dollars)]


def spending_of(folder: Path) -> Spending | None:
    """What the calls of the models of a run cost; None if there were none."""
    from truing.oversight.spending import read_spending

    path = folder / SPENDING
    return read_spending(path.read_bytes()) if path.is_file() else None
