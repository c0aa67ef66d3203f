"""Run a study and write its run folder."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from truing.given import OBJECTS
from truing.lab._results import Result
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
    data_of,
    losses_csv,
    this_environment,
)
from truing.studies import (
    Engine,
    LossCurve,
    PartialRows,
    Run,
    Store,
    Study,
    Watcher,
    make_plan,
    run_plan,
)


def run_study(
    study: Study,
    *,
    out: Path | str | None = None,
    engine: Engine | None = None,
    store: Store | None = None,
    watch: Watcher | None = None,
) -> Result:
    """Run a study and write its run folder. Steps that are in the store are not computed again.

    Args:
        study: the configuration.
        out: the run folder; by default `runs/` and a readable name in the working directory.
        engine: execution engine; by default the cores of this machine.
        store: store of computed steps; by default `TRUING_STORE` or the user's cache folder.
        watch: callback for progress: kind of work, steps done, number of steps, steps found in
            the store.

    Raises:
        UserError: the study, its data or a method is invalid, or the folder contains another
            study.
    """
    plan = make_plan(study)
    path = Path(out) if out else Path("runs") / study.readable_name
    text = study.model_dump_json(indent=2) + "\n"
    with ClaimedFolder(path, STUDY, text) as folder, Live(path, watch) as live:
        for one in plan.objects:
            for suffix, content in one.files.items():
                folder.write_bytes(f"{OBJECTS}/{one.specification}{suffix}", content)
        store = store or Store()
        with PartialResults(path, PartialRows(plan, store), live) as watched:
            found = run_plan(plan, engine=engine, store=store, watch=watched)
        fresh = _write(folder, found)
    keep_report(path, fresh)
    return Result(found.rows, found.work, path)


def _write(folder: ClaimedFolder, run: Run) -> bool:
    """Write all files, the results last; returns whether the results are new."""
    results = as_json_lines(row.to_json() for row in run.rows)
    same = folder.contains(STUDY.results, results)
    sources = run.plan.sources.items()
    environment = replace(
        this_environment(),
        tasks={name: data_of(one, one.vault.summary()) for name, one in sources},
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
