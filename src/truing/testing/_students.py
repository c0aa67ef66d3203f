"""Contract of students."""

from __future__ import annotations

import json
import pickle
import tempfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np

from truing.given import shown
from truing.methods import METHODS
from truing.specification import Specification
from truing.students import (
    EstimatorStudent,
    HeadStudent,
    Student,
    StudentLike,
    TransformerStudent,
    give_students,
    parse_student,
)
from truing.studies import ChainPlanner, Step
from truing.supervisors import parse_supervisor
from truing.tasks import Source, load_task, make_source
from truing.testing._contract import Checked, Contract, Violation, require
from truing.testing._supervisors import beliefs_of
from truing.testing._watched import Watched, swap_truth, watch

SURE, UNSURE = 0.9, 0.6  # confidence of labels
SELECTING = "composition,select=confident,keep=0.3"  # weight 0 for labels that are not sure


def check_student(student: StudentLike | Student, task: str | None = None) -> Checked:
    """Check a student by training it on planted weak labels.

    Args:
        student: features of a head, such as `spectral-16,l2=0.1`, a transformer, `hf/NAME`, with
            settings that make its training fast; an object that `Study(strong=...)` takes: a
            feature array, a function or an estimator; or a parsed student.
        task: specification of the task; by default `digits`, and planted texts for a transformer or
            a Pipeline without features.

    Returns:
        The conditions that were checked.

    Raises:
        ContractError: a condition is violated. The message names the condition and a remedy.
        UserError: there is no such student or task.

    Examples:
        >>> from truing.testing import check_student
        >>> print(check_student("pca-8"))
        student 'pca-8': 7 conditions are satisfied
        - beliefs about test items are probabilities of their choices
        - a second training leads to the same beliefs
        - other labels lead to other beliefs
        - labels of items with weight 0 have no effect
        - beliefs do not depend on the ground truth
        - no ground truth is read from a vault
        - the planned steps can be sent to a worker process
    """
    parsed = cast(Student, student)  # any class that plans its steps
    if not hasattr(student, "plan"):
        parsed = parse_student(*give_students(student))
    if task is None:
        source = _texts() if _reads_texts(parsed) else load_task("digits")
    else:
        source = load_task(task)
    with tempfile.TemporaryDirectory() as folder:
        return STUDENT.check(shown(parsed.label), _StudentCase(parsed, source, Path(folder)))


def _reads_texts(student: Student) -> bool:
    if isinstance(student, EstimatorStudent):
        return student.features is None and hasattr(student.estimator, "steps")
    return isinstance(student, TransformerStudent)


@dataclass(frozen=True)
class _StudentCase:
    """A student, a task, and a folder for labels and stores.

    Four of five weak labels name the right choice. They stay the same if the check swaps the ground
    truth of the task.
    """

    student: Student
    source: Source
    folder: Path

    @cached_property
    def choices(self) -> np.ndarray:
        """(N,) likeliest choice of each weak label."""
        rng, counts = np.random.default_rng(0), self.source.task.choice_counts
        truth = self.source.vault.reveal(np.arange(len(counts)), "plant")
        return np.where(rng.random(len(counts)) < 0.8, truth, (truth + 1) % counts)

    @cached_property
    def confidence(self) -> np.ndarray:
        """(N,) probability of that choice, which is high for every second learning item."""
        found = np.full(len(self.source.task), UNSURE)
        found[self.source.task.splits(0).learn[::2]] = SURE
        return found

    @cached_property
    def first(self) -> tuple[np.ndarray, Watched]:
        """(N, k) beliefs of a watched training, NaN for items that are not asked."""
        steps = self.plan()
        with tempfile.TemporaryDirectory(dir=self.folder) as store, watch() as watched:
            return beliefs_of(steps, store)[0], watched

    @property
    def beliefs(self) -> np.ndarray:
        """(N, k) beliefs of the first training."""
        return self.first[0]

    def train(
        self,
        *,
        source: Source | None = None,
        choices: np.ndarray | None = None,
        method: str = "naive",
    ) -> np.ndarray:
        """Beliefs (N, k) of a new training with an empty store."""
        steps = self.plan(source or self.source, choices, method)
        with tempfile.TemporaryDirectory(dir=self.folder) as store:
            return beliefs_of(steps, store)[0]

    def plan(
        self, source: Source | None = None, choices: np.ndarray | None = None, method: str = "naive"
    ) -> list[Step]:
        """Steps of the training on weak labels for seed 0."""
        used = source or self.source
        labels = self.folder / "labels.jsonl"
        labels.write_text(self._rows(self.choices if choices is None else choices))
        supervisor = parse_supervisor(str(Specification(f"recorded:{labels}")))
        built = METHODS.build(method)
        return ChainPlanner(used).students(supervisor, self.student, built, [0])

    def _rows(self, choices: np.ndarray) -> str:
        """The weak labels as JSON lines."""
        rows = []
        for item, choice, sure in zip(
            self.source.task.items, choices.tolist(), self.confidence.tolist(), strict=True
        ):
            count = len(item.choices)
            own = [sure if at == choice else (1 - sure) / (count - 1) for at in range(count)]
            rows.append(json.dumps({"id": item.id, "probabilities": own}) + "\n")
        return "".join(rows)


