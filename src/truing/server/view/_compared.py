"""Runs side by side: configuration differences, and the results of each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from truing.errors import DataError
from truing.measures import Estimate
from truing.report import by_plant, monitor_name
from truing.runs import KINDS, OVERSIGHT, REFEREE, RESEARCH, STRESS, STUDY, as_text, read_object
from truing.server.view._around import ChartFile, charts_of
from truing.server.view._oversight import read_oversight
from truing.server.view._research import without_sealed
from truing.server.view._shown import SharedAxis, axis_of
from truing.server.view._stress import read_stress
from truing.server.view._study import read_study
from truing.server.view._summary import Summary

MOST = 8  # runs on one page


@dataclass(frozen=True)
class Block:
    """One measure of several runs.

    Attributes:
        title: name of the measure.
        rows: name of each row, and its value in each run; None if the run has no such row.
        alone: name of each row that only one run has, and the number of the run, from 0.
        axis: axis on which the values are drawn.
    """

    title: str
    rows: Sequence[tuple[str, Sequence[Estimate | None]]]
    alone: Sequence[tuple[str, int]]
    axis: SharedAxis


@dataclass(frozen=True)
class SideBySide:
    """Runs side by side.

    Attributes:
        runs: the runs, in the order in which they were chosen.
        settings: each configuration field that differs, and its value in each run.
        blocks: results, one block for each measure.
        troubles: one message for each run that could not be read.
    """

    runs: Sequence[Summary]
    settings: Sequence[tuple[str, Sequence[str]]]
    blocks: Sequence[Block]
    troubles: Sequence[str]


def side_by_side(runs: Sequence[Summary]) -> SideBySide:
    """Configuration differences, and the results of each run."""
    troubles: list[str] = []
    settings = _settings([_config(run, troubles) for run in runs])
    metrics = [_metrics(run, troubles) for run in runs]
    blocks = []
    for title in dict.fromkeys(title for one in metrics for title in one):
        sides = [one.get(title, {}) for one in metrics]
        names = dict.fromkeys(name for side in sides for name in side)
        places = {name: [at for at, side in enumerate(sides) if name in side] for name in names}
        rows = [
            (name, [side.get(name) for side in sides])
            for name, where in places.items()
            if len(where) > 1
        ]
        alone = [(name, where[0]) for name, where in places.items() if len(where) == 1]
        axis = axis_of(one for _, shown in rows for one in shown if one is not None)
        blocks.append(Block(title, rows, alone, axis))
    return SideBySide(runs, settings, blocks, troubles)


def charts_beside(
    runs: Sequence[Summary],
) -> list[tuple[str, str, list[tuple[int, ChartFile | None]]]]:
    """Name and title of each chart that two or more runs have, and the chart of each run."""
    named = [{one.name: one for one in charts_of(run)} for run in runs]
    names = dict.fromkeys(name for charts in named for name in charts)
    found = []
    for name in names:
        several = [(number, charts.get(name)) for number, charts in enumerate(named)]
        there = [chart for _, chart in several if chart]
        if len(there) > 1:
            found.append((name, there[0].title, several))
    return found


def _config(run: Summary, troubles: list[str]) -> dict[str, Any]:
    if run.kind == REFEREE.name:
        return {}
    try:
        config = read_object(run.folder, KINDS[run.kind].configuration)
    except DataError as error:
        troubles.append(f"{run.name}: {error}")
        return {}
    if run.kind == RESEARCH.name and isinstance(config.get("config"), dict):
        config = {**config, "config": without_sealed(config["config"], run.status == "finished")}
    return config


def _settings(configs: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    flat = [_flat(one) for one in configs]
    found = []
    for field in sorted(dict.fromkeys(name for one in flat for name in one)):
        values = [one.get(field, "") for one in flat]
        if len(set(values)) > 1:
            found.append((field, values))
    return found


def _flat(config: Mapping[str, Any]) -> dict[str, str]:
    """Values of a nested configuration by their path, `problem.seeds`; lists are not split."""
    leaves: dict[str, str] = {}
    waiting = [("", config)]
    while waiting:
        before, values = waiting.pop()
        for name, one in values.items():
            place = as_text(f"{before}{name}", 200)
            if isinstance(one, dict):
                waiting.append((f"{place}.", one))
            else:
                leaves[place] = as_text(one, 500)
    return leaves


def _metrics(run: Summary, troubles: list[str]) -> dict[str, dict[str, Estimate]]:
    """Results of a run, by measure and by row."""
    try:
        if run.kind == STUDY.name and run.status != "running":
            return _of_study(run)
        if run.kind == OVERSIGHT.name and run.status != "running":
            results = read_oversight(run)
            return {
                "accuracy of the judge": {
                    one.name: one.metrics["accuracy"] for one in results.protocols
                }
            }
        if run.kind == STRESS.name:
            return _of_stress(run)
    except DataError as error:
        troubles.append(f"{run.name}: {error}")
    return {}


def _of_stress(run: Summary) -> dict[str, dict[str, Estimate]]:
    results = read_stress(run)
    detected = f"share of planted systems with an alarm at {100 * results.rate:g}%"
    smallest = {
        f"{plant}, {monitor_name(row, results.card)}": row.strength
        for plant, rows in by_plant(results.card).items()
        for row in rows
        if row.strength.value is not None
    }
    lines = {
        f"{plant} at {name}": one
        for plant, lines in results.plants.items()
        for name, _, one in lines
    }
    return {"smallest detected strength": smallest, detected: lines}


def _of_study(run: Summary) -> dict[str, dict[str, Estimate]]:
    found: dict[str, dict[str, Estimate]] = {}
    for pair in read_study(run).pairs:
        transfer, pgr = f"transfer {pair.metric}", "PGR"
        if pair.metric != "accuracy":
            pgr = f"PGR by {pair.metric}"  # not comparable with PGR by accuracy
        for line in pair.lines:
            name = f"{pair.task}: {pair.weak} supervises {pair.strong}, {line.method}"
            found.setdefault(transfer, {})[name] = line.transfer
            found.setdefault(pgr, {})[name] = line.pgr
            if line.certificate.worst:
                found.setdefault(f"{pgr} in the worst domain", {})[name] = line.certificate.worst
    return found
