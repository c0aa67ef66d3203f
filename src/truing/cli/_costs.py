"""Costs of `truing oversee`: the estimate before a run, and tokens and dollars after it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from truing.arguments import read_number
from truing.cli._console import output_console, print_text
from truing.errors import UserError

if TYPE_CHECKING:
    from truing.lab import Oversight
    from truing.oversight import Match, Overseen, Spent
    from truing.oversight.spending import Prices


@dataclass(frozen=True)
class Cost:
    """Calls, tokens and dollars of a role under a protocol; dollars are None without a price."""

    protocol: str
    role: str
    calls: int
    tokens: Spent
    dollars: float | None

    def to_json(self, first: str = "protocol") -> dict[str, object]:
        """JSON form, with the key of the protocol or of another part of a run."""
        counts = {first: self.protocol, "role": self.role, "calls": self.calls}
        return {**counts, **_spent_json(self.tokens, self.dollars)}


def read_prices(given: Sequence[str], known: Iterable[str]) -> Prices:
    """Prices by role or model, from texts such as `judge=0.15/0.60`.

    Args:
        given: the texts.
        known: names of roles and models.

    Raises:
        UserError: a text is wrong, or names neither a role nor a model.
    """
    prices = {}
    for one in given:
        role, _, pair = one.rpartition("=")
        try:
            read, written = (read_number("price", float, part) for part in pair.split("/"))
            if min(read, written) < 0:
                raise ValueError(pair)
        except ValueError:
            raise UserError(
                f"--price must be ROLE=IN/OUT with two numbers of 0 or more, got {one!r}; for "
                "example judge=0.15/0.60"
            ) from None
        if role not in known:
            raise UserError(
                f"--price {one!r}: unknown role or model {role!r}; allowed: {', '.join(known)}"
            )
        prices[role] = (read, written)
    return prices


def role_prices(prices: Prices, models: Mapping[str, Sequence[str]]) -> Prices:
    """Price of each role whose models all have a price: the highest price among its models."""
    from truing.oversight.spending import price_of

    found = {}
    for role, names in models.items():
        known = [price_of(prices, role, name) for name in names]
        stated = [one for one in known if one is not None]
        if stated and len(stated) == len(known):
            found[role] = max(one[0] for one in stated), max(one[1] for one in stated)
    return found


def print_estimate(run: Oversight, prices: Prices, max_tokens: int, as_json: bool) -> None:
    most = _estimate(run, prices, max_tokens, typical=False)
    typical = _estimate(run, prices, max_tokens, typical=True)
    if as_json:
        costs = {"estimate": most, "typical": typical}
        print(json.dumps({name: [one.to_json() for one in costs[name]] for name in costs}))
        return
    print_costs(most)
    total = total_cost(typical)
    print_text(
        "",
        f"Upper bound: {_reply_limits(run, max_tokens)}, every verdict requested twice, 2 "
        "characters per token. Without retries of failed requests.",
        f"Typical: {total.calls:,} calls, {total.tokens.read:,} tokens in, "
        f"{total.tokens.written:,} out{_dollars(total.dollars)}",
    )


def _reply_limits(run: Oversight, max_tokens: int) -> str:
    """The limits of replies, by `--max-tokens` and by the models' own `max_tokens`."""
    matches = [one for part in run.schedule.planned for one in part.matches]
    models = [run.cast.roles, *(one.models for one in matches)]
    names = {name for roles in models for own in roles.values() for name in own}
    return reply_limits(names, max_tokens, " (--max-tokens)")


def reply_limits(names: Iterable[str], max_tokens: int, source: str = "") -> str:
    """The limits of replies of some models, such as `2048 tokens in every reply`.

    Args:
        names: names of the models.
        max_tokens: limit of models that do not state their own.
        source: text after this limit.
    """
    from truing.oversight import max_tokens_of

    stated = {max_tokens_of(name, 0) for name in names}  # 0: not stated
    own = sorted(stated - {0})
    if not own:
        return f"{max_tokens} tokens in every reply{source}"
    span = str(own[0]) if len(own) == 1 else f"{own[0]} to {own[-1]}"
    if 0 not in stated:
        return f"{span} tokens in every reply (max_tokens of the models)"
    return (
        f"{max_tokens} tokens in every reply{source}, but {span} in replies of models that state "
        "max_tokens"
    )


