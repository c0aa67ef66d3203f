"""Row: results of a supervisor, student and method on a task, at home and in other domains."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from truing.measures import BestOfN, Estimate, Metric
from truing.methods import Control
from truing.studies._class_balance import ClassBalance, RoleBalance
from truing.studies._difference import DifferenceFromNaive, Help
from truing.studies._penalty import Penalty
from truing.studies._planted_row import PlantedRow
from truing.studies._unanswerable import Unanswerable
from truing.studies._validated import LearningRate, StoppedAt

METRIC_NAMES: dict[Metric, str] = {
    "accuracy": "accuracy",
    "auroc": "AUROC",
    "balanced_accuracy": "balanced accuracy",
}
"""Metrics in words."""

UNSTATED_CONTROLS: dict[str, Control] = {"oracle": "upper", "shuffled": "lower"}
"""Controls whose rows have no field `control`, as in results.jsonl of version 0.1.0."""

HOME = "home"
"""Domain of the test items of the task itself."""

Ceiling = Literal["home", "local"]
"""Ceiling of a domain: trained at home and scored there, or trained there."""


@dataclass(frozen=True)
class Row:
    """One row of a result. 95% intervals include the variation of seeds and test items.

    Attributes:
        task, weak, strong, method: names.
        regime: kind of training: `heads on fixed features`, `fine-tuned (lora)`, ...
        seeds: number of seeds.
        n_test: number of test items, the same for every seed.
        weak_accuracy, transfer_accuracy, ceiling_accuracy: means over seeds, each with an interval.
        pgr: performance gap recovered; None if it is undefined, with the reason in `note`.
        pgr_low, pgr_high: interval of `pgr`; None if a bound is infinite.
        pgr_sd: standard deviation over seeds.
        baseline: `pinned` or `paired`.
        note: remarks that are necessary to interpret the row.
        simulated: the supervisor is a simulation.
        difference: difference from `naive`; None for `naive` itself, or without it in the study.
        diagnostics: diagnostics, if the study requests them.
        help: value of the help, if the study has a helped judge and the same judge without help.
        class_balance: majority rate, balanced accuracy and AUROC, or the chance accuracy if items
            have their own choices; None in folders of version 0.1.0.
        by_seed: metric of `weak`, `transfer` and `ceiling` for each seed, in the study's order.
        parameters, layers: size of the student's language model, up to the layer that it uses;
            None for other students, and if the size is unknown.
        l2: strengths of the L2 penalty of supervisor, student and ceiling, given or chosen; None if
            none of them is a head on fixed features, and in older folders.
        control: `upper` or `lower` if the method is a control, see `Method.control`.
        learning_rate: learning rates of supervisor, student and ceiling, given or chosen; None if
            none of them is fine-tuned with validation items, and in older folders.
        stopped_at: shares of their trainings after which the validation loss was lowest.
        metric: metric of `pgr`, `difference`, `help` and `by_seed`: accuracy, auroc or
            balanced_accuracy; see `score` and `Study.metric`.
        domain: `home`, or the domain whose test items were scored, see `Study.test_on`.
        ceiling: ceiling of a domain: `home` if it is the ceiling of the home row, scored in the
            domain; `local` if it was trained on the ground truth of the domain's learn split.
        shift: results in the other domains; None for these themselves, and without a shift.
        oracle_signed_accuracy: accuracy of the supervisor if the ground truth decided the sign of
            its labels, for each seed; None if the supervisor has labels or a prompt that decide the
            sign. The labels themselves never use it.
        distractors: agreement of `weak` and `transfer` with each distractor of a designed shift, by
            field; up to sign: the larger of a and 1 - a for each seed. None without distractors.
        unanswerable: how sure the models are of unanswerable test items; None without such items.
        planted: results of the method on planted labels, one for each plant of `Study.stress`.
        best_of_n: curve of best-of-n for `weak`, `transfer` and `ceiling`, if the study requests
            it.

    Examples:
        >>> import truing
        >>> study = truing.Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive")
        >>> row = truing.run(study).rows[0]
        >>> row.method, row.seeds, row.pgr_low < row.pgr < row.pgr_high
        ('naive', 10, True)
    """

    task: str
    weak: str
    strong: str
    method: str
    regime: str
    seeds: int
    n_test: int
    weak_accuracy: float
    weak_low: float
    weak_high: float
    transfer_accuracy: float
    transfer_low: float
    transfer_high: float
    ceiling_accuracy: float
    ceiling_low: float
    ceiling_high: float
    pgr: float | None
    pgr_low: float | None
    pgr_high: float | None
    pgr_sd: float | None
    baseline: str
    note: str
    simulated: bool
    difference: DifferenceFromNaive | None
    diagnostics: dict[str, Any] | None
    help: Help | None
    by_seed: dict[str, list[float]] | None = None
    class_balance: ClassBalance | None = None
    l2: Penalty | None = None
    control: Control | None = None
    parameters: int | None = None
    layers: int | None = None
    metric: Metric = "accuracy"
    best_of_n: dict[str, BestOfN] | None = None
    learning_rate: LearningRate | None = None
    stopped_at: StoppedAt | None = None
    domain: str = HOME
    ceiling: Ceiling = "home"
    shift: Shift | None = None
    oracle_signed_accuracy: Estimate | None = None
    distractors: dict[str, dict[str, Estimate]] | None = None
    unanswerable: Unanswerable | None = None
    planted: tuple[PlantedRow, ...] = ()

    def __post_init__(self) -> None:
        if self.control is None:
            object.__setattr__(self, "control", UNSTATED_CONTROLS.get(self.method))

    def __str__(self) -> str:
        about = f"{self.task}: {self.weak} supervises {self.strong}, {self.method}"
        about += "" if self.domain == HOME else f", in the domain {self.domain}"
        pgr = "undefined" if self.pgr is None else f"{self.pgr:.2f}"
        if self.shift:
            worst, names = self.shift.worst, [one.domain for one in self.shift.domains]
            lowest = f"{worst.value:.2f}" if worst else "undefined"
            ranked = (
                f"the worst of {len(names)} domains ({worst.domain})" if worst else "all domains"
            )
            pgr += f" at home and {lowest} in {names[0] if len(names) == 1 else ranked}"
        found = self.difference
        compared = f", {found.value:+.3f} from naive, {found.verdict}" if found else ""
        metric, value = METRIC_NAMES[self.metric], self.score("transfer").value
        return f"{about}: {metric} {value:.3f}, PGR {pgr}{compared}"

    def __repr__(self) -> str:
        return f"<Row {self}>"

    def accuracy(self, role: str) -> Estimate:
        """Accuracy of `weak`, `transfer` or `ceiling` with its interval."""
        accuracy, low, high = (
            getattr(self, f"{role}_{one}") for one in ("accuracy", "low", "high")
        )
        return Estimate(accuracy, low, high)

    def score(self, role: str) -> Estimate:
        """Metric of the row, of `weak`, `transfer` or `ceiling`, with its interval."""
        if self.metric == "accuracy":
            return self.accuracy(role)
        values: RoleBalance = getattr(self.class_balance, role)
        return values.score(self.metric)

    @property
    def recovered(self) -> Estimate:
        """The performance gap recovered with its interval."""
        return Estimate(self.pgr, self.pgr_low, self.pgr_high)

    def to_json(self) -> dict[str, Any]:
        """JSON values of the row.

        `control` only if it does not follow from the method's name, `best_of_n`, `unanswerable`
        and `planted` only if measured, and what validation decided only if there was validation.
        """
        row = asdict(self)
        row["class_balance"] = self.class_balance and self.class_balance.to_json()
        if self.control == UNSTATED_CONTROLS.get(self.method):
            del row["control"]
        for measured in ("best_of_n", "unanswerable", "oracle_signed_accuracy", "distractors"):
            if row[measured] is None:
                del row[measured]
        if self.learning_rate is None:
            del row["learning_rate"], row["stopped_at"]
        if not self.planted:
            del row["planted"]
        if self.shift is None:
            del row["shift"]
        else:
            row["shift"]["domains"] = [one.to_json() for one in self.shift.domains]
        return row


@dataclass(frozen=True)
class WorstDomain(Estimate):
    """Lowest PGR of a row over the declared domains, with an interval for the lowest true PGR.

    Attributes:
        domain: name of the domain.
        value, low, high: its PGR with the interval, see `measures.estimate_shift`.
    """

    domain: str

    def to_json(self) -> dict[str, Any]:
        """JSON values, in which the value is called `pgr`."""
        return {
            "domain": self.domain,
            "pgr": self.value,
            "pgr_low": self.low,
            "pgr_high": self.high,
        }


@dataclass(frozen=True)
class Shift:
    """Results of a row under the declared shifts of its study.

    Attributes:
        domains: a row for each domain, whose `domain` is the name of the domain. The models are
            those of the home row, scored on the test items of the domain.
        drops: PGR at home minus PGR in each domain.
        mean: mean PGR over the domains with a bounded PGR; its interval covers domains if these are
            three or more.
        worst: the domain with the lowest PGR; None if no domain has a PGR.
        note: remarks on what is undefined or not covered by the intervals.
    """

    domains: tuple[Row, ...]
    drops: tuple[Estimate, ...]
    mean: Estimate
    worst: WorstDomain | None
    note: str = ""

    @property
    def bounded(self) -> int:
        """Number of domains with a bounded PGR, which are those of the mean."""
        return sum(one.recovered.bounded for one in self.domains)
