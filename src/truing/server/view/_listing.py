"""The list of runs: filters, order, pages, and the addresses of other lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from truing.runs import STATUSES
from truing.server.view._summary import Summary

PAGE = 100  # runs, or plays, per page
MOST_OPTIONS = 200  # names in the menu of a filter
SORTS: dict[str, Any] = {
    "newest": lambda run: (-run.changed, run.name),
    "oldest": lambda run: (run.changed, run.name),
    "name": lambda run: (run.name, -run.changed),
    "kind": lambda run: (run.kind, -run.changed),
    "status": lambda run: (list(STATUSES).index(run.status), -run.changed),
}


@dataclass(frozen=True)
class Wanted:
    """The filters and order of a list; an empty filter matches everything.

    Attributes:
        q: search words; each must occur in the run's name, kind, tasks or methods.
        kind, status, task, method: as in a Summary.
        sort: a key of SORTS.
        page: number of the page, from 1.
    """

    q: str = ""
    kind: str = ""
    status: str = ""
    task: str = ""
    method: str = ""
    sort: str = "newest"
    page: int = 1

    def address(self, **other: Any) -> str:
        """Address of the list with some fields changed; its first page unless `page` is given."""
        fields = vars(replace(self, **{"page": 1, **other}))
        default = vars(Wanted())
        return "/?" + urlencode({k: v for k, v in fields.items() if v != default[k]})

    def admits(self, run: Summary) -> bool:
        """Whether a run matches all filters."""
        words = " ".join((run.name, run.kind, *run.tasks, *run.methods)).casefold()
        return (
            self.kind in ("", run.kind)
            and self.status in ("", run.status)
            and (not self.task or self.task in run.tasks)
            and (not self.method or self.method in run.methods)
            and all(word in words for word in self.q.casefold().split())
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
    key = SORTS.get(wanted.sort, SORTS["newest"])
    return paged(sorted(filter(wanted.admits, runs), key=key), wanted.page)


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
    }
    return {
        part: sorted(name for name, _ in counted.most_common(MOST_OPTIONS))
        for part, counted in offered.items()
    }