def _estimate(run: Oversight, prices: Prices, max_tokens: int, typical: bool) -> list[Cost]:
    """Costs of all rounds by protocol and role; matches with equal limits cost the same."""
    from truing.oversight import Spent, estimate, max_tokens_of

    totals: dict[tuple[str, str], tuple[int, Spent]] = {}
    for part in run.schedule.planned:
        asked = [run.loaded.questions[place] for place in part.asked]
        alike: dict[str, list[tuple[str, dict[str, tuple[str, ...]]]]] = {}
        for match in part.matches:
            models: dict[str, tuple[str, ...]] = {
                **run.cast.roles,
                **_dearest(run, match, max_tokens),
            }
            limits = {
                role: [max_tokens_of(name, max_tokens) for name in names]
                for role, names in models.items()
            }
            alike.setdefault(f"{limits} {match.protocol}", []).append((match.protocol, models))
        for matches in alike.values():
            label, models = matches[0]
            for one in estimate(
                label,
                asked,
                models,
                run.swap,
                max_tokens=max_tokens,
                typical=typical,
                candidates=max(run.pressure, default=0),
                options=run.options,
            ):
                calls, tokens = totals.get((label, one.role), (0, Spent()))
                more = Spent(one.tokens.read * len(matches), one.tokens.written * len(matches))
                totals[label, one.role] = calls + one.calls * len(matches), tokens + more
    return [
        Cost(label, role, calls, tokens, dollars_of(tokens, prices.get(role)))
        for (label, role), (calls, tokens) in totals.items()
    ]


def _dearest(run: Oversight, match: Match, max_tokens: int) -> Mapping[str, tuple[str, ...]]:
    """The models of a match; in a Swiss tournament with the debater of the longest replies.

    The pairs of later rounds are not known before the games, so this is an upper bound.
    """
    from truing.oversight import max_tokens_of

    debaters = run.cast.debaters
    if not run.tournament.startswith("swiss"):
        return match.models
    longest = max(debaters, key=lambda name: max_tokens_of(name, max_tokens))
    return {
        role: tuple(longest if name in debaters else name for name in names)
        for role, names in match.models.items()
    }


def total_cost(costs: Sequence[Cost]) -> Cost:
    from truing.oversight import Spent

    known = [one.dollars for one in costs if one.dollars is not None]
    tokens = sum((one.tokens for one in costs), Spent())
    calls = sum(one.calls for one in costs)
    return Cost("all", "", calls, tokens, sum(known) if known else None)


def print_costs(costs: Sequence[Cost], first: str = "protocol") -> None:
    """Print a table of costs and their sum, with the heading of the first column."""
    from truing.report import Column, FittingTable

    numbers = [Column(name) for name in ("calls", "tokens in", "tokens out", "dollars")]
    names = [Column(first, left=True, fold=True), Column("role", left=True)]
    shown = FittingTable([*names, *numbers])
    for one in [*costs, total_cost(costs)]:
        dollars = "" if one.dollars is None else f"{one.dollars:.2f}"
        counts = (f"{count:,}" for count in (one.calls, one.tokens.read, one.tokens.written))
        shown.rows.append((one.protocol, one.role, *counts, dollars))
    output_console().print(shown)


def print_usage(found: Overseen, prices: Prices, free: bool) -> None:
    """Print the tokens used now and, if cached replies were used, the tokens of the whole run.

    Args:
        found: the plays, with their usage.
        prices: prices by role.
        free: whether all models are embedded agents, which cost nothing.
    """
    now = "used now" if free else "paid now"
    whole = found.total_usage
    if found.usage == whole or not whole:
        _print_spent("", found.usage, prices)
        return
    if not found.usage:
        print_text(f"{now}: nothing; no new reply was needed")
    _print_spent(f"{now}, ", found.usage, prices)
    _print_spent("whole run, ", whole, prices)


def _print_spent(when: str, usage: Mapping[str, Spent], prices: Prices) -> None:
    for role, one in sorted(usage.items()):
        dollars = _dollars(dollars_of(one, prices.get(role)))
        print_text(
            f"{when}{role}: {one.read:,} input tokens, {one.written:,} output tokens{dollars}"
        )


def _dollars(dollars: float | None) -> str:
    return "" if dollars is None else f", {dollars:.2f} dollars"


def dollars_of(tokens: Spent, price: tuple[float, float] | None) -> float | None:
    """Dollars for some tokens; None without a price."""
    return tokens.dollars(price) if price else None


def usage_json(usage: Mapping[str, Spent], prices: Prices) -> dict[str, dict[str, float | None]]:
    return {
        role: _spent_json(one, dollars_of(one, prices.get(role))) for role, one in usage.items()
    }


def _spent_json(tokens: Spent, dollars: float | None) -> dict[str, float | None]:
    return {"input_tokens": tokens.read, "output_tokens": tokens.written, "dollars": dollars}
