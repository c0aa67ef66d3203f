"""`truing oversee`: compare oversight protocols on the same questions, with any models."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from truing.cli._console import output_console, print_text
from truing.cli._costs import print_estimate, print_usage, read_prices, role_prices, usage_json
from truing.cli._described_run import requests_of, run_of
from truing.cli._oversee_options import SECTIONS, oversee_options
from truing.cli._sections import SectionedCommand
from truing.errors import UserError
from truing.progress import ProgressBar

if TYPE_CHECKING:
    from truing.lab import Oversight, OversightResult, Replay
    from truing.oversight import Overseen, Requests
    from truing.oversight.spending import Prices

STOPPED_AT_CAP = 3  # exit code


@click.command("oversee", cls=SectionedCommand, sections=SECTIONS)
@oversee_options
def command(only_estimate, prices, on_mute, out, name, overwrite, full, as_json, **given) -> None:
    """Compare a judge's accuracy under several oversight protocols on the same questions.

    Every reply is cached: after an interruption or an error, run the same command again; no reply
    is paid for twice. With --spend or --tokens the run stops before a call that could exceed the
    cap, with exit code 3; the same command with a higher cap continues it.

    The run folder contains judgements.jsonl (read by `truing measure oversight`), transcripts.jsonl
    and logs/ (read by `inspect view`).

    \b
    truing oversee --task cases,count=200 \\
      --protocol blind --protocol consultancy \\
      --protocol debate --judge truing/judge \\
      --debater truing/debater
    """
    from truing.lab import Replay

    run = run_of(given)
    names = [one for given_names in run.models.values() for one in given_names]
    prices = read_prices(prices, dict.fromkeys([*run.models, *names]))
    paid = role_prices(prices, run.models)
    if isinstance(run, Replay) and given["stop_when"]:
        raise UserError("--stop-when applies to new plays; remove --stop-when or --replay")
    if only_estimate:
        if isinstance(run, Replay):
            raise UserError("--estimate applies to new plays; remove --estimate or --replay")
        print_estimate(run, paid, given["max_tokens"], as_json)
        if not paid and not as_json:
            print_text("For dollars, add prices per million tokens: --price judge=0.15/0.60")
        return
    placed = {"out": out, "name": name, "overwrite": overwrite, "on_mute": on_mute}
    result = watch_oversight(run, requests_of(given, prices), **placed)
    print_oversight_run(result, run, paid, full, as_json)


def watch_oversight(run: Oversight | Replay, requests: Requests, **placed: Any) -> OversightResult:
    """Run protocols with a progress bar.

    Args:
        run: the run.
        requests: settings of requests.
        placed: `out`, `name`, `overwrite` and `on_mute` of `truing.run`.
    """
    from truing.lab import Replay, run_oversight, run_replay

    perform: Any = run_replay if isinstance(run, Replay) else run_oversight
    with ProgressBar() as progress:
        return perform(
            run,
            requests=requests,
            watch=lambda protocol, done, total: progress("plays", done, total),
            **placed,
        )


def print_oversight_run(
    result: OversightResult, run: Oversight | Replay, prices: Prices, full: bool, as_json: bool
) -> None:
    """Print the results of a run, and exit: 1 if plays failed or replies were lost, 3 at a cap."""
    free = all(one.startswith("truing/") for names in run.models.values() for one in names)
    if as_json:
        print(json.dumps(_run_json(result, prices)))
    else:
        _print_found(result, prices, free, full)
    sys.exit(max(_failed(result.overseen, run), _lost(result.overseen), _capped(result)))


def _run_json(result: OversightResult, prices: Prices) -> dict[str, object]:
    """Measures, failures, usage and stops of a run as JSON."""
    from truing.cli._oversight_json import oversight_json
    from truing.runs import count_speeches

    found = result.overseen
    measured: dict[str, object] = {"protocols": [], "ratings": []}
    if found.records:
        measured = oversight_json(result.measures, count_speeches(found.records))
    return {
        **measured,
        **({"pressure": result.pressure.to_json()} if result.pressure else {}),
        "simulated": any(row.simulated for row in found.records),
        "failures": [one._asdict() for one in found.failures],
        "usage": usage_json(found.usage, prices),
        "total_usage": usage_json(found.total_usage, prices),
        "stopping": result.stopping.to_json() if result.stopping else None,
        "spending": result.spending.to_json() if result.spending else None,
        "unplayed": found.unplayed,
        "stopped": found.stopped,
        "folder": str(result.folder),
    }


def _print_found(result: OversightResult, prices: Prices, free: bool, full: bool) -> None:
    from truing.cli._oversight_tables import print_oversight
    from truing.report import (
        OVERSIGHT_SIMULATED,
        oversight_summary,
        pressure_summary,
        spending_lines,
        stopping_lines,
    )
    from truing.runs import LOGS, count_speeches

    found, spending = result.overseen, result.spending
    if found.records and full:
        print_oversight(result.measures, count_speeches(found.records))
        print()
    elif found.records:
        output_console().print(oversight_summary(result.measures))
    if result.pressure:
        output_console().print("", pressure_summary(result.pressure), sep="\n")
    if any(row.simulated for row in found.records):
        print_text(OVERSIGHT_SIMULATED)
    if result.stopping:
        print_text(*stopping_lines(result.stopping))
    print_usage(found, prices, free)
    if spending and (spending.spend or spending.cap_tokens or spending.uncertain.total):
        print_text(*spending_lines(spending))
    games = ", games.jsonl" if result.games else ""
    logs = ", logs/" if (result.folder / LOGS).is_dir() else ""
    print_text(f"{result.folder}: report.html, charts/, judgements.jsonl{games}{logs}")
    if found.records and not full:
        print_text("--full prints calibration, ASD, JSE and all comparisons.")


def _failed(found: Overseen, run: Oversight | Replay) -> int:
    """Return 1 if plays failed, after a line on standard error."""
    from truing.lab import Replay

    if not found.failures:
        return 0
    failed = len(found.failures)
    total = failed + len(found.records) + found.pools
    unplayed = 0 if isinstance(run, Replay) else run.plays + run.pools - total
    stopped = f"; {unplayed} plays of later rounds depend on them" if unplayed else ""
    first = found.failures[0]
    names = f" ({first.agent})" if len({one.agent for one in found.failures}) > 1 else ""
    what = (
        f"{failed} of {total} plays failed and are left out of the results"
        if found.records
        else f"every play failed ({failed} of {total}), so there are no results"
    )
    again = f"run the same command again to repeat {'only these' if found.records else 'them'}"
    again += stopped
    if not run.models:
        again = "they failed when they were recorded"
    print(
        f"truing: {what}; the first: {first.protocol}{names}, {first.play}: {first.why}; {again}",
        file=sys.stderr,
    )
    return 1


def _capped(result: OversightResult) -> int:
    """Return 3 if the run stopped at a cap, after a line on standard error."""
    found = result.overseen
    if not found.stopped:
        return 0
    plays = len(found.records) + len(found.failures) + found.unplayed
    print(
        f"truing: stopped: {found.stopped}; {found.unplayed} of {plays} plays are missing; "
        f"{_to_continue(result, found.unplayed)}",
        file=sys.stderr,
    )
    return STOPPED_AT_CAP


def _to_continue(result: OversightResult, missing: int) -> str:
    """How to continue, with a cap that suffices if the missing plays cost as much as the others."""
    spending, done = result.spending, len(result.overseen.records)
    enough = ""
    if spending and done:
        share = 1.1 * (done + missing) / done
        dollars, tokens = share * spending.charged.dollars, share * spending.charged.total
        if spending.spend is not None and dollars > spending.spend:
            enough = f", such as --spend {dollars:.3g}"
        elif spending.cap_tokens is not None and tokens > spending.cap_tokens:
            enough = f", such as --tokens {tokens:.0f}"
    return f"to continue, run the same command with a higher cap{enough}"


def _lost(found: Overseen) -> int:
    """Return 1 if paid replies could not be stored, after a line on standard error."""
    if not found.lost:
        return 0
    print(
        f"truing: {found.lost} paid replies could not be saved in the store ({found.why_lost}); "
        "another run would pay for them again; free some space or set TRUING_STORE to another "
        "folder",
        file=sys.stderr,
    )
    return 1
