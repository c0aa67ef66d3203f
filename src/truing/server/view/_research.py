"""Page of a research run: its ledgers, as far as the owner may see them.

The page shows the released scores, and after the run is closed the results on the sealed and
other-tasks tiers. Before that it shows neither true scores nor the names of the other tasks, so
that no one can steer the search by them. The secret and the tokens are never read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing.errors import TruingError
from truing.measures import Estimate
from truing.runs import LEDGER, LEDGER_FILES, MOST, as_number, as_text, referee_folders, stamp
from truing.server.view._shown import UNIT, SharedAxis, axis_of
from truing.server.view._summary import Summary

if TYPE_CHECKING:
    from truing.research import ReportedFinalist

MOST_RESEARCHERS = 200
LATEST = 200  # number of entries, and of findings, on the page


@dataclass(frozen=True)
class Climb:
    """A method that improved the released score."""

    submission: int
    researcher: str
    family: str
    claim: str
    released: float | None


@dataclass(frozen=True)
class SharedFinding:
    """A finding that a researcher shared."""

    number: int
    time: str
    researcher: str
    text: str


@dataclass(frozen=True)
class SpentBudget:
    """Submissions of a researcher, and its budget; `each` is None without a limit."""

    researcher: str
    spent: int
    each: int | None


@dataclass(frozen=True)
class Finalist:
    """A method that was scored on all tiers when the run was closed.

    Attributes:
        place: rank, from 1.
        researcher: name of the researcher.
        family: family of the method.
        content: the composition, or `a file`.
        released: the score that the referee released; None if it released none for it.
        gains: tier, task and gain over the baseline.
        p: p value of the sealed gain, Holm-corrected over all submitted methods.
        verdict: better, worse or inconclusive.
        alone: whether the method gains on climb tasks only.
        best: whether it is the best finalist of its ledger by sealed gain.
    """

    place: int
    researcher: str
    family: str
    content: str
    released: float | None
    gains: tuple[tuple[str, str, Estimate], ...]
    p: float | None
    verdict: str
    alone: bool
    best: bool


@dataclass(frozen=True)
class Link:
    """An entry of the ledger, without its body."""

    number: int
    time: str
    kind: str
    hash: str


@dataclass(frozen=True)
class ShownLedger:
    """A ledger as the page shows it.

    Attributes:
        name: name of the ledger's folder; the researcher's name if each researcher has a ledger.
        trouble: reason why the ledger cannot be shown; else empty.
        chain: result of the verification, as text.
        intact: whether the ledger was verified.
        closed: whether the run is closed: no more submissions, and the finalists are scored.
        budgets: submissions and budget of each researcher.
        spent: number of submissions.
        all: largest number of submissions; None without a limit.
        failures: reasons of failures, and their counts.
        families: families of methods, and their counts.
        progress: best released score after each evaluation.
        climbs: methods that improved the released score, latest first.
        findings: shared findings, latest first.
        finalists: the finalists; empty before the run is closed.
        best: the best finalist by sealed gain; None before the run is closed.
        axis: axis on which their gains are drawn.
        links: the last entries of the ledger, latest first.
    """

    name: str
    trouble: str = ""
    chain: str = ""
    intact: bool = False
    closed: bool = False
    budgets: tuple[SpentBudget, ...] = ()
    spent: int = 0
    all: int | None = None
    failures: tuple[tuple[str, int], ...] = ()
    families: tuple[tuple[str, int], ...] = ()
    progress: tuple[float | None, ...] = ()
    climbs: tuple[Climb, ...] = ()
    findings: tuple[SharedFinding, ...] = ()
    finalists: tuple[Finalist, ...] = ()
    best: ReportedFinalist | None = None
    axis: SharedAxis = UNIT
    links: tuple[Link, ...] = ()


def read_ledgers(run: Summary) -> tuple[ShownLedger, ...]:
    """The ledgers of a research run: a single ledger, or one for each researcher."""
    return tuple(_ledger_in(one) for one in referee_folders(run.folder)[:MOST_RESEARCHERS])


def without_sealed(config: Mapping[str, Any], closed: bool) -> dict[str, Any]:
    """The configuration; before the run is closed without the names of the other tasks."""
    from truing.research.ledger import upgrade

    shown = upgrade(config)
    if closed or not isinstance(problem := shown.get("problem"), dict):
        return shown
    tasks = problem.get("other_tasks")
    count = len(tasks) if isinstance(tasks, list) else 0
    hidden = f"{count}, shown after the run is closed"
    return {**shown, "problem": {**problem, "other_tasks": hidden}}


def _ledger_in(folder: Path) -> ShownLedger:
    stamped = tuple(stamp(folder, name) for name in LEDGER_FILES)
    if stamped[0] and stamped[0][1] > MOST:
        return ShownLedger(
            folder.name,
            trouble=f"{LEDGER} has {stamped[0][1]:,} bytes; this page shows at most {MOST:,}",
        )
    return _read(folder, stamped)


@lru_cache(maxsize=64)
def _read(folder: Path, stamped: tuple[Any, ...]) -> ShownLedger:
    """Read a ledger; `stamped` changes with the files, so that the cache is not outdated."""
    from truing.research import Ledger

    name = as_text(folder.name.encode(errors="replace").decode(), 200)
    try:
        with Ledger(folder / LEDGER, create=False) as ledger:
            found = ledger.verify()
            if not found.ok:
                return ShownLedger(name, trouble=f"the ledger is NOT verified: {found.why}")
            return _shown_ledger(name, ledger, found)
    except (TruingError, KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
        why = (
            str(error)
            if isinstance(error, TruingError)
            else "the entries of the ledger have an unknown format"
        )
        return ShownLedger(name, trouble=as_text(why, 500))


def _shown_ledger(name: str, ledger: Any, found: Any) -> ShownLedger:
    """The content of a verified ledger."""
    from truing.research import best_finalist, make_report
    from truing.research.ledger import Decided, Scored, Shared, Submitted, read_records

    report, entries = make_report(ledger), ledger.entries()
    closed = any(one.kind == Decided.kind for one in entries)
    submissions = read_records(entries, Submitted)
    climbs = [
        Climb(
            one.submission,
            as_text(submissions[one.submission].researcher, 200),
            as_text(submissions[one.submission].family, 500),
            as_text(submissions[one.submission].submission.card.claim, 2000),
            as_number(one.released),
        )
        for one in read_records(entries, Scored).values()
        if one.improved
    ]
    times = {one.number: one.time[:19] for one in entries}
    findings = [
        SharedFinding(number, times[number], as_text(one.researcher, 200), as_text(one.text, 4000))
        for number, one in read_records(entries, Shared).items()
    ]
    best = best_finalist(report.finalists)
    finalists = tuple(_finalist(i, one, best) for i, one in enumerate(report.finalists, 1))
    budget = report.config.budget
    return ShownLedger(
        name,
        chain=f"verified, {found.entries} entries, latest hash {found.head}",
        intact=True,
        closed=closed,
        budgets=tuple(
            SpentBudget(as_text(who, 200), n, budget.each) for who, n in report.researchers.items()
        ),
        spent=report.spent,
        all=budget.all,
        failures=tuple((as_text(why, 300), n) for why, n in report.failures.items()),
        families=tuple((as_text(one, 300), n) for one, n in report.families.items()),
        progress=tuple(as_number(at.released) for at in report.progress),
        climbs=tuple(climbs[::-1]),
        findings=tuple(findings[: -LATEST - 1 : -1]),
        finalists=finalists,
        best=best,
        axis=axis_of(
            [Estimate.point(0.0), *(gain for one in finalists for _, _, gain in one.gains)]
        ),
        links=tuple(
            Link(one.number, one.time[:19], as_text(one.kind, 100), one.hash)
            for one in entries[: -LATEST - 1 : -1]
        ),
    )


def _finalist(place: int, one: ReportedFinalist, best: ReportedFinalist | None) -> Finalist:
    from truing.research.problems import TIERS

    gains = tuple(
        (TIERS[tier], as_text(gain.task, 200), gain)
        for tier, several in one.gains.items()
        for gain in several
    )
    return Finalist(
        place,
        as_text(one.researcher, 200),
        as_text(one.family, 500),
        as_text(one.content or "a file", 4000),
        as_number(one.released),
        gains,
        as_number(one.p_holm),
        as_text(one.verdict, 40),
        one.climb_tasks_only,
        one is best,
    )
