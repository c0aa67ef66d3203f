"""Listing: which runs a list shows, in what order, and how it is asked for another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from truing.runs import STATUSES
from truing.server.view._summary import Summary

PAGE = 100  # runs, or plays, of a page
MOST_OPTIONS = 200  # names that a filter offers
SORTS: dict[str, Any] = {
    "newest": lambda run: (-run.changed, run.name),
    "oldest": lambda run: (run.changed, run.name),
    "name": lambda run: (run.name, -run.changed),
    "kind": lambda run: (run.kind, -run.changed),
    "status": lambda run: (list(STATUSES).index(run.status), -run.changed),
}


@dataclass(frozen=True)
class Wanted:
    """What a list was asked for; an empty part asks for everything.

    Attributes:
        q: words, each of which is in the run's name, tasks or methods.
        kind, status, task, method: as in a Summary.
        sort: of SORTS.
        page: from 1.
    """

    q: str = ""
    kind: str = ""
    status: str = ""
    task: str = ""
    method: str = ""
    sort: str = "newest"
    page: int = 1

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return any((self.q.strip(), self.kind, self.status, self.task, self.method))

    def address(self, **other: Any) -> str:
        """Where the list is that differs in something; from its first page, unless that says."""
        asked = vars(replace(self, **{"page": 1, **other}))
        default = vars(Wanted())
        return "/?" + urlencode({k: v for k, v in asked.items() if v != default[k]})

    def admits(self, run: Summary) -> bool:
        """Whether a run is among what is asked for."""
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
    """A page of something longer.

    Attributes:
        rows: what is on it.
        count: how much there is in all.
        page, pages: which one it is, and how many there are.
    """

    rows: Sequence[Any]
    count: int
    page: int
    pages: int

    @property
    def span(self) -> str:
        """What is on it, in words: `101-200 of 1,000`."""
        first = (self.page - 1) * PAGE + 1
        return f"{first:,}-{first + len(self.rows) - 1:,} of {self.count:,}"


def listed(runs: Iterable[Summary], wanted: Wanted) -> Shown:
    """The page of a list that is asked for."""
    key = SORTS.get(wanted.sort, SORTS["newest"])
    return paged(sorted(filter(wanted.admits, runs), key=key), wanted.page)


def paged(rows: Sequence[Any], page: int) -> Shown:
    """A page of rows; the last one where there are fewer."""
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(page, 1), pages)
    return Shown(rows[(page - 1) * PAGE : page * PAGE], len(rows), page, pages)


def options(runs: Iterable[Summary]) -> dict[str, list[str]]:
    """What each filter offers: the names that occur, the most frequent of them where many do."""
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
