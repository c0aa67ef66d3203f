"""Comparison of two studies row by row, paired on seeds and items if the store has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from truing.errors import CorruptEntryError, UserError
from truing.given import find_in_folder, found_by
from truing.measures import Estimate, correctness, paired_difference
from truing.report.compare._compared import Compared, ComparedRun, unpaired_difference
from truing.report.compare._planted import compare_planted
from truing.report.compare._recalled import RecalledRun, domains_of
from truing.studies import HOME, PlanLine, Step, Store, Study, make_plan, measured_in
from truing.studies.work import OnTestPayload

PARTS = ("task", "weak", "strong", "method")
ROLES = {"weak": ("task", "weak"), "transfer": PARTS, "ceiling": ("task", "strong", "method")}
"""Names that identify the accuracy of each role."""
SAME = {**ROLES, "ceiling": ("task", "strong")}
"""Names of rows that may share the accuracy of a role."""

CLOSE = 1e-9  # accuracies recomputed from the same beliefs differ by rounding only

Row = Mapping[str, Any]
Names = tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """Correctness of one role of one row.

    Attributes:
        seeds: the random seeds.
        steps: key of the step of each seed.
        right_SN: (seeds, items) correctness.
        items: identifiers of the task, the test items and their truth.
        score: the step that scored the row.
    """

    seeds: tuple[int, ...]
    steps: tuple[str, ...]
    right_SN: np.ndarray
    items: tuple[str, ...]
    score: Step


class StudySide:
    """A recalled study with its reconstructed plan.

    Args:
        run: the study.
        store: store of computed steps.

    Attributes:
        rows: rows by (task, weak, strong, method).
    """

    def __init__(self, run: RecalledRun, store: Store):
        self.run, self.store = run, store
        self.rows = {_of_row(row): row for row in run.rows}
        self._lines: dict[Names, PlanLine] = {}
        self._why = ""
        self._known: dict[tuple[str, ...], np.ndarray] = {}
        try:
            with found_by(find_in_folder(Path(run.folder))):  # objects that the study was given
                self._seeds = (study := Study(**run.config)).seed_numbers
                for line in make_plan(study, measured_in(store)).lines:
                    self._lines[tuple(getattr(line, part) for part in PARTS)] = line
        except UserError as error:
            self._why = f"the plan of {run.folder} cannot be reconstructed ({error})"

    def row(self, names: Names, domain: str) -> Row:
        """The results of a row at home or in a domain."""
        return self.rows[names] if domain == HOME else domains_of(self.rows[names])[domain]

    def shared(self, names: Names, other: StudySide, others: Names) -> list[str]:
        """Home, and the domains that a row shares with a row of another study."""
        there = domains_of(other.rows[others])
        return [HOME, *(name for name in domains_of(self.rows[names]) if name in there)]

    def look(self, names: Names, domain: str, role: str) -> Seen | str:
        """Correctness of a role of a row in a domain, or the reason why it is not available."""
        if self._why:
            return self._why
        if names not in self._lines:
            return f"the plan of {self.run.folder} no longer has this row"
        score = _score_step(self._lines[names], domain)
        if score is None:
            return f"the plan of {self.run.folder} no longer has the domain {domain}"
        steps = tuple(step.key for step in score.parents[role])
        try:
            right_SN = self._right(steps, score)
        except CorruptEntryError:
            return f"the store no longer contains the steps of {self.run.folder}"
        if abs(right_SN.mean() - self.row(names, domain)[f"{role}_accuracy"]) > CLOSE:
            return f"the steps in the store do not reproduce {self.run.folder}"
        return Seen(self._seeds, steps, right_SN, _items(score), score)

    def _right(self, steps: tuple[str, ...], score: Step) -> np.ndarray:
        """(seeds, items) correctness on the test items."""
        known = (*steps, *_items(score))  # a designed shift has other items of the same steps
        if known not in self._known:
            assert score.truth is not None, "a score step has ground truth"
            items = _payload(score).items
            beliefs = [self.store.read(key)["beliefs"][items] for key in steps]
            self._known[known] = correctness(np.stack(beliefs), score.truth.reveal())
        return self._known[known]


def compare_studies(number: int, first: StudySide, second: StudySide) -> ComparedRun:
    """Compare the accuracies of corresponding rows of two studies.

    Args:
        number: number of the second run in the comparison.
        first, second: the studies.
    """
    pairs = list(_pairs(list(first.rows), list(second.rows)))
    compared: list[Compared] = []
    done: set[tuple[Any, ...]] = set()
    unchanged = 0
    for one, other in pairs:
        for domain, role in product(first.shared(one, second, other), ROLES):
            rows = first.row(one, domain), second.row(other, domain)
            values = _accuracy(rows[0], role), _accuracy(rows[1], role)
            keys = [_some_names(at, SAME[role]) for at in (one, other)]
            seen = first.look(one, domain, role), second.look(other, domain, role)
            # Many rows share a supervisor or a ceiling: its steps, or else its values, are equal.
            same = map(_steps_or, seen, values)
            known = (role, domain, *keys, *same)
            if known in done:
                continue
            done.add(known)
            if _same_work(*seen):
                unchanged += 1
                continue
            names = {p: (one[i], other[i]) for i, p in enumerate(PARTS) if p in ROLES[role]}
            names |= {} if domain == HOME else {"domain": (domain, domain)}
            compared.append(_compare(number, names, role, values, seen, _fewest_seeds(*rows)))
    for one, other in pairs:
        names = {part: (one[i], other[i]) for i, part in enumerate(PARTS)}
        rows = first.rows[one], second.rows[other]
        compared += compare_planted(number, names, rows, _fewest_seeds(*rows))
    alone = [
        {row_name(names) for names in set(side.rows) - {pair[i] for pair in pairs}}
        for i, side in enumerate((first, second))
    ]
    return ComparedRun(compared, unchanged, *alone)


def _steps_or(seen: Seen | str, value: Estimate) -> tuple[str, ...] | Estimate:
    return value if isinstance(seen, str) else seen.steps


def _items(score: Step) -> tuple[str, ...]:
    """Identifiers of the task, the test items and their truth."""
    return tuple(score.config[name] for name in ("task", "items", "truth"))


def _score_step(line: PlanLine, domain: str) -> Step | None:
    """The step that scores a row at home or in a domain; None if there is none."""
    return next((one.score for one in (line, *line.domains) if one.domain == domain), None)


def _payload(score: Step) -> OnTestPayload:
    assert isinstance(score.payload, OnTestPayload)
    return score.payload


def row_name(names: Names) -> str:
    """Displayed name of a row."""
    task, weak, strong, method = names
    return f"{task}: {weak} supervises {strong}, {method}"


def _pairs(first: Sequence[Names], second: Sequence[Names]) -> Iterator[tuple[Names, Names]]:
    """Pairs of rows with equal names, then of remaining rows that differ in one name.

    A remaining row is paired if there is a single such row: of several methods that the other run
    has in place of one, none is its counterpart.
    """
    shared = [names for names in first if names in second]
    yield from ((names, names) for names in shared)
    alike = [
        (one, other)
        for one in first
        for other in second
        if one not in shared and other not in shared and _differ_in_one(one, other)
    ]
    counts = Counter(names for pair in alike for names in pair)
    yield from (pair for pair in alike if counts[pair[0]] == counts[pair[1]] == 1)


def _differ_in_one(one: Names, other: Names) -> bool:
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _of_row(row: Row) -> Names:
    return tuple(str(row[part]) for part in PARTS)


def _some_names(names: Names, parts: Sequence[str]) -> Names:
    return tuple(names[PARTS.index(part)] for part in parts)


def _accuracy(row: Row, role: str) -> Estimate:
    return Estimate(*(float(row[f"{role}_{name}"]) for name in ("accuracy", "low", "high")))


def _same_work(first: Seen | str, second: Seen | str) -> bool:
    """Whether both have the same steps on their shared seeds."""
    if isinstance(first, str) or isinstance(second, str) or first.items != second.items:
        return False
    sides = [dict(zip(one.seeds, one.steps, strict=True)) for one in (first, second)]
    shared = [seed for seed in first.seeds if seed in second.seeds]
    return bool(shared) and all(sides[0][seed] == sides[1][seed] for seed in shared)


def _compare(
    number: int,
    names: dict[str, tuple[str, str]],
    role: str,
    accuracies: tuple[Estimate, Estimate],
    seen: tuple[Seen | str, Seen | str],
    seeds: int | None,
) -> Compared:
    first, second = seen
    values = accuracies[0].value, accuracies[1].value
    made = partial(Compared.of, number, names, f"{role} accuracy")
    why = _why_unpaired(first, second)
    if why or isinstance(first, str) or isinstance(second, str):
        apart = unpaired_difference(*accuracies)
        assert apart is not None, "rows have intervals"
        return made(values, apart, apart.p, seeds=seeds, note=f"not paired: {why}")
    shared = [seed for seed in first.seeds if seed in second.seeds]
    rights = [one.right_SN[[one.seeds.index(seed) for seed in shared]] for one in (second, first)]
    payload = _payload(first.score)
    found = paired_difference(
        rights[0],
        rights[1],
        clusters=payload.clusters,
        rng=np.random.default_rng(payload.bootstrap),
        level=first.score.config["level"],
        replicates=first.score.config["replicates"],
    )
    note = ""
    if len(shared) < max(len(first.seeds), len(second.seeds)):
        counts = f"{len(first.seeds)} and {len(second.seeds)}"
        note = f"paired on the {len(shared)} shared seeds, of {counts}"
        values = float(rights[1].mean()), float(rights[0].mean())
    items = rights[0].shape[1]
    return made(values, found, found.p, seeds=len(shared), items=items, note=note)


def _fewest_seeds(*rows: Row) -> int | None:
    """Smaller number of seeds of two rows; None if a row does not state it."""
    seeds = [one for row in rows if isinstance(one := row.get("seeds"), int)]
    return min(seeds) if len(seeds) == len(rows) else None


def _why_unpaired(first: Seen | str, second: Seen | str) -> str:
    """Reason why two sides cannot be paired; else empty."""
    if isinstance(first, str):
        return first
    if isinstance(second, str):
        return second
    if first.items != second.items:
        return "the runs have different test items or ground truth"
    if not set(first.seeds) & set(second.seeds):
        return "the runs share no seed"
    return ""
