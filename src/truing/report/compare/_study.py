"""Two studies compared, row by row: paired on seeds and items where the store still holds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from truing.errors import CorruptEntryError, UserError
from truing.measures import Estimate, correctness, paired_difference
from truing.report.compare._compared import Compared, unpaired_difference
from truing.report.compare._recalled import RecalledRun
from truing.studies import Step, Store, Study, make_plan

PARTS = ("task", "weak", "strong", "method")
ROLES = {"weak": ("task", "weak"), "transfer": PARTS, "ceiling": ("task", "strong", "method")}
"""Whose figure each role is."""

CLOSE = 1e-9  # accuracies recomputed from the same beliefs differ by rounding only

Row = Mapping[str, Any]
Names = tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """What one role of one row was right about.

    Attributes:
        seeds: their numbers.
        steps: key of the step of each seed.
        right_SN: correctness.
        items: what identifies the test items and their truth.
        score: the step that scored them.
    """

    seeds: tuple[int, ...]
    steps: tuple[str, ...]
    right_SN: np.ndarray
    items: tuple[str, ...]
    score: Step


class StudySide:
    """A recalled study, with its plan made again.

    Attributes:
        rows: by task, weak, strong and method.
    """

    def __init__(self, run: RecalledRun, store: Store):
        self.run, self.store = run, store
        self.rows = {tuple(str(row[part]) for part in PARTS): row for row in run.rows}
        self._lines: dict[Names, Any] = {}
        self._why = ""
        self._known: dict[tuple[str, ...], np.ndarray] = {}
        try:
            self._seeds = (study := Study(**run.config)).seed_numbers
            for line in make_plan(study).lines:
                self._lines[tuple(getattr(line, part) for part in PARTS)] = line
        except UserError as error:
            self._why = f"the plan of {run.folder} cannot be made again ({error})"

    def look(self, names: Names, role: str) -> Seen | str:
        """What a role of a row was right about, or why nobody can tell any more."""
        if self._why:
            return self._why
        if names not in self._lines:
            return f"the plan of {self.run.folder} has no such row any more"
        score = self._lines[names].score
        steps = tuple(step.key for step in score.parents[role])
        try:
            right_SN = self._right(steps, score)
        except CorruptEntryError:
            return f"the store does not hold what {self.run.folder} was made from any more"
        if abs(right_SN.mean() - self.rows[names][f"{role}_accuracy"]) > CLOSE:
            return f"what the store holds is not what {self.run.folder} was made from"
        items = tuple(score.config[name] for name in ("task", "items", "truth"))
        return Seen(self._seeds, steps, right_SN, items, score)

    def _right(self, steps: tuple[str, ...], score: Step) -> np.ndarray:
        """(seeds, items) correctness on the test items."""
        if steps not in self._known:
            items = score.payload.items
            beliefs_SNK = np.stack([self.store.read(key)["beliefs"][items] for key in steps])
            self._known[steps] = correctness(beliefs_SNK, score.truth.reveal())
        return self._known[steps]


def compare_studies(
    number: int, first: StudySide, second: StudySide
) -> tuple[list[Compared], int, set[str], set[str]]:
    """Every figure of the second study with that of the first it belongs to.

    Args:
        number: of the second run in the comparison.

    Returns:
        The comparisons, how many figures are the very same work, and the rows of either study
        that have no counterpart.
    """
    pairs = list(_pairs(list(first.rows), list(second.rows)))
    compared: list[Compared] = []
    done: set[tuple[Any, ...]] = set()
    unchanged = 0
    for one, other in pairs:
        for role, parts in ROLES.items():
            figures = [
                _accuracy(side.rows[at], role) for side, at in ((first, one), (second, other))
            ]
            whose = [
                _of(at, ("task", "strong")) if role == "ceiling" else _of(at, parts)
                for at in (one, other)
            ]
            known = (role, *whose, *figures)  # supervisors and ceilings stand in many rows
            if known in done:
                continue
            done.add(known)
            seen = first.look(one, role), second.look(other, role)
            if _same_work(*seen):
                unchanged += 1
                continue
            names = {part: (one[i], other[i]) for i, part in enumerate(PARTS) if part in parts}
            seeds = _fewest_seeds(first.rows[one], second.rows[other])
            compared.append(_compare(number, names, role, figures, seen, seeds))
    alone = [set(side.rows) - {pair[i] for pair in pairs} for i, side in enumerate((first, second))]
    return compared, unchanged, *({row_name(names) for names in one} for one in alone)


def row_name(names: Names) -> str:
    """A row in words."""
    task, weak, strong, method = names
    return f"{task}: {weak} supervises {strong}, {method}"


def _pairs(first: Sequence[Names], second: Sequence[Names]) -> Iterator[tuple[Names, Names]]:
    """Rows of the same names; then, of those left, rows that differ in one name."""
    shared = [names for names in first if names in second]
    yield from ((names, names) for names in shared)
    for one in first:
        for other in second:
            if one in shared or other in shared:
                continue
            if sum(a != b for a, b in zip(one, other, strict=True)) == 1:
                yield one, other


def _of(names: Names, parts: Sequence[str]) -> Names:
    return tuple(names[PARTS.index(part)] for part in parts)


def _accuracy(row: Row, role: str) -> Estimate:
    return Estimate(*(float(row[f"{role}_{name}"]) for name in ("accuracy", "low", "high")))


def _same_work(first: Seen | str, second: Seen | str) -> bool:
    """Whether both have the very same steps, on the seeds that they share."""
    if isinstance(first, str) or isinstance(second, str) or first.items != second.items:
        return False
    sides = [dict(zip(one.seeds, one.steps, strict=True)) for one in (first, second)]
    shared = [seed for seed in first.seeds if seed in second.seeds]
    return bool(shared) and all(sides[0][seed] == sides[1][seed] for seed in shared)


def _compare(
    number: int,
    names: dict[str, tuple[str, str]],
    role: str,
    figures: Sequence[Estimate],
    seen: tuple[Seen | str, Seen | str],
    seeds: int | None,
) -> Compared:
    why = _why_unpaired(*seen)
    values = figures[0].value, figures[1].value
    if why:
        apart = unpaired_difference(*figures)
        return Compared(
            number,
            names,
            f"{role} accuracy",
            *values,
            apart.value,
            apart.low,
            apart.high,
            paired=False,
            seeds=seeds,
            items=None,
            p=apart.p,
            note=f"not paired: {why}",
        )
    first, second = seen
    shared = [seed for seed in first.seeds if seed in second.seeds]
    rights = [one.right_SN[[one.seeds.index(seed) for seed in shared]] for one in (second, first)]
    payload = first.score.payload
    found = paired_difference(
        *rights,
        clusters=payload.clusters,
        rng=np.random.default_rng(payload.bootstrap),
        level=first.score.config["level"],
        replicates=first.score.config["replicates"],
    )
    note = ""
    if len(shared) < max(len(first.seeds), len(second.seeds)):
        counts = f"{len(first.seeds)} and {len(second.seeds)}"
        note = f"paired on the {len(shared)} seeds that both have, of {counts}"
        values = float(rights[1].mean()), float(rights[0].mean())
    return Compared(
        number,
        names,
        f"{role} accuracy",
        *values,
        found.value,
        found.low,
        found.high,
        paired=True,
        seeds=len(shared),
        items=rights[0].shape[1],
        p=found.p,
        note=note,
    )


def _fewest_seeds(*rows: Row) -> int | None:
    """Smaller number of seeds of two rows; None where a row does not state it."""
    seeds = [row.get("seeds") for row in rows]
    return min(seeds) if all(isinstance(one, int) for one in seeds) else None


def _why_unpaired(first: Seen | str, second: Seen | str) -> str:
    for one in (first, second):
        if isinstance(one, str):
            return one
    if first.items != second.items:
        return "the runs have other test items, or another truth"
    if not set(first.seeds) & set(second.seeds):
        return "the runs share no seed"
    return ""
