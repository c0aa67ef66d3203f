"""`truing referee`: serve a research run, issue tokens, and close the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from truing.cli._agent_options import print_typical, spending_of
from truing.cli._console import print_text
from truing.cli._contest_options import contest_notes, contest_requests, joint_costs, print_remarks
from truing.cli._once import Group
from truing.cli._options import cap_options, cost_options, json_option, port_option
from truing.cli._referee_audit import audit
from truing.cli._referee_folder import folder_option
from truing.cli._referee_publish import publish
from truing.cli._referee_rerun import rerun
from truing.cli._referee_results import audit_lines, result_lines, results_json, verdict_lines
from truing.cli._referee_usage import print_usage
from truing.cli._referee_workers import (
    every_core_options,
    open_referee,
    stored_config,
    work,
    worker_options,
)
from truing.errors import UserError

if TYPE_CHECKING:
    from truing.oversight import Requests
    from truing.research import ResearchConfig

NOTHING_SCORED = "no method could be scored"


@click.group("referee", cls=Group)
def command() -> None:
    """Serve a research run, issue tokens for researchers, and close the run."""


@command.command("serve", short_help="Serve the referee over HTTP.")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="JSON configuration; required for a new research run. An existing run uses its stored "
    "configuration.",
)
@folder_option
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen on; 0.0.0.0 accepts connections from other machines.",
)
@port_option(default=8321)
@worker_options
@cost_options
@json_option
def serve(
    config, folder, host, port, only_estimate, as_json, prices, spend, tokens, **options
) -> None:
    """Serve the referee over HTTP until interrupted; the page /docs lists the operations.

    --estimate, --price, --spend and --tokens are for the fixed models of an oversight contest. The
    caps replace those of the configuration, and they remain until others replace them. At a cap no
    submission is scored until the referee is served again with a higher cap.
    """
    from truing.research import bind_fixed_models, read_config
    from truing.research.doors import check_not_served, serve_http

    given = None if config is None else read_config(config)
    stored = stored_config(folder)
    stated = given or stored
    requests = None if stated is None else contest_requests(stated, prices, spend, tokens)
    if stated is not None and (only_estimate or stored is None):
        print_remarks(stated, stated.budget.all)
    if only_estimate:
        _print_estimate(stated, requests, as_json)
        return
    if as_json:
        raise UserError("--json needs --estimate, because a server prints no result; remove --json")
    if stored is not None:
        check_not_served(folder)
    elif given is not None and options["engine"] == "local":
        _check_new(given)
    bound = bind_fixed_models(stated) if stated else []  # before a folder is made
    with open_referee(folder, given, requests=requests, **options) as (referee, count):
        serve_http(referee, host, port, count)
    del bound


def _check_new(config: ResearchConfig) -> None:
    """Raise the error of a problem that cannot be used, before a folder is made for it."""
    from truing.research.problems import make_problem

    make_problem(config, bytes(32))


def _print_estimate(
    config: ResearchConfig | None, requests: Requests | None, as_json: bool
) -> None:
    """Print the typical cost of the fixed models, if the joint budget is spent."""
    if config is None:
        raise UserError("--estimate needs a configuration; add --config FILE")
    if requests is None:
        raise UserError(
            f"--estimate is an option of the problem oversight, not of {config.problem.kind}, "
            "which asks no model; remove it"
        )
    print_typical(joint_costs(config, requests.prices), contest_notes(config), as_json)


@command.command("token", short_help="Print a new token for a researcher.")
@click.argument("name")
@folder_option
def token(name, folder) -> None:
    """Print a new token for the researcher NAME; an earlier token of this name becomes invalid."""
    from truing.research.doors import Tokens
    from truing.research.ledger import no_run
    from truing.runs import has_ledger

    if not has_ledger(folder):
        raise no_run(folder)
    print(Tokens(folder).issue(name))


@command.command("close", short_help="Close the run and score the finalists.")
@folder_option
@every_core_options
@cap_options
@json_option
def close(folder, as_json, prices, spend, tokens, **options) -> None:
    """Close the run: score the finalists once on sealed items and on other tasks.

    After that, the run accepts no more submissions. You can stop the command at any time: finished
    scores are in the ledger, and the same command continues with the rest. --price, --spend and
    --tokens are for the fixed models of an oversight contest; at a cap the exit code is 3, and the
    same command with a higher cap continues.
    """
    from truing.lab import read_referee
    from truing.progress import Note, working

    note = Note()

    def watch(what: str, done: int, most: int) -> None:
        note.text = f"{what}: {done} of {most} questions"

    config = stored_config(folder)
    requests = None if config is None else contest_requests(config, prices, spend, tokens)
    options |= {"requests": requests, "every_core": True, "watch": watch}
    with open_referee(folder, **options) as (referee, count):
        with working("scoring the finalists", note):
            verdicts = referee.close(count)
        scored = bool(referee.state.read().outcomes)
    page = _write_report(folder) if scored else None
    found, spending = read_referee(folder), spending_of(folder)
    flags = [found.flags(one.submission) for one in verdicts]
    if as_json:
        decided = [
            {**one.to_json(), "flags": some} for one, some in zip(verdicts, flags, strict=True)
        ]
        stated = results_json(found, spending)
        print(json.dumps({"verdicts": decided, **stated, "report": page}))
        return
    for one in verdicts:
        print_text(*verdict_lines(one), *audit_lines(found, one.submission))
    for line in result_lines(found, spending):
        print_text(line)
    if not verdicts:
        print("no finalist: no method passed the gate" if found.gate else NOTHING_SCORED)
    print_usage(found)
    if page:
        print(page)


@command.command("report", short_help="Write report.html from the ledger.")
@folder_option
@json_option
def report(folder, as_json) -> None:
    """Write report.html from the ledger into the folder: methods, budgets and results so far.

    The report contains true scores only after the run is closed.
    """
    from truing.lab import read_referee

    page = _write_report(folder)
    found, spending = read_referee(folder), spending_of(folder)
    if as_json:
        print(json.dumps({**results_json(found, spending), "report": page}))
        return
    for line in result_lines(found, spending):
        print_text(line)
    print_usage(found)
    print(page)


def _write_report(folder: Path) -> str:
    from truing.lab import report_referee

    return str(report_referee(folder))


command.add_command(work)
command.add_command(audit)
command.add_command(publish)
command.add_command(rerun)
