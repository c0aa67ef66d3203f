"""`truing oversee`: protocols of oversight on the same questions, with any models."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from truing.cli._progress import Progress
from truing.errors import UserError

SIMULATED = "Simulated: embedded agents or generated questions; no figure is of a real model."


@click.command("oversee")
@click.option(
    "--protocol",
    "protocols",
    multiple=True,
    required=True,
    metavar="NAME",
    help="blind, debate, consultancy,assignment=open, path/to/file.py:name. Repeat to compare.",
)
@click.option(
    "--task",
    required=True,
    metavar="NAME|FILE",
    help="Questions: a file with question, choices, truth and hidden text, or `cases`.",
)
@click.option(
    "--judge",
    "judges",
    multiple=True,
    metavar="MODEL",
    help="As Inspect names it: openai/gpt-4o-mini, truing/judge. Several are a panel.",
)
@click.option("--debater", metavar="MODEL", help="Who speaks, whatever a protocol calls it.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="ROLE=MODEL",
    help="Another model for one role: consultant, critic, proposer, adversary, market.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N questions.")
@click.option("--swap", is_flag=True, help="Again, with the answers in the contrary order.")
@click.option("--estimate", "only_estimate", is_flag=True, help="Print what it will cost; no more.")
@click.option(
    "--price",
    "prices",
    multiple=True,
    metavar="ROLE=IN/OUT",
    help="Dollars for a million tokens read and written: --price judge=0.15/0.60.",
)
@click.option("--connections", type=click.IntRange(min=1), metavar="N", help="Requests at once.")
@click.option(
    "--retries", type=click.IntRange(min=0), default=5, show_default=True, metavar="N",
    help="Of a request that failed for the moment.",
)  # fmt: skip
@click.option(
    "--timeout", type=click.IntRange(min=1), default=120, show_default=True, metavar="SECONDS",
    help="For one attempt at a request.",
)  # fmt: skip
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The run folder; by default runs/ and a readable name here.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    protocols, task, judges, debater, roles, limit, swap, only_estimate, prices, connections,
    retries, timeout, out, as_json,
) -> None:  # fmt: skip
    """Help a judge in several ways on the same questions, and compare how well it judges.

    Every reply is kept: the same command again, after a kill or an error, pays for nothing twice.
    The folder holds judgements.jsonl (as `truing measure oversight` reads it), transcripts.jsonl
    and logs/ for `inspect view`.

    \b
    truing oversee --protocol blind --protocol consultancy --protocol debate \\
      --task cases,count=200 --judge truing/judge --debater truing/debater
    """
    from truing.report import OversightRun

    models = _models(judges, debater, roles)
    run = OversightRun(protocols, task, models, limit, swap)
    paid = _prices(prices, models)
    if only_estimate:
        _print_estimate(run, paid, as_json)
        return
    from truing.oversight import Requests
    from truing.report import run_oversight

    requests = Requests(connections, retries, timeout * (retries + 1), timeout)
    with Progress() as progress:
        found, folder = run_oversight(
            run,
            out=out,
            requests=requests,
            watch=lambda protocol, done, total: progress("plays", done, total),
        )
    _print_found(found, folder, paid, as_json)
    sys.exit(_failed(found))


def _models(
    judges: Sequence[str], debater: str | None, roles: Sequence[str]
) -> dict[str, Sequence[str]]:
    models: dict[str, Sequence[str]] = {}
    if judges:
        models["judge"] = tuple(judges)
    if debater:
        models["debater"] = (debater,)
    for one in roles:
        role, equals, model = one.partition("=")
        if not (role and equals and model):
            raise UserError(f"--role {one!r} must read ROLE=MODEL")
        models[role] = (*models.get(role, ()), model)
    return models


def _prices(given: Sequence[str], roles: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    prices = {}
    for one in given:
        role, _, pair = one.partition("=")
        try:
            read, written = (float(part) for part in pair.split("/"))
        except ValueError:
            raise UserError(f"--price {one!r} must read ROLE=IN/OUT: judge=0.15/0.60") from None
        if role not in roles:
            raise UserError(f"--price {one!r}: no role {role!r}; roles are: {', '.join(roles)}")
        prices[role] = (read, written)
    return prices


def _print_estimate(run: Any, prices: Mapping[str, tuple[float, float]], as_json: bool) -> None:
    from truing.oversight import estimate

    asked = run.loaded.questions[: run.limit]
    rows = [
        (label, cost)
        for label in run.protocols
        for cost in estimate(label, asked, run.models, run.swap)
    ]
    shown = [
        {
            "protocol": label,
            "role": cost.role,
            "calls": cost.calls,
            **_spent(cost.tokens, prices.get(cost.role)),
        }
        for label, cost in rows
    ]
    if as_json:
        print(json.dumps({"estimate": shown}))
        return
    _print_costs(shown)
    print(
        "\nAt most, if nobody reasons in private for longer than it may speak;\n"
        "a token is taken as four characters."
    )
    if not prices:
        print("Dollars: name your prices for a million tokens, --price judge=0.15/0.60")


def _print_costs(rows: Sequence[Mapping[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for name in ("protocol", "role", "calls", "tokens in", "tokens out", "dollars"):
        shown.add_column(name, justify="left" if name in ("protocol", "role") else "right")
    total = {"protocol": "all", "role": ""}
    for name in ("calls", "input_tokens", "output_tokens"):
        total[name] = sum(row[name] for row in rows)
    known = [row["dollars"] for row in rows if row["dollars"] is not None]
    total["dollars"] = sum(known) if known else None
    for row in [*rows, total]:
        dollars = "" if row["dollars"] is None else f"{row['dollars']:.2f}"
        counts = (f"{row[name]:,}" for name in ("calls", "input_tokens", "output_tokens"))
        shown.add_row(row["protocol"], row["role"], *counts, dollars)
    Console(width=None if sys.stdout.isatty() else 80, highlight=False).print(shown)


def _print_found(
    found: Any, folder: Path, prices: Mapping[str, tuple[float, float]], as_json: bool
) -> None:
    from truing.cli._measure_oversight import oversight_json, print_oversight
    from truing.report import measure_judgements

    figures = measure_judgements(folder / "judgements.jsonl") if found.records else None
    simulated = any(row["simulated"] for row in found.records)
    if as_json:
        plain = oversight_json(figures) if figures else {"protocols": []}
        plain |= {
            "simulated": simulated,
            "failures": [
                {"protocol": label, "play": play, "why": why} for label, play, why in found.failures
            ],
            "usage": {role: _spent(one, prices.get(role)) for role, one in found.usage.items()},
            "folder": str(folder),
        }
        print(json.dumps(plain))
        return
    if figures:
        print_oversight(figures)
    if simulated:
        print(f"\n{SIMULATED}")
    for role, one in found.usage.items():
        spent = _spent(one, prices.get(role))
        dollars = "" if spent["dollars"] is None else f", {spent['dollars']:.2f} dollars"
        print(
            f"{role}: {spent['input_tokens']:,} tokens read, {spent['output_tokens']:,} written"
            f"{dollars}"
        )
    if not found.usage:
        print("\nnothing was asked anew: every reply was kept from before")
    print(f"{folder}: report.html, charts/, judgements.jsonl, logs/")


def _spent(tokens: Any, price: tuple[float, float] | None) -> dict[str, Any]:
    dollars = tokens.dollars(price) if price else None
    return {"input_tokens": tokens.read, "output_tokens": tokens.written, "dollars": dollars}


def _failed(found: Any) -> int:
    """1 where plays failed, told on standard error."""
    if not found.failures:
        return 0
    total = len(found.failures) + len(found.records)
    protocol, play, why = found.failures[0]
    print(
        f"truing: {len(found.failures)} of {total} plays failed and are in no figure; the first: "
        f"{protocol}, {play}: {why}; run the same command again to play these alone",
        file=sys.stderr,
    )
    return 1
