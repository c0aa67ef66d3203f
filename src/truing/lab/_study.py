"""Execute a study and write its run folder."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from truing.lab._results import Result
from truing.report import keep_report
from truing.runs import (
    ENVIRONMENT,
    LOSS_NAMES,
    LOSSES,
    STUDY,
    ClaimedFolder,
    Live,
    as_json_lines,
    data_of,
    losses_csv,
    this_environment,
)
from truing.studies import Engine, LossCurve, Run, Store, Study, Watcher, make_plan, run_plan


def run_study(
    study: Study,
    *,
    out: Path | str | None = None,
    engine: Engine | None = None,
    store: Store | None = None,
    watch: Watcher | None = None,
) -> Result:
    """Run a study, or as much of it as was not run before, and write its folder.

    Args:
        out: the run folder; by default `runs/` and a readable name here.
        engine: where the work runs; by default on this machine's cores.
        store: what was computed before; by default `TRUING_STORE` or the user's cache folder.
        watch: told of progress: kind of work, steps done, steps to do, steps found in the store.

    Raises:
        UserError: a mistake in the study, its data or a method, or a folder of another study.
    """
    plan = make_plan(study)
    path = Path(out) if out else Path("runs") / study.readable_name
    text = study.model_dump_json(indent=2) + "\n"
    with ClaimedFolder(path, STUDY, text) as folder, Live(path, watch) as live:
        found = run_plan(plan, engine=engine, store=store, watch=live)
        fresh = _write(folder, found)
    keep_report(path, fresh)
    return Result(found.rows, found.work, path)


def _write(folder: ClaimedFolder, run: Run) -> bool:
    """Write each file as a whole, the results last; whether the results are new."""
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
    """What was noted of a fine-tuning: texts cut, batches halved, examples a second."""
    names = [name for name in LOSS_NAMES if name != "member"]
    return {name: getattr(curve, name) for name in names} | curve.notes.to_json()
