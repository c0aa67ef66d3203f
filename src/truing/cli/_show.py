"""`truing show`: the content of a run folder, in the terminal."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truing.cli._complete import complete_run
from truing.cli._console import output_console, print_text
from truing.cli._once import Command
from truing.cli._options import full_option, json_option
from truing.errors import TruingError

if TYPE_CHECKING:
    from truing.report import RunFacts
    from truing.runs import FoundRun, RunState

SHOWN = ("finished", "newer")  # statuses of runs that have results


@click.command("show", cls=Command)
@click.argument(
    "folder", metavar="RUN", type=click.Path(path_type=Path), shell_complete=complete_run
)
@full_option
@json_option
def command(folder: Path, full: bool, as_json: bool) -> None:
    """Print what a run folder contains: finding, results, status, date and command.

    RUN is a run folder of any kind, also of a run that is in progress or stopped, or from another
    machine. Parts that cannot be read are listed.

    \b
    truing show runs/first
    """
    from truing.report import FoldedText, read_facts, spending_lines
    from truing.runs import find_run

    run = find_run(folder)
    facts, state = read_facts(run), run.state
    if as_json:
        print(json.dumps(_plain(run, facts, state)))
        return
    print_text(*_facts(run, facts, state))
    if run.spending:
        print_text(*spending_lines(run.spending))
    if facts.finding:
        output_console().print("", *map(FoldedText, facts.finding), sep="\n")
    if facts.simulated:
        print_text("Simulated: programs or generated questions take the place of models.")
    try:
        _print_results(run, state, full)
    except TruingError as error:
        run.warnings.append(f"The results cannot be read ({error}).")
    for warning in _notes(run, state):
        print_text("", f"note: {warning}")
    if command := _command(run, facts):
        finished = state.status in (*SHOWN, "running")
        print(f"\n{'command' if finished else 'to continue'}: {command}")


def _command(run: FoundRun, facts: RunFacts) -> str:
    """The command that continues the run, or repeats it with the results in the store.

    The command in a report names no folder, because a report can be moved.
    """
    if not facts.command:
        return ""
    folder, name = str(run.folder), run.about.name
    if facts.command.startswith("truing run "):
        return shlex.join(["truing", "run", folder])
    place = ["--out", folder, *(["--name", name] if name else [])]
    return f"{facts.command} {shlex.join(place)}"


def _facts(run: FoundRun, facts: RunFacts, state: RunState) -> list[str]:
    return [facts.title, f"{run.folder}: {_facts_line(run, facts, state)}"]


def _facts_line(run: FoundRun, facts: RunFacts, state: RunState) -> str:
    """Kind, status, size and date of a run in one line."""
    from truing.runs import STATUSES

    status = STATUSES[state.status]
    now = state.progress
    if state.status == "running" and now is not None and now.total:
        status += f" ({now.what}: {now.done} of {now.total})"
    if state.why:
        status += f" ({state.why})"
    words = [run.kind.name, status, state.outline.size, facts.date and f"started {facts.date}"]
    return ", ".join(filter(None, words))


def _plain(run: FoundRun, facts: RunFacts, state: RunState) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "folder": str(run.folder),
        "kind": run.kind.name,
        "name": run.about.name,
        "started": run.about.started and run.about.started.isoformat(),
        "status": state.status,
        "why": state.why,
        "progress": asdict(state.progress) if state.progress else None,
        "command": _command(run, facts),
        "finding": list(facts.finding),
        "stopping": run.stopping.to_json() if run.stopping else None,
        "spending": run.spending.to_json() if run.spending else None,
        **_results_json(run, state),
        "warnings": _notes(run, state),
    }


def _results_json(run: FoundRun, state: RunState) -> dict[str, Any]:
    """The results of each kind of run, as its own command prints them with --json."""
    from truing.cli._oversight_json import oversight_json
    from truing.runs import GAME, OVERSIGHT, RESEARCH, STRESS, STUDY, pressure_in

    if state.status not in SHOWN or not (run.folder / run.kind.results).is_file():
        return {}
    if run.kind is STRESS:
        rows, card = run.detections, run.power_card
        return {"rows": [row.to_json() for row in rows], "card": [row.to_json() for row in card]}
    if run.kind is STUDY:
        return {"rows": [row.to_json() for row in run.rows]}
    if run.kind is OVERSIGHT:
        measured, speeches = _judged(run)
        pressed = pressure_in(run.folder)
        under = {"pressure": pressed.to_json()} if pressed else {}
        return {**oversight_json(measured, speeches), **under}
    names = {RESEARCH.name: "researchers", GAME.name: "results"}
    return {names[run.kind.name]: run.results} if run.kind.name in names else {}


def _notes(run: FoundRun, state: RunState) -> list[str]:
    """Parts that cannot be read; none while a process still writes them."""
    return [] if state.status == "running" else list(dict.fromkeys(run.warnings))


def _print_results(run: FoundRun, state: RunState, full: bool) -> None:
    """Print the table of each kind of run; nothing if there are no results."""
    from truing.runs import GAME, OVERSIGHT, RESEARCH, STRESS, STUDY

    if state.status not in SHOWN or not (run.folder / run.kind.results).is_file():
        return
    print()
    if run.kind is STUDY and run.rows:
        from truing.report import table

        output_console().print(table(run.rows))
    elif run.kind is STRESS and run.detections:
        from truing.report import power_card, stress_summary

        if full or not run.power_card:
            output_console().print(stress_summary(run.detections), "")
        output_console().print(power_card(run.power_card, run.detections))
    elif run.kind is OVERSIGHT:
        from truing.cli._oversight_tables import print_oversight
        from truing.report import oversight_summary, pressure_summary
        from truing.runs import pressure_in

        measured, speeches = _judged(run)
        if full:
            print_oversight(measured, speeches)
        else:
            output_console().print(oversight_summary(measured))
        if pressed := pressure_in(run.folder):
            output_console().print("", pressure_summary(pressed), sep="\n")
    elif run.kind in (RESEARCH, GAME):
        from truing.cli._research_tables import print_reports
        from truing.lab import PlayedGame, ResearchResult, load
        from truing.report import outcome_table, research_summary

        result = load(run.folder)
        if isinstance(result, ResearchResult) and full:
            print_reports(result.reports)
        elif isinstance(result, ResearchResult):
            output_console().print(research_summary(result.reports))
        elif isinstance(result, PlayedGame):
            output_console().print(outcome_table(result.outcome))


def _judged(run: FoundRun) -> tuple[Any, Any]:
    """Measures of an oversight run, and the counts of its speeches."""
    from truing.oversight import read_judgements
    from truing.runs import count_speeches, measure_judgements

    path = run.folder / run.kind.results
    records = [row for _, row in read_judgements(path)]
    return measure_judgements(path, on_mute=run.environment.on_mute), count_speeches(records)
