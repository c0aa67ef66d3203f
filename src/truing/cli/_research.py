"""`truing research`: researchers search for methods under a referee on this machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truing.cli._agent_options import (
    SECTION,
    agent_options,
    agents_of,
    print_estimate,
    requests_of,
    spending_of,
    take_agent_options,
)
from truing.cli._complete import complete_names, complete_run
from truing.cli._console import output_console, print_text
from truing.cli._contest_options import contest_options, print_remarks
from truing.cli._options import (
    cap_options,
    engine_options,
    folder_options,
    full_option,
    json_option,
    seeds_option,
)
from truing.cli._research_config import research_config
from truing.cli._sections import ENGINE, FOLDER, SectionedGroup
from truing.errors import UserError
from truing.progress import ProgressBar

if TYPE_CHECKING:
    from truing.lab import ResearchRun

SECTIONS = {
    "Problem": ("problem", "tasks", "other_tasks", "weak", "strong", "layers", "pools", "seeds"),
    "Oversight contests": ("limit", "judge", "debater", "baseline", "most_calls", "verdict"),
    "Researchers": ("researcher", "control", "warm", "seed"),
    "Budget and scores": ("trials", "finalists", "step"),
    **SECTION,
    **FOLDER,
    **ENGINE,
}


@click.group(
    "research",
    cls=SectionedGroup,
    sections=SECTIONS,
    repeated={"researcher": "give it once, and name the second researcher with --control"},
    invoke_without_command=True,
)
@click.option(
    "--researcher",
    shell_complete=complete_names("researchers"),
    default="search",
    show_default=True,
    metavar="NAME",
    help="Researcher: search, random, agent (a language model, with --model), "
    "path/to/file.py:name.",
)
@click.option(
    "--control",
    shell_complete=complete_names("researchers", more=["none"]),
    default="random",
    show_default=True,
    metavar="NAME|none",
    help="Control researcher with the same budget, or none.",
)
@click.option(
    "--problem",
    type=click.Choice(["weak-to-strong", "oversight", "choose-protocol"]),
    default="weak-to-strong",
    help="Search for training methods (the default), for oversight protocols that fixed models "
    "play (oversight), or for protocols of a simulated judge (choose-protocol).",
)
@click.option(
    "--task",
    "tasks",
    shell_complete=complete_names("tasks"),
    multiple=True,
    metavar="NAME|FILE",
    help="Climb task or, in --problem oversight, question set, on which every submitted method is "
    "scored (default: digits; cases,count=400). Repeat for several tasks.",
)
@click.option(
    "--other-task",
    "other_tasks",
    shell_complete=complete_names("tasks"),
    multiple=True,
    metavar="NAME|FILE",
    help="Task that the researchers do not know, on which only finalists are scored, at the end. "
    "Repeat for several tasks (default for digits: digits-parity and digits-large).",
)
@click.option(
    "--weak",
    shell_complete=complete_names("supervisors", "students"),
    metavar="NAME",
    help="Supervisor.  [default: pca-4]",
)
@click.option(
    "--strong",
    shell_complete=complete_names("students"),
    metavar="NAME",
    help="Student.  [default: spectral-64]",
)
@click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="NAME=FEATURES",
    help="Features that pipelines choose from, such as 6=hf/NAME@layer-6. Repeat for several "
    "layers. With layers, the space of the search is that of pipelines.",
)
@click.option(
    "--pool",
    "pools",
    multiple=True,
    metavar="NAME",
    help="Value of the argument pool of all layers that pipelines choose from, such as mean. "
    "Repeat for several values.",
)
@contest_options
@seeds_option(default=None)
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=60,
    show_default=True,
    metavar="N",
    help="Number of methods that each researcher may submit.",
)
@click.option(
    "--finalists",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    metavar="N",
    help="Number of methods that are scored at the end, on sealed items and on other tasks.",
)
@click.option(
    "--step",
    type=float,
    default=0.02,
    show_default=True,
    metavar="GAIN",
    help="Smallest improvement over the best released score that the referee releases.",
)
@click.option(
    "--warm",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of an earlier research run; the search starts from its finalists.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Random seed of the researchers.",
)
@agent_options
@folder_options
@engine_options
@full_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    researcher,
    control,
    out,
    name,
    overwrite,
    workers,
    engine,
    address,
    store,
    full,
    as_json,
    **given,
) -> None:
    """Let a researcher and a control search for methods under a referee.

    The referee trains and scores every method and releases few scores. At the end it scores the
    best methods once on sealed items and on other tasks. After an interruption, the same command or
    `truing research resume DIR` continues the run.

    \b
    truing research --task digits --trials 60
    truing research --layer a=pca-8 --layer b=spectral-64
    truing research --problem oversight --trials 20
    truing research --researcher agent --model openai/gpt-4o

    The researchers `search` and `random` combine known methods, or vary the declaration of a
    protocol. The researcher `agent` is a language model that writes folders of training code, or
    of a declaration and prompts, under hard caps on cost and time. For any other agent, use `truing
    referee serve`. The caps also count the calls of the fixed models of --problem oversight; at a
    cap such a run stops with exit code 3, and the same command with a higher cap continues it.
    """
    if ctx.invoked_subcommand is not None:
        return
    from truing.lab import ResearchRun

    own = take_agent_options(given)
    agents = agents_of(own, researcher, given["problem"])
    names = [agents or researcher, *([] if control == "none" else [control])]
    run = ResearchRun(
        researchers=names, config=research_config(**given, folders=agents is not None)
    )
    requests = requests_of(own, run)
    print_remarks(run.config, min(run.config.budget.each, run.config.budget.all))
    if own["only_estimate"]:
        print_estimate(run, requests, as_json)
        return
    place = {"out": out, "name": name, "overwrite": overwrite}
    limits = {"requests": requests, "seconds": own["seconds"]}
    _perform(run, {**place, **limits}, workers, engine, address, store, full, as_json)


@command.command("resume")
@click.argument(
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    shell_complete=complete_run,
)
@cap_options
@engine_options
@full_option
@json_option
def resume(folder: Path, prices, spend, tokens, **options) -> None:
    """Continue a stopped research run. Its caps and prices remain unless others are given."""
    from truing.lab import read_research

    run = read_research(folder)
    costs = {"prices": prices, "spend": spend, "tokens": tokens, "max_tokens": None}
    _perform(run, {"out": folder, "requests": requests_of(costs, run)}, **options)


def _perform(
    run: ResearchRun,
    place: Mapping[str, Any],
    workers: int | None,
    engine: str,
    address: str | None,
    store: str | None,
    full: bool,
    as_json: bool,
) -> None:
    from truing.cli._research_tables import print_reports
    from truing.lab import run_research
    from truing.report import RESEARCH_SIMULATED, research_summary, spending_lines
    from truing.studies import Store
    from truing.studies.engines import open_engine

    _check_trains(run.config.problem.kind, engine, workers=workers, address=address, store=store)
    with open_engine(engine, workers, address) as opened, ProgressBar() as progress:
        cache = Store(store) if store else None
        result = run_research(run, **place, engine=opened, store=cache, watch=progress)
    reports, folder = result.reports, result.folder
    if as_json:
        plain = {name: one.to_json() for name, one in reports.items()}
        found = {"researchers": plain, "simulated": run.simulated, "folder": str(folder)}
        if spending := spending_of(folder):
            found["spending"] = spending.to_json()
        print(json.dumps(found))
        return
    if full:
        print_reports(reports)
    else:
        output_console().print(research_summary(reports))
    if spending := spending_of(folder):
        print_text(*spending_lines(spending))
    if run.simulated:
        print_text(RESEARCH_SIMULATED)
    print_text(f"{folder}: report.html, charts/, report.json, and the ledgers")
    if not full:
        print_text("--full prints all finalists, with their gains on all tiers.")


def _check_trains(kind: str, engine: str, **given: int | str | None) -> None:
    """Raise UserError for an option about training if the problem trains nothing."""
    if kind == "weak-to-strong":
        return
    named = [name for name, value in given.items() if value is not None]
    for name in ["engine"] * (engine != "local") + named:
        raise UserError(f"--{name} is an option of --problem weak-to-strong, not of {kind}")
