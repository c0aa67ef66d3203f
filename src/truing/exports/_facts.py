"""Facts of a study that the card of a model and the card of labels state."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from truing.errors import TruingError
from truing.exports._base import without_folders
from truing.exports._chosen import Chosen
from truing.measures import Estimate, Metric
from truing.methods import METHODS
from truing.report import STUDY_SIMULATED, Certificate, interval_text, read_facts, signed_text
from truing.runs import TaskData
from truing.studies import METRIC_NAMES, ROLE_NAMES
from truing.tasks.hub import SETS

PLACEHOLDERS = ("the file's own", "")  # licenses that name no license
LICENSES = {
    *("apache-2.0", "mit", "cc0-1.0", "odc-by", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0"),
    *("cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0"),
}
"""Identifiers of licenses on the Hub."""
MADE_BY = "truing"
TAGS = ["weak-to-strong", MADE_BY]


@dataclass(frozen=True)
class Facts:
    """Facts of a chosen model's study.

    Attributes:
        chosen: the chosen model.
        options: more options of the command of the export.
    """

    chosen: Chosen
    options: tuple[str, ...] = ()

    @property
    def data(self) -> TaskData:
        """The data of the row's task, as the run folder states it."""
        return self.chosen.found.environment.tasks.get(self.chosen.row.task, TaskData())

    @property
    def license(self) -> str:
        """License of the data; `not stated` if it is not known."""
        known = self.chosen.source.task.license
        return "not stated" if known in PLACEHOLDERS else known

    @property
    def license_id(self) -> str | None:
        """Identifier of the data's license on the Hub; None if it is not known."""
        found = self.license.lower().replace(" ", "-")
        return found if found in LICENSES else None

    @property
    def data_sets(self) -> list[str]:
        """Hub ids of the data; empty for other data."""
        name, _, path = self.chosen.source.specification.partition(",")[0].partition(":")
        if name != "hf" or not path or path.startswith((".", "/", "~")):
            return []
        return [SETS[path].repository if path in SETS else path]

    @property
    def command(self) -> str:
        """The command that makes the run again; empty if there is none."""
        return without_folders(read_facts(self.chosen.found).command)

    @property
    def export(self) -> str:
        """The command that makes the export again, without the place of the run."""
        chosen, words = self.chosen, ["truing", "export", self.chosen.found.folder.name, "DIR"]
        words += ["--row", str(chosen.number), "--seed", str(chosen.seed), *self.options]
        return shlex.join(words)

    def about_model(self) -> Iterator[str]:
        """List items: study, task, supervisor, student, method and commands."""
        row = self.chosen.row
        yield from self.about_labels()
        size = f", {row.parameters:,} parameters" if row.parameters else ""
        yield f"Student: `{row.strong}` ({row.regime}{size})."
        yield f"Method: `{row.method}`. {self.method}"

    def about_labels(self) -> Iterator[str]:
        """List items: study, task, supervisor and commands."""
        chosen, row, facts = self.chosen, self.chosen.row, read_facts(self.chosen.found)
        date = f", {facts.date}" if facts.date else ""
        made = chosen.found.environment.machine.get("truing")
        yield f"Study: {facts.title}{date}" + (f", made with truing {made}." if made else ".")
        items = len(chosen.source.task)
        origin = f", from {chosen.source.origin}" if chosen.source.origin else ""
        yield f"Task: `{row.task}`, {items:,} items{origin}. License of the data: {self.license}."
        yield f"Supervisor: `{row.weak}`." + (f" {STUDY_SIMULATED}" if row.simulated else "")
        if self.command:
            yield f"Command of the study: `{self.command}`."
        yield f"Command of this export: `{self.export}`."

    @property
    def method(self) -> str:
        """Description of the method with its source."""
        try:
            factory, _ = METHODS.find(self.chosen.row.method.partition(",")[0])
        except TruingError:  # a file or an object, which states no source
            return "It was given with the study."
        source = f" Source: {factory.source}." if factory.source else ""
        return f"{factory.description.rstrip('.')}.{source}"

    def results(self) -> Iterator[str]:
        """Lines of a table, and sentences: accuracies, PGR, verdict and notes."""
        row, at = self.chosen.row, self.chosen.at
        metrics: list[Metric] = list(dict.fromkeys(("accuracy", row.metric)))
        names = " | ".join(f"{METRIC_NAMES[one]}, mean [95% interval]" for one in metrics)
        yield f"| | {names} | {METRIC_NAMES[row.metric]}, seed {self.chosen.seed} |"
        yield "|---|---|" + "---|" * len(metrics)
        for role, name in ROLE_NAMES.items():
            values = [row.accuracy(role), *([row.score(role)] if len(metrics) > 1 else [])]
            own = f"{row.by_seed[role][at]:.3f}" if row.by_seed else "not stored"
            cells = " | ".join(interval_text(one, 3) for one in values)
            yield f"| {name} | {cells} | {own} |"
        yield ""
        seeds = f"{row.seeds} seed" + "s" * (row.seeds > 1)
        yield (
            f"Means over {seeds}, on {row.n_test:,} test items, whose ground truth no model "
            "learned. The ceiling is the same student, trained on the ground truth of the same "
            "items."
        )
        yield ""
        metric = "" if row.metric == "accuracy" else f" of {METRIC_NAMES[row.metric]}"
        pgr = str(Certificate.of(row)) if row.shift else interval_text(row.recovered)
        yield f"Performance gap recovered (PGR){metric}: {pgr}."
        yield from self._verdict()
        if row.note:
            yield f"Note: {without_folders(row.note)}."

    def _verdict(self) -> Iterator[str]:
        row = self.chosen.row
        if row.difference is not None:
            found = row.difference
            change = signed_text(Estimate(found.value, found.low, found.high))
            yield f"Difference from naive training: {change}, {found.verdict}."
        if row.control is not None:
            yield f"The method is a control ({row.control}), which has a known result."
