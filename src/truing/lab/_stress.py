"""Run a stress test and write its run folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from truing.errors import CorruptEntryError
from truing.given import find_in_folder, found_by
from truing.lab._objects import write_objects
from truing.lab._run_oversight import questions_data
from truing.lab._stress_result import StressResult
from truing.report import keep_report
from truing.runs import (
    ENVIRONMENT,
    POWER,
    STRESS,
    ClaimedFolder,
    Live,
    PartialResults,
    as_json_lines,
    claim_folder,
    data_of,
    find_run,
    this_environment,
)
from truing.stress import MARK, StressPlan, StressTest, plan_stress
from truing.studies import Engine, LocalEngine, Store, Watcher, Work, complete, store_objects
from truing.tasks import Source


def run_stress(
    test: StressTest,
    *,
    out: Path | str | None = None,
    name: str = "",
    overwrite: bool = False,
    engine: Engine | None = None,
    store: Store | None = None,
    watch: Watcher | None = None,
) -> StressResult:
    """Run a stress test and write its run folder. Stored steps are not computed again.

    Args:
        test: the stress test.
        out: the run folder; by default a folder under `runs/` in the working directory.
        name: readable name of the run.
        overwrite: replace another run in the run folder.
        engine: execution engine; by default the cores of this machine.
        store: store of computed steps; by default `TRUING_STORE` or the user's cache folder.
        watch: callback for progress: kind of work, steps done, number of steps, steps found in
            the store.

    Raises:
        UserError: a plant cannot corrupt the system, a monitor cannot see it or fails, or the
            folder contains another run.
    """
    began = time.monotonic()
    engine, store = engine or LocalEngine(), store or Store()
    plan = plan_stress(test)
    text = test.model_dump_json(indent=2) + "\n"
    parts = {"plants": test.plants, "monitors": test.monitors}
    claimed = claim_folder(STRESS, text, parts, out=out, name=name, overwrite=overwrite)
    path = claimed.path
    with claimed as folder, Live(path, watch) as live:
        write_objects(folder, plan.objects)
        store_objects(plan.needed, store)
        stored = {key for key in plan.steps if key in store}
        with PartialResults(path, lambda: _stored_rows(plan, store), live) as watched:
            ran = complete(plan, store, engine, stored, watched)
        reused = len(stored - {step.key for step in ran})
        seconds = round(time.monotonic() - began, 3)
        work = Work(**plan.count(ran), reused=reused, seconds=seconds)
        result = StressResult.of(plan.rows(store), test, work, path)
        fresh = _write(folder, plan, result)
    keep_report(path, fresh or folder.renamed)
    return result


def _write(folder: ClaimedFolder, plan: StressPlan, result: StressResult) -> bool:
    """Write all files, the results last; returns whether the results are new."""
    results = as_json_lines(row.to_json() for row in result.rows)
    same = folder.contains(STRESS.results, results)
    environment = replace(
        this_environment(),
        planted=MARK,
        tasks={
            name: data_of(one, one.vault.summary())
            if isinstance(one, Source)
            else questions_data(one, name)
            for name, one in plan.scene.sources.items()
        },
        work=asdict(result.work),
    )
    folder.write_json(ENVIRONMENT, environment.to_json())
    folder.write(POWER, as_json_lines(row.to_json() for row in result.card))
    folder.write(STRESS.results, results)
    return not same


def _stored_rows(plan: StressPlan, store: Store) -> Iterator[dict[str, Any]]:
    """The rows that are finished so far."""
    for step in plan.wanted:
        try:
            yield store.read_json(step.key)
        except CorruptEntryError:
            continue


def read_stress(folder: Path) -> StressTest:
    """Read the configuration of a stress test from its folder, to run it again.

    Raises:
        UserError: the folder contains no stress test, or an object of it is not found.
    """
    stated = dict(find_run(folder).configuration)
    stated.pop("planted", None)
    with found_by(find_in_folder(folder)):
        return StressTest(**stated)
