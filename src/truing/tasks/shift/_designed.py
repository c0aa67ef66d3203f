"""Designed sources: the items of a task, divided by a design."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from truing.errors import DataError
from truing.tasks._source import Source
from truing.tasks._splits import FEWEST, Splits
from truing.tasks.shift._condition import Condition
from truing.tasks.shift._design import Design, Sample
from truing.tasks.shift._thin import hash_ranks, thin

LOG = logging.getLogger("truing.tasks")


def designed(source: Source, design: Design) -> Source:
    """The source, whose splits are those of a design; unchanged for an empty design.

    Raises:
        DataError: a field is missing or cannot be used, the task has not two classes, or too few
            items remain.

    Examples:
        >>> import numpy as np
        >>> from truing.tasks import make_source
        >>> from truing.tasks.shift import designed, make_design
        >>> ids, truth = [str(n) for n in range(100)], np.arange(100) % 2
        >>> source = make_source(
        ...     "line",
        ...     "classification",
        ...     ids,
        ...     np.arange(100.0)[:, None],
        ...     ["even", "odd"],
        ...     truth,
        ...     fields={"size": np.arange(100.0)},
        ... )
        >>> splits = designed(source, make_design(learn="size<50")).splits(0)
        >>> bool(splits.learn.max() < 50), list(splits.shifted)
        (True, ['size>=50'])
        >>> bool(splits.shifted["size>=50"].min() >= 50)
        True
    """
    if not design:
        return source
    division = _Designed(source, design)
    LOG.info("%s: %s", source.task.name, division.describe())  # a mistake is an error now
    return replace(source, division=division)


def check_local(source: Source, domain: str, seeds: Sequence[int]) -> None:
    """Raise DataError if a local ceiling would learn from too few items of a domain."""
    count = min(len(source.splits(seed).local[domain]) for seed in seeds)
    if count < FEWEST:
        raise DataError(
            f"{source.task.name}: a local ceiling would learn from {count} items of the domain "
            f"{domain!r}, and needs {FEWEST}; use the ceiling of home, or add items"
        )


def distractors_of(source: Source) -> dict[str, np.ndarray]:
    """Fields of the distractors of a source's design; empty without a design.

    Returns:
        For each field, (N,) class for which the value of an item stands; -1 without a value.
    """
    division = source.division
    return division.predicted if isinstance(division, _Designed) else {}


@dataclass(frozen=True, eq=False)
class _Designed:
    """Divides the items of a source by a design."""

    source: Source
    design: Design

    def splits(self, seed: int) -> Splits:
        if seed not in self._drawn:
            self._drawn[seed] = self._draw(self.source.splits(seed))
        return self._drawn[seed]

    def describe(self) -> str:
        """Numbers of items of home and of each domain, for seed 0."""
        splits = self.splits(0)
        home = f"home has {len(splits.supervise)} supervise, {len(splits.learn)} learn and "
        home += f"{len(splits.test)} test items"
        if self.design.balance is not None:
            share = self._truth_N[splits.test].mean()
            home += f", {share:.0%} of class {self.source.task.choices[1]!r}"
        domains = [f"{name} {len(items)}" for name, items in splits.shifted.items()]
        return f"{home}; test items of domains: {', '.join(domains)}"

    def _draw(self, whole: Splits) -> Splits:
        home, domains = self.design.home, self.design.domains
        names = ("supervise", "learn", "test")
        own = {name: self._sample(getattr(whole, name), home) for name in names}
        shifted = {name: self._sample(whole.test, one) for name, one in domains.items()}
        for name, items in own.items():
            self._check(items, f"the split {name!r}")
            self._check_classes(items, name)
        for name, items in shifted.items():
            self._check(items, f"the domain {name!r}")
        local = {name: self._sample(whole.learn, one) for name, one in domains.items()}
        unanswerable = whole.unanswerable[self._selected(home.condition)[whole.unanswerable]]
        found = replace(whole, **own, shifted=shifted, local=local, unanswerable=unanswerable)
        return replace(found, candidates=whole.scored) if self.design.reads_truth else found

    def _sample(self, items: np.ndarray, sample: Sample) -> np.ndarray:
        """Items of a sample, in the same order."""
        items = items[self._selected(sample.condition)[items]]
        if not self.design.reads_truth:
            return items
        remains = self.source.vault.unanswerable[items]
        known = items[~remains]
        remains[~remains] = self._thinned(known, sample)
        return items[remains]

    def _thinned(self, items: np.ndarray, sample: Sample) -> np.ndarray:
        """(n,) which items remain, so that class and distractors have the shares of a sample."""
        remains = (self._agrees_ND[items] >= 0).all(axis=1)
        items = items[remains]
        groups, shares = np.zeros(len(items), int), np.ones(1)
        for rate, agrees in zip(sample.rates, self._agrees_ND[items].T, strict=True):
            groups = 2 * groups + agrees
            shares = np.outer(shares, [1 - rate, rate]).ravel()
        if not len(items):
            return remains
        classes = self._truth_N[items]
        # Without a balance the classes keep their shares, so that a domain differs in one respect.
        share = classes.mean() if sample.balance is None else sample.balance
        groups = groups + len(shares) * classes
        shares = np.outer([1 - share, share], shares).ravel()
        remains[remains] = thin(groups, shares, self._ranks[items])
        return remains

    def _selected(self, condition: Condition) -> np.ndarray:
        if condition not in self._satisfied:
            with _naming(self.source):
                selected = condition.select(self.source.fields, len(self.source.task))
            self._satisfied[condition] = selected
        return self._satisfied[condition]

    def _check(self, items: np.ndarray, where: str) -> None:
        task = self.source.task
        if len(items) < FEWEST:
            raise DataError(
                f"{task.name}: the design leaves {len(items)} items in {where}, which needs "
                f"{FEWEST}; choose other conditions or shares, or add items"
            )
        if len(np.unique(task.clusters[items])) < 2:
            raise DataError(
                f"{task.name}: the design leaves one cluster in {where}, and an interval needs two"
            )

    def _check_classes(self, items: np.ndarray, split: str) -> None:
        if not self.design.reads_truth:
            return
        for label in {0, 1} - set(self._truth_N[items].tolist()):
            task = self.source.task
            raise DataError(
                f"{task.name}: the design leaves no item of class {task.choices[label]!r} in the "
                f"split {split!r}; choose another share, or add items"
            )

    @cached_property
    def _truth_N(self) -> np.ndarray:
        """(N,) ground truth; -1 for unanswerable and for sealed items, whose truth is not read."""
        task = self.source.task
        if task.kind != "classification" or len(task.choices) != 2:
            has = f"{len(task.choices)} classes"
            has = has if task.kind == "classification" else "items with their own choices"
            raise DataError(
                f"{task.name}: balance and distractor need a task with two classes; it has {has}"
            )
        known = np.flatnonzero(~self.source.vault.unanswerable)
        items = np.setdiff1d(known, task.splits(0).sealed)
        truth = np.full(len(task), -1)
        truth[items] = self.source.vault.reveal(items, "design")
        return truth

    @cached_property
    def _agrees_ND(self) -> np.ndarray:
        """(N, D) whether each distractor agrees with the truth, 0 or 1; -1 without a value."""
        agrees_ND = np.zeros((len(self.source.task), len(self.design.distractors)), int)
        for at, predicted in enumerate(self.predicted.values()):
            agrees_ND[:, at] = np.where(predicted < 0, -1, predicted == self._truth_N)
        return agrees_ND

    @cached_property
    def predicted(self) -> dict[str, np.ndarray]:
        """(N,) class for which the value of each distractor stands, by field; -1 without one."""
        source, found = self.source, {}
        for one in self.design.distractors:
            with _naming(source):
                found[one.field] = one.predict(source.fields, source.task.choices)
        return found

    @cached_property
    def _ranks(self) -> np.ndarray:
        return hash_ranks(self.source.task.ids)

    @cached_property
    def _drawn(self) -> dict[int, Splits]:
        return {}

    @cached_property
    def _satisfied(self) -> dict[Condition, np.ndarray]:
        return {}


@contextmanager
def _naming(source: Source) -> Iterator[None]:
    """Name the task in errors about its fields."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{source.task.name}: {error}") from None
