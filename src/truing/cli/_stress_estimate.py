"""Estimate of a stress test: steps to compute, and requests to language models."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from truing.cli._console import print_text
from truing.cli._costs import Cost, dollars_of, print_costs, read_prices, reply_limits, total_cost
from truing.wording import counted

if TYPE_CHECKING:
    from truing.stress import StressTest
    from truing.studies import Store

BOUND = (
    "Upper bound: {limits}, every verdict requested twice, 2 characters per "
    "token. Without retries of failed requests. Replies that were cached before an interruption "
    "are counted."
)


def print_stress_estimate(
    test: StressTest, store: Store, prices: Sequence[str], as_json: bool
) -> None:
    """Print the steps to compute, and an upper bound of requests, tokens and dollars.

    Args:
        test: the stress test.
        store: store of computed steps.
        prices: `ROLE=IN/OUT`, in dollars per million tokens.
        as_json: whether to print JSON.
    """
    from truing.oversight import MAX_TOKENS
    from truing.stress import REVIEWER, plan_stress, request_costs
    from truing.stress.protocols import MODELS

    plan = plan_stress(test)
    requests = request_costs(plan, store)
    roles = [one.role for one in requests]
    paid = read_prices(prices, dict.fromkeys([*roles, *MODELS, *test.models, REVIEWER]))
    costs = [
        Cost(one.part, one.role, one.calls, one.tokens, dollars_of(one.tokens, paid.get(one.role)))
        for one in requests
    ]
    missing = plan.missing(store)
    work = plan.count(missing.values())
    if as_json:
        estimate = [one.to_json("part") for one in costs]
        steps = {"steps": len(missing), "plan": len(plan.steps)}
        print(json.dumps({"estimate": estimate, "work": {**work, **steps}}))
        return
    kinds = (("trainings", "training"), ("extractions", "extraction"))
    counts = " and ".join(counted(work[one], word) for one, word in kinds)
    print_text(
        f"to do: {counted(len(missing), 'step')} of {len(plan.steps)}"
        f"{'' if test.kind == 'protocol' else f', of which {counts}'}"
    )
    if not costs:
        print_text("No step sends requests to a model provider.")
        return
    print_costs(costs, "requests")
    names = {name for one in requests for name in one.models}
    print_text("", BOUND.format(limits=reply_limits(names, MAX_TOKENS)))
    if not prices:
        named = ", ".join(dict.fromkeys(roles))
        print_text(
            f"For dollars, add prices per million tokens: --price {roles[0]}=0.15/0.60 "
            f"(roles: {named})"
        )


def announce_requests(test: StressTest, store: Store) -> None:
    """Print a line on standard error if the stress test sends requests to language models."""
    from truing.stress import asks_models, plan_stress, request_costs

    if test.kind == "study" or not asks_models(test):
        return
    costs = request_costs(plan_stress(test), store)
    if not any(one.calls for one in costs):
        return
    names = ", ".join(dict.fromkeys(name for one in costs for name in one.models))
    total = total_cost([Cost("", one.role, one.calls, one.tokens, None) for one in costs])
    print(
        f"requests to {names}: at most {total.calls:,}, with {total.tokens.read:,} input and "
        f"{total.tokens.written:,} output tokens; --estimate prints the costs of each role "
        "without running",
        file=sys.stderr,
    )
