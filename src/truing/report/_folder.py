"""The run folder of a study: study.json, environment.json, results.jsonl."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from truing.report._claim import ClaimedFolder, describe_machine
from truing.report._trackers import NAMES
from truing.studies import Curve, Plan, Run, Study
from truing.tasks import Source

FILES = ("environment.json", "losses.csv", "results.jsonl")


class RunFolder(ClaimedFolder):
    """Where a study leaves its results.

    Args:
        study: what is run.
        out: the folder; by default `runs/` and the study's readable name.

    Raises:
        UserError: on entering, where the folder holds another study.
        StorageError: the folder cannot be written to.
    """

    def __init__(self, study: Study, out: Path | str | None = None):
        path = Path(out) if out else Path("runs") / study.readable_name
        super().__init__(path, "study.json", study.model_dump_json(indent=2) + "\n", FILES)

    def write_run(self, run: Run) -> bool:
        """Write results.jsonl and environment.json, each as a whole; whether results are new.

        Where something was fine-tuned, losses.csv too.

        Raises:
            StorageError: the folder cannot be written to, or the disk is full.
        """
        results = "".join(json.dumps(row.to_json()) + "\n" for row in run.rows)
        same = self.holds("results.jsonl", results)
        environment = describe_machine() | describe_tasks(run.plan) | {"work": asdict(run.work)}
        if run.curves:
            environment["fine-tunings"] = describe_trainings(run.curves)
            self.write("losses.csv", losses_csv(run.curves))
        self.write("environment.json", json.dumps(environment, indent=2) + "\n")
        self.write("results.jsonl", results)
        return not same


def describe_tasks(plan: Plan) -> dict[str, Any]:
    """The origin and licence of a run's data, and who looked at the truth."""
    return {
        "tasks": {
            name: describe_source(source) | {"truth seen now": source.vault.summary()}
            for name, source in plan.sources.items()
        }
    }


def describe_source(source: Source) -> dict[str, Any]:
    """How many items a task has, where they are from, and their licence."""
    return {
        "items": len(source.task),
        "choices": len(source.task.choices),
        "chance": source.task.chance_accuracy,
        "fingerprint": source.task.fingerprint,
        "licence": source.task.licence,
        "origin": source.origin,
    }


def describe_trainings(curves: Sequence[Curve]) -> list[dict[str, Any]]:
    """What was noted of each fine-tuning: texts cut, batches halved, examples a second."""
    names = [name for name in NAMES if name != "member"]
    return [{name: getattr(one, name) for name in names} | one.notes for one in curves]


def losses_csv(curves: Sequence[Curve]) -> str:
    """Losses and learning rates of all fine-tunings, one line a step."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([*NAMES, "step", "loss", "rate"])
    for one in curves:
        told = [getattr(one, name) for name in NAMES if name != "member"]
        for member, step, loss, rate in one.losses.tolist():
            lines.writerow([*told, int(member), int(step), f"{loss:.6g}", f"{rate:.6g}"])
    return text.getvalue()