STUDENT: Contract[_StudentCase] = Contract("student")


@STUDENT.condition("beliefs about test items are probabilities of their choices")
def _probabilities(case: _StudentCase) -> None:
    task = case.source.task
    asked = case.beliefs[task.splits(0).test]
    wanted = (len(task), len(task.choices))
    require(
        case.beliefs.shape == wanted,
        f"beliefs have shape {case.beliefs.shape} instead of {wanted}",
        "return one row per item",
    )
    fair = (asked >= 0).all(axis=1) & (np.abs(asked.sum(axis=1) - 1) < 1e-3)
    require(
        bool(fair.all()),
        f"{int((~fair).sum())} of {len(asked)} beliefs are not finite or do not sum to 1",
        "a smaller learning rate may help a fine-tuning that diverged",
    )


@STUDENT.condition("a second training leads to the same beliefs")
def _repeatable(case: _StudentCase) -> None:
    _require_same(
        case.beliefs, case.train(), "in a second training", "seed all randomness of the student"
    )


@STUDENT.condition("other labels lead to other beliefs")
def _learns(case: _StudentCase) -> None:
    others = (case.choices + 1) % case.source.task.choice_counts
    require(
        not np.array_equal(case.beliefs, case.train(choices=others), equal_nan=True),
        "labels that name another choice for each item lead to the same beliefs",
        "check that features vary between items, and that training changes the student",
    )


@STUDENT.condition("labels of items with weight 0 have no effect")
def _weights(case: _StudentCase) -> None:
    counts = case.source.task.choice_counts
    others = np.where(case.confidence == SURE, case.choices, (case.choices + 1) % counts)
    if isinstance(case.student, HeadStudent) and case.student.l2 == "auto":
        case = replace(case, student=replace(case.student, l2=1.0))  # its choice reads all labels
    _require_same(
        case.train(method=SELECTING),
        case.train(method=SELECTING, choices=others),
        "if labels of items with weight 0 change",
        "multiply the loss of each item by its weight",
    )


@STUDENT.condition("beliefs do not depend on the ground truth")
def _other_truth(case: _StudentCase) -> None:
    swapped = swap_truth(case.source, np.arange(0))
    _require_same(
        case.beliefs,
        case.train(source=swapped),
        "if another choice is right",
        "learn from weak labels only",
    )


@STUDENT.condition("no ground truth is read from a vault")
def _closed(case: _StudentCase) -> None:
    case.first[1].require_closed()


@STUDENT.condition("the planned steps can be sent to a worker process")
def _sendable(case: _StudentCase) -> None:
    waiting = case.plan()
    while waiting:
        step = waiting.pop()
        waiting += [parent for parents in step.parents.values() for parent in parents]
        try:
            pickle.loads(pickle.dumps((step.payload, step.config)))
        except Exception as error:  # pickle raises errors of many types
            raise Violation(
                f"step {step.kind!r} cannot be sent ({error})",
                "name functions by file, and put only arrays and specifications into a step",
            ) from error


def _require_same(beliefs: np.ndarray, others: np.ndarray, when: str, remedy: str) -> None:
    """Raise Violation if two beliefs (N, k) differ in a byte."""
    same = np.array_equal(beliefs, others, equal_nan=True)
    largest = 0.0 if same else float(np.nanmax(np.abs(beliefs - others)))
    require(same, f"beliefs change by up to {largest:.2g} {when}", remedy)


def _texts() -> Source:
    """40 short texts of two classes."""
    rng = np.random.default_rng(0)
    truth = np.arange(40) % 2
    words = (("good", "great", "happy"), ("bad", "poor", "sad"))
    texts = np.empty(40, object)
    texts[:] = [
        f"the {rng.choice(['cat', 'dog', 'bird'])} is {rng.choice(words[one])}" for one in truth
    ]
    ids = [f"text {at}" for at in range(40)]
    choices = ["good", "bad"]
    return make_source("planted texts", "classification", ids, texts, choices, truth)
