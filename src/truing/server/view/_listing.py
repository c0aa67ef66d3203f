"""The list of runs: filters, order, pages, and the addresses of other lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from truing.runs import STATUSES
from truing.server.view._natural import natural
from truing.server.view._summary import Summary

PAGE = 100  # runs, or plays, per page
MOST_OPTIONS = 200  # names in the menu of a filter
NEWEST = "-changed"


def _result(run: Summary) -> float | None:
    return run.headline.value.value if run.headline else None


def _best(run: Summary) -> Any:
    return natural(run.headline.best) if run.headline and run.headline.best else None


SORTS: dict[str, Callable[[Summary], Any]] = {
    "name": lambda run: natural(run.name),
    "status": lambda run: list(STATUSES).index(run.status),
    "kind": lambda run: run.kind,
    "result": _result,
    "best": _best,
    "tasks": lambda run: natural(", ".join(run.tasks)),
    "changed": lambda run: run.changed,
}
"""Sort key of each sortable column, None for runs without a value, which come last in any order.
`-` before the name of a column means the reverse order."""
BY_RESULT = ("-result", "result")
"""Orders that group the runs by what their result is, because only equal quantities compare."""
ORDERS = {
    NEWEST: "newest first",
    "changed": "oldest first",
    "-result": "highest result",
    "result": "lowest result",
    **{name: f"by {name}" for name in ("name", "kind", "status", "best", "tasks")},
}
"""Orders in the menu of the list."""
VERDICTS = {
    "better": "better than the baseline",
    "worse": "worse than the baseline",
    "inconclusive": "inconclusive",
    "none": "without a verdict",
}
"""Verdicts of headlines, for the filter. The baseline is naive training or the blind judge."""


@dataclass(frozen=True)
class Wanted:
    """The filters and order of a list; an empty filter matches everything.

    Attributes:
        q: search words; each must occur in the run's name, kind, tasks, methods, tags or note.
        kind, status, task, method: as in a Summary.
        verdict: a key of VERDICTS.
        tag: a tag of the run.
        sort: a key of SORTS, after `-` for the reverse order.
        page: number of the page, from 1.
    """

    q: str = ""
    kind: str = ""
    status: str = ""
    task: str = ""
    method: str = ""
    verdict: str = ""
    tag: str = ""
    sort: str = NEWEST
    page: int = 1

    def address(self, **other: Any) -> str:
        """Address of the list with some fields changed; its first page unless `page` is given."""
        fields = vars(replace(self, **{"page": 1, **other}))
        default = vars(Wanted())
        return "/?" + urlencode({k: v for k, v in fields.items() if v != default[k]})

    def ordered(self, column: str) -> str:
        """Address of the list ordered by a column; in the reverse order if it already is."""
        first, other = (column, f"-{column}")
        if column in ("result", "changed"):  # of numbers, the highest are of interest
            first, other = other, first
        return self.address(sort=other if self.sort == first else first)

    def direction(self, column: str) -> str:
        """Order of a column: ascending, descending, or none."""
        if self.sort.removeprefix("-") != column:
            return "none"
        return "descending" if self.sort.startswith("-") else "ascending"

    @property
    def grouped(self) -> bool:
        """Whether the list has a heading for each kind of result."""
        return self.sort in BY_RESULT

    def admits(self, run: Summary) -> bool:
        """Whether a run matches all filters."""
        noted = run.annotations
        words = " ".join((run.name, run.kind, *run.tasks, *run.methods, *noted.tags, noted.note))
        base = run.headline.base if run.headline else ""
        return (
            self.kind in ("", run.kind)
            and self.status in ("", run.status)
            and (not self.task or self.task in run.tasks)
            and (not self.method or self.method in run.methods)
            and self.verdict in ("", base or "none")
            and (not self.tag or self.tag in noted.tags)
            and all(word in words.casefold() for word in self.q.casefold().split())
        )


@dataclass(frozen=True)
class Shown:
    """One page of a list.

    Attributes:
        rows: entries on this page.
        count: number of entries on all pages.
        page: number of this page, from 1.
        pages: number of pages.
    """

    rows: Sequence[Any]
    count: int
    page: int
    pages: int

    @property
    def span(self) -> str:
        """Numbers of the entries on this page: `101-200 of 1,000`."""
        first = (self.page - 1) * PAGE + 1
        return f"{first:,}-{first + len(self.rows) - 1:,} of {self.count:,}"


def listed(runs: Iterable[Summary], wanted: Wanted) -> Shown:
    """The requested page of the matching runs."""
    rows = sorted(filter(wanted.admits, runs), key=lambda run: -run.changed)
    sort = wanted.sort if wanted.sort.removeprefix("-") in SORTS else NEWEST
    key = SORTS[sort.removeprefix("-")]
    known = [run for run in rows if key(run) is not None]
    known.sort(key=key, reverse=sort.startswith("-"))
    if wanted.grouped:
        known.sort(key=lambda run: quantity(run).casefold())
    return paged([*known, *(run for run in rows if key(run) is None)], wanted.page)


def quantity(run: Summary) -> str:
    """What the result of a run is: `difference from naive`; empty if there is none."""
    return run.headline.what if run.headline else ""


def paged(rows: Sequence[Any], page: int) -> Shown:
    """A page of rows; the last page if the number is too large."""
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(page, 1), pages)
    return Shown(rows[(page - 1) * PAGE : page * PAGE], len(rows), page, pages)


def options(runs: Iterable[Summary]) -> dict[str, list[str]]:
    """Menu of each filter: the most frequent names in the runs, at most MOST_OPTIONS."""
    runs = list(runs)
    offered = {
        "kind": Counter(run.kind for run in runs),
        "status": Counter(run.status for run in runs),
        "task": Counter(one for run in runs for one in run.tasks),
        "method": Counter(one for run in runs for one in run.methods),
        "tag": Counter(one for run in runs for one in run.annotations.tags),
    }
    return {
        part: sorted((name for name, _ in counted.most_common(MOST_OPTIONS)), key=natural)
        for part, counted in offered.items()
    }
