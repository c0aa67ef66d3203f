"""Run a study and write its run folder."""

from __future__ import annotations

import sys
import warnings
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from truing.given import shown
from truing.lab._objects import write_objects
from truing.lab._result import Result
from truing.report import keep_report
from truing.runs import (
    ENVIRONMENT,
    LOSS_NAMES,
    LOSSES,
    STUDY,
    ClaimedFolder,
    Live,
    PartialResults,
    as_json_lines,
    claim_folder,
    data_of,
    losses_csv,
    this_environment,
)
from truing.studies import (
    Engine,
    LocalEngine,
    LossCurve,
    Measuring,
    PartialRows,
    Plan,
    Run,
    Store,
    Study,
    Watcher,
    make_plan,
    run_plan,
    training_needs,
)


def run_study(
    study: Study,
    *,
    out: Path | str | None = None,
    name: str = "",
    overwrite: bool = False,
    engine: Engine | None = None,
    store: Store | None = None,
    watch: Watcher | None = None,
) -> Result:
    """Run a study and write its run folder. Steps that are in the store are not computed again.

    Args:
        study: the configuration.
        out: the run folder; by default a folder under `runs/` in the working directory.
        name: readable name of the run.
        overwrite: replace another run in the run folder.
        engine: execution engine; by default the cores of this machine.
        store: store of computed steps; by default `TRUING_STORE` or the user's cache folder.
        watch: callback for progress: kind of work, steps done, number of steps, steps found in
            the store.

    Raises:
        UserError: the study, its data or a method is invalid, or the folder contains another
            study.
    """
    engine, store = engine or LocalEngine(), store or Store()
    measure = Measuring(engine, store, watch)
    plan = make_plan(study, measure)
    text = study.model_dump_json(indent=2) + "\n"
    parts = {"tasks": study.tasks, "methods": study.methods}
    claimed = claim_folder(STUDY, text, parts, out=out, name=name, overwrite=overwrite)
    path = claimed.path
    with claimed as folder, Live(path, watch) as live:
        write_objects(folder, plan.objects)
        _announce(plan, store, shown=watch is not None)
        with PartialResults(path, PartialRows(plan, store), live) as watched:
            found = run_plan(plan, engine=engine, store=store, watch=watched, measured=measure.ran)
        fresh = _write(folder, found)
    keep_report(path, fresh or folder.renamed)
    return Result(found.rows, found.work, path)


def _announce(plan: Plan, store: Store, shown: bool) -> None:
    """Print the memory of fine-tunings, if progress is shown, and warn if it does not suffice."""
    for need in training_needs(plan.missing(store).values()):
        if shown:
            print(need, file=sys.stderr)
        if not need.fits:
            warnings.warn(need.advice, stacklevel=3)


def _write(folder: ClaimedFolder, run: Run) -> bool:
    """Write all files, the results last; returns whether the results are new."""
    results = as_json_lines(row.to_json() for row in run.rows)
    same = folder.contains(STUDY.results, results)
    sources = {shown(name, run.plan.sources): one for name, one in run.plan.sources.items()}
    environment = replace(
        this_environment(),
        tasks={name: data_of(one, one.vault.summary()) for name, one in sources.items()},
        work=asdict(run.work),
        trainings=[_training(one) for one in run.curves],
    )
    if run.curves:
        folder.write(LOSSES, losses_csv(run.curves))
    folder.write_json(ENVIRONMENT, environment.to_json())
    folder.write(STUDY.results, results)
    return not same


def _training(curve: LossCurve) -> dict[str, Any]:
    """Notes on a fine-tuning: truncated texts, halved batches, examples per second."""
    names = [name for name in LOSS_NAMES if name != "member"]
    return {name: getattr(curve, name) for name in names} | curve.notes.to_json()
