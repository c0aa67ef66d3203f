"""Run a study and write its folder: what `truing.run` and the command line do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truing.report._folder import RunFolder
from truing.report._live import Live
from truing.report._notebook import show, to_frame
from truing.report.page import keep_report
from truing.studies import Engine, Row, Store, Study, Watcher, Work, make_plan, run_plan


@dataclass(frozen=True)
class Result:
    """A study's rows, what it took, and the folder that holds it all."""

    rows: tuple[Row, ...]
    work: Work
    folder: Path

    def to_pandas(self) -> Any:
        """A row for each task, supervisor, student and method, one column a figure.

        What each seed alone came to is in results.jsonl.

        Raises:
            UserError: pandas is not installed.
        """
        held = [row.to_json() for row in self.rows]
        return to_frame({k: v for k, v in row.items() if k != "by_seed"} for row in held)

    def _repr_html_(self) -> str | None:
        return show(self.folder)


def run(
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
    with RunFolder(study, out) as folder, Live(folder.path, watch) as live:
        found = run_plan(plan, engine=engine, store=store, watch=live)
        fresh = folder.write_run(found)
    keep_report(folder.path, fresh)
    return Result(found.rows, found.work, folder.path)
