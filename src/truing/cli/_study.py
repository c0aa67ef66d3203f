"""Shared parts of the commands that run a study: options, progress, result as table or JSON."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truing.cli._console import output_console, print_text
from truing.cli._options import engine_options, folder_options, json_option, together
from truing.progress import ProgressBar
from truing.wording import counted

if TYPE_CHECKING:
    from truing.lab import Result
    from truing.studies import Engine, Store, Study

study_options = together(
    folder_options,
    engine_options,
    json_option,
    click.option("--dry-run", is_flag=True, help="Print the number of steps without running them."),
)
"""Options of the commands that run a study, the arguments of `perform`."""


def perform(
    study: Study,
    out: Path | None,
    name: str,
    overwrite: bool,
    workers: int | None,
    engine: str,
    address: str | None,
    store: str | None,
    as_json: bool,
    dry_run: bool,
    report_to: str | None = None,
    more: Mapping[str, Study] | None = None,
) -> list[Result]:
    """Run a study, or count its steps, and print the result.

    Returns the printed results: none if only steps are counted, or if the output is JSON.

    Args:
        report_to: tracker to which loss curves are exported.
        more: additional studies by the name of their folder in `out`; their rows follow.
    """
    from truing.studies import Store
    from truing.studies.engines import open_engine

    if report_to:
        from truing.lab import check_tracker

        check_tracker(report_to)
    studies, cache = {"": study, **(more or {})}, Store(store)
    if dry_run:
        _print_counts(list(studies.values()), cache, workers, as_json)
        return []
    with open_engine(engine, workers, address) as opened:
        results = [
            _run(
                one,
                opened,
                cache,
                out=out / part if out else None,
                name=f"{name}, {part}" if name and part else name,
                overwrite=overwrite,
            )
            for part, one in studies.items()
        ]
    if report_to:
        _export_curves(results, report_to)
    if as_json:
        print(json.dumps(_merged(results)))
        return []
    for result in results:
        _print_result(result)
    return results


def _run(study: Study, engine: Engine, store: Store, **folder: Any) -> Result:
    from truing.lab import run

    with ProgressBar() as progress:

        def watch(kind: str, done: int, total: int, reused: int) -> None:
            progress("steps", done, total, f"{reused} reused; {kind}")

        return run(study, engine=engine, store=store, watch=watch, **folder)


def _export_curves(results: Sequence[Result], tracker: str) -> None:
    from truing.lab import export_curves

    count = sum(export_curves(result.folder, tracker) for result in results)
    print(f"{counted(count, 'loss curve')} exported to {tracker}", file=sys.stderr)


def _merged(results: Sequence[Result]) -> dict[str, object]:
    """Rows of all studies, at home and in domains, and the sum of their work.

    `folder` is the folder of the first study.
    """
    from truing.studies import flat_planted, flat_rows, flat_shifts

    works = [asdict(result.work) for result in results]
    rows = [row for result in results for row in result.rows]
    return {
        "rows": [row.to_json() for row in flat_rows(rows)],
        **flat_shifts(rows),
        "planted": flat_planted(rows),
        "over_tasks": [mean.to_json() for result in results for mean in result.over_tasks],
        "work": {key: sum(work[key] for work in works) for key in works[0]},
        "folder": str(results[0].folder),
        "folders": [str(result.folder) for result in results],
    }


def _print_counts(
    studies: Sequence[Study], store: Store, workers: int | None, as_json: bool
) -> None:
    from truing.studies import LocalEngine, Reading, make_plan, measured_if_stored, training_needs
    from truing.studies.work import ChoicePayload

    plans = [make_plan(study, measured_if_stored(store)) for study in studies]
    steps = {key: step for plan in plans for key, step in plan.steps.items()}
    missing = {key: step for plan in plans for key, step in plan.missing(store).items()}
    stored = sum(key in store for key in steps)
    counts = plans[0].count(missing.values()) | {"reused": stored, "seconds": 0.0}
    needs = training_needs(missing.values())
    if as_json:
        memory = [need.to_json() for need in needs]
        sizes = {"steps": len(missing), "plan": len(steps), "training_memory": memory}
        print(json.dumps({"rows": [], "work": counts, **sizes}))
        return
    whole = plans[0].count(steps.values())
    rows = sum(len(plan.lines) for plan in plans)
    print_text(
        f"plan:  {counted(rows, 'row')} from {counted(len(steps), 'distinct step')}, of which "
        f"{_work_text(whole)}",
        f"to do: {counted(len(missing), 'step')}, of which {_work_text(counts)}; "
        f"{stored} in the store",
    )
    choices = [one for step in missing.values() if isinstance(one := step.payload, ChoicePayload)]
    if choices:
        values = counted(len(choices[0].values), "value")
        print_text(
            f"learning_rate=auto: {counted(len(choices), 'choice')}, each a training for each of "
            f"{values}; methods share the choices"
        )
    reading = Reading.of_steps(missing.values(), LocalEngine(workers).slots)
    if reading.texts:
        print_text(f"{reading.content}: {reading}")
    for need in needs:
        print_text(str(need))
        if not need.fits:
            warnings.warn(need.advice, stacklevel=2)


def _work_text(counts: Mapping[str, Any]) -> str:
    return f"{counted(counts['trainings'], 'training')} and " + counted(
        counts["extractions"], "extraction"
    )


def _print_result(result: Result) -> None:
    from truing.report import table

    console = output_console()
    console.print(table(result.rows))
    work = result.work
    print_text(
        "",
        f"{_work_text(asdict(work))} in {work.seconds:.1f} s; "
        f"{counted(work.reused, 'step')} reused",
        f"{result.folder}: report.html, charts/, results.jsonl, study.json, environment.json",
    )
