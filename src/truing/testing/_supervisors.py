"""Contract of supervisors."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from truing.given import shown
from truing.studies import ChainPlanner, LocalEngine, Step, StepGraph, Store, complete
from truing.supervisors import (
    Labeler,
    Supervisor,
    SupervisorLike,
    check_labels,
    give_supervisors,
    parse_supervisor,
)
from truing.tasks import Source, load_task
from truing.testing._contract import Checked, Contract, Skip, require
from truing.testing._watched import Watched, swap_truth, watch


def check_supervisor(supervisor: SupervisorLike, task: str = "digits") -> Checked:
    """Check a supervisor on a task.

    Args:
        supervisor: name of a supervisor, `path/to/file.py:name`, features of a weak model
            (`pca-8`), or an object that `Study(weak=...)` takes: a label array, a function, an
            estimator or a `Labeler`.
        task: specification of the task whose items are labeled.

    Returns:
        The conditions that were checked.

    Raises:
        ContractError: a condition is violated. The message names the condition and a remedy.
        UserError: there is no such supervisor or task.

    Examples:
        >>> from truing.testing import check_supervisor
        >>> print(check_supervisor("pca-4"))
        supervisor 'pca-4': 5 conditions are satisfied
        - the labels of each item are probabilities of its choices
        - the same seed leads to the same labels, also after labels for another seed
        - labels do not depend on the ground truth outside the supervise split
        - no ground truth is read from a vault
        - the inputs of the task stay as they are
        not checked:
        - labels follow their items if the items are reordered: it learns from other items
        - `unaided` names a supervisor without help: no supervisor is named
    """
    source = load_task(task)
    (specification,) = give_supervisors(supervisor)
    name, parsed = shown(specification), parse_supervisor(specification)
    return SUPERVISOR.check(name, _SupervisorCase(name, parsed, source))


def beliefs_of(steps: Sequence[Step], store: str) -> list[np.ndarray]:
    """Run steps in this process, and read the beliefs (N, k) of each."""
    opened = Store(store)
    complete(StepGraph(tuple(steps)), opened, LocalEngine(1))
    return [opened.read(step.key)["beliefs"] for step in steps]


@dataclass(frozen=True)
class _SupervisorCase:
    name: str
    supervisor: Supervisor
    source: Source

    @property
    def labeler(self) -> Labeler | None:
        """The labeler; None if the supervisor is a model, a probe or a combination."""
        if not hasattr(self.supervisor, "labeler"):
            return None
        return self.supervisor.labeler.value

    @cached_property
    def first(self) -> tuple[np.ndarray, Watched]:
        """Labels for seed 0, which are watched."""
        with watch(self.source.task, but=self.source.vault) as watched:
            labels = self.label(self.source, 0)
        return labels, watched

    def label(self, source: Source, seed: int) -> np.ndarray:
        """(N, k) labels, with a new generator and an empty store."""
        if self.labeler is None:
            with tempfile.TemporaryDirectory() as store:
                return beliefs_of(ChainPlanner(source).labels(self.supervisor, [seed]), store)[0]
        return self.draw(source, seed)[0]

    def draw(self, source: Source, seed: int) -> tuple[np.ndarray, bool]:
        """(N, k) labels of a labeler, and whether it used the random generator."""
        assert self.labeler is not None, "other supervisors label through the engine"
        task, everything = source.task, self.labeler.sees == "everything"
        seen = np.arange(len(task) if everything else 0)
        if self.labeler.sees == "supervise":
            seen = task.splits(seed).supervise
        truth = np.full(len(task), -1)
        truth[seen] = source.vault.reveal(seen, "plant" if everything else "supervise")
        rng = np.random.default_rng((int(task.fingerprint[:32], 16), seed))
        before = _state(rng)
        labels = self.labeler.label(task, truth, rng)
        return np.asarray(labels), _state(rng) != before

    def require_no_simulation(self) -> None:
        """Skip a condition for a labeler that is declared to see all ground truth."""
        combined = self.labeler is None and self.supervisor.simulated
        if combined or (self.labeler and self.labeler.sees == "everything"):
            raise Skip('it is declared a simulation (`sees="everything"`)')


SUPERVISOR: Contract[_SupervisorCase] = Contract("supervisor")


@SUPERVISOR.condition("the labels of each item are probabilities of its choices")
def _probabilities(case: _SupervisorCase) -> None:
    check_labels(case.first[0], case.source.task, case.name)


@SUPERVISOR.condition("the same seed leads to the same labels, also after labels for another seed")
def _repeatable(case: _SupervisorCase) -> None:
    labels = case.first[0]
    case.label(case.source, 1)
    _require_same(
        case,
        labels,
        case.label(case.source, 0),
        "in a second call",
        "draw all random numbers from `rng`, and keep no state between calls",
    )


@SUPERVISOR.condition("labels do not depend on the ground truth outside the supervise split")
def _other_truth(case: _SupervisorCase) -> None:
    case.require_no_simulation()
    swapped = swap_truth(case.source, case.source.task.splits(0).supervise)
    _require_same(
        case,
        case.first[0],
        case.label(swapped, 0),
        "if another choice is right outside the supervise split",
        "use the ground truth of the supervise split only",
    )


@SUPERVISOR.condition("no ground truth is read from a vault")
def _closed(case: _SupervisorCase) -> None:
    case.first[1].require_closed()


@SUPERVISOR.condition("the inputs of the task stay as they are")
def _pure(case: _SupervisorCase) -> None:
    case.first[1].require_unchanged()


@SUPERVISOR.condition("labels follow their items if the items are reordered")
def _order(case: _SupervisorCase) -> None:
    case.require_no_simulation()
    if case.labeler is None or case.labeler.sees != "nothing":
        raise Skip("it learns from other items")
    if case.labeler.check is not None:
        raise Skip("its labels are in the order of the items")
    labels, random = case.draw(case.source, 0)
    if random:
        raise Skip("it draws random numbers, in the order of the items")
    order = np.random.default_rng(0).permutation(len(case.source.task))
    items = tuple(case.source.task.items[at] for at in order)
    moved = replace(case.source, task=replace(case.source.task, items=items))
    _require_same(
        case,
        labels[order],
        case.draw(moved, 0)[0],
        "if the items are reordered",
        "find each item's label by its id, not by its position",
    )


@SUPERVISOR.condition("`unaided` names a supervisor without help")
def _unaided(case: _SupervisorCase) -> None:
    if case.labeler is None or case.labeler.unaided is None:
        raise Skip("no supervisor is named")
    name = case.labeler.unaided
    require(
        parse_supervisor(name).unaided is None,
        f"{name!r}, which `unaided` names, receives help too",
        "name the judge without help",
    )


def _require_same(
    case: _SupervisorCase, labels: np.ndarray, others: np.ndarray, when: str, remedy: str
) -> None:
    """Raise Violation, with an example, if two labels (N, k) differ in a byte."""
    differs = np.flatnonzero((labels != others).any(axis=1))
    at = int(differs[0]) if differs.size else 0
    require(
        not differs.size,
        f"{differs.size} of {len(labels)} labels change {when}, such as that of item "
        f"{case.source.task.ids[at]!r} from {np.round(labels[at], 3).tolist()} to "
        f"{np.round(others[at], 3).tolist()}",
        remedy,
    )


def _state(rng: np.random.Generator) -> tuple[str, int]:
    """State of a generator, which changes with each draw and each spawned generator."""
    spawned = getattr(rng.bit_generator.seed_seq, "n_children_spawned", 0)
    return repr(rng.bit_generator.state), spawned
