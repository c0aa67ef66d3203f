"""Costs of `truing oversee`: the estimate before a run, and tokens and dollars after it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from truing.arguments import read_number
from truing.errors import UserError


def read_prices(given: Sequence[str], roles: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    prices = {}
    for one in given:
        role, _, pair = one.partition("=")
        try:
            read, written = (read_number("price", float, part) for part in pair.split("/"))
            if min(read, written) < 0:
                raise ValueError(pair)
        except ValueError:
            raise UserError(
                f"--price must be ROLE=IN/OUT with two numbers of 0 or more, got {one!r}; for "
                "example judge=0.15/0.60"
            ) from None
        if role not in roles:
            raise UserError(f"--price {one!r}: unknown role {role!r}; allowed: {', '.join(roles)}")
        prices[role] = (read, written)
    return prices


def print_estimate(
    run: Any, prices: Mapping[str, tuple[float, float]], max_tokens: int, as_json: bool
) -> None:
    most = _cost_rows(run, prices, max_tokens, typical=False)
    typical = _cost_rows(run, prices, max_tokens, typical=True)
    if as_json:
        print(json.dumps({"estimate": most, "typical": typical}))
        return
    _print_costs(most)
    total = _total(typical)
    dollars = "" if total["dollars"] is None else f", {total['dollars']:.2f} dollars"
    print(
        f"\nUpper bound: {max_tokens} tokens in every reply (--max-tokens), every verdict\n"
        "requested twice, 2 characters per token. Without retries of failed requests.\n"
        f"Typical: {total['calls']:,} calls, {total['input_tokens']:,} tokens in, "
        f"{total['output_tokens']:,} out{dollars}"
    )
    if not prices:
        print("For dollars, add prices per million tokens: --price judge=0.15/0.60")


def _cost_rows(
    run: Any, prices: Mapping[str, tuple[float, float]], max_tokens: int, typical: bool
) -> list[dict[str, Any]]:
    from truing.oversight import estimate

    asked = run.loaded.questions[: run.limit]
    return [
        {
            "protocol": label,
            "role": cost.role,
            "calls": cost.calls,
            **spent_json(cost.tokens, prices.get(cost.role)),
        }
        for label in run.protocols
        for cost in estimate(
            label, asked, run.models, run.swap, max_tokens=max_tokens, typical=typical
        )
    ]


def _total(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    names = ("calls", "input_tokens", "output_tokens")
    known = [row["dollars"] for row in rows if row["dollars"] is not None]
    totals = {name: sum(row[name] for row in rows) for name in names}
    return {"protocol": "all", "role": "", **totals, "dollars": sum(known) if known else None}


def _print_costs(rows: Sequence[Mapping[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for name in ("protocol", "role", "calls", "tokens in", "tokens out", "dollars"):
        shown.add_column(name, justify="left" if name in ("protocol", "role") else "right")
    for row in [*rows, _total(rows)]:
        dollars = "" if row["dollars"] is None else f"{row['dollars']:.2f}"
        counts = (f"{row[name]:,}" for name in ("calls", "input_tokens", "output_tokens"))
        shown.add_row(row["protocol"], row["role"], *counts, dollars)
    Console(width=None if sys.stdout.isatty() else 80, highlight=False).print(shown)


def print_usage(found: Any, prices: Mapping[str, tuple[float, float]]) -> None:
    """Print the tokens paid now and, if cached replies were used, the tokens of the whole run."""
    whole = found.total_usage
    if found.usage == whole or not whole:
        _print_spent("", found.usage, prices)
        return
    if not found.usage:
        print("\npaid now: nothing; all replies were cached")
    _print_spent("paid now, ", found.usage, prices)
    _print_spent("whole run, ", whole, prices)


def _print_spent(
    when: str, usage: Mapping[str, Any], prices: Mapping[str, tuple[float, float]]
) -> None:
    for role, one in sorted(usage.items()):
        spent = spent_json(one, prices.get(role))
        dollars = "" if spent["dollars"] is None else f", {spent['dollars']:.2f} dollars"
        print(
            f"{when}{role}: {spent['input_tokens']:,} input tokens, "
            f"{spent['output_tokens']:,} output tokens{dollars}"
        )


def spent_json(tokens: Any, price: tuple[float, float] | None) -> dict[str, Any]:
    dollars = tokens.dollars(price) if price else None
    return {"input_tokens": tokens.read, "output_tokens": tokens.written, "dollars": dollars}
