"""A research's page: what its ledgers tell its owner.

Shown is what researchers were told, and at the end what was found on the sealed and transfer tiers.
Before the end neither the true scores nor what is on those tiers is shown, to nobody: who looks
on should not steer by them. The secret and the tokens are never read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing.errors import TruingError
from truing.runs import LEDGER, LEDGER_FILES, MOST, as_number, as_text, referee_folders, stamp
from truing.server.view._figures import UNIT, SharedAxis, ShownEstimate, axis_of
from truing.server.view._summary import Summary

if TYPE_CHECKING:
    from truing.research import ReportedFinalist

MOST_RESEARCHERS = 200
LATEST = 200  # entries and findings that are shown


@dataclass(frozen=True)
class Climb:
    """A method that beat the best before it."""

    submission: int
    researcher: str
    family: str
    claim: str
    released: float | None


@dataclass(frozen=True)
class SharedFinding:
    """What a researcher shared."""

    number: int
    time: str
    researcher: str
    text: str


@dataclass(frozen=True)
class SpentBudget:
    """What a researcher spent of what it may spend."""

    researcher: str
    spent: int
    each: int | None


@dataclass(frozen=True)
class Finalist:
    """A method that was scored at the end.

    Attributes:
        place: from 1.
        researcher, family, content: who, which, and the composition itself.
        told: the score that its researcher was told; None where it was told another's.
        gains: tier, task, and gain.
        p: of the sealed gain, Holm-corrected over every method that was tried.
        verdict: better, worse or inconclusive.
        alone: it climbs without transfer.
    """

    place: int
    researcher: str
    family: str
    content: str
    told: float | None
    gains: tuple[tuple[str, str, ShownEstimate], ...]
    p: float | None
    verdict: str
    alone: bool


@dataclass(frozen=True)
class Link:
    """An entry of the ledger, without what it says."""

    number: int
    time: str
    kind: str
    hash: str


@dataclass(frozen=True)
class ShownLedger:
    """A ledger's research.

    Attributes:
        name: of the folder, which is the researcher's where each has one.
        trouble: why the ledger cannot be shown; else empty.
        chain: in words, whether the chain is in order.
        intact: whether it is.
        closed: no more is submitted, and the finalists are scored.
        budgets, spent, all: of each researcher; submissions in all, and how many there may be.
        failures, families: how often each.
        progress: after each evaluation, the best that was told.
        climbs: the latest first.
        findings: the latest first.
        finalists: empty before it is closed.
        axis: of their gains.
        links: the ledger's last entries, the latest first.
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
    axis: SharedAxis = UNIT
    links: tuple[Link, ...] = ()


def read_ledgers(run: Summary) -> tuple[ShownLedger, ...]:
    """The ledgers of a research run: the folder's own, or one for each researcher."""
    return tuple(_ledger_in(one) for one in referee_folders(run.folder)[:MOST_RESEARCHERS])


def without_sealed(config: Mapping[str, Any], closed: bool) -> dict[str, Any]:
    """A configuration that does not name what is on the transfer tier before the end."""
    from truing.research._config import upgrade_config

    config = upgrade_config(config)
    if closed or not isinstance(problem := config.get("problem"), dict):
        return config
    named = problem.get("transfer")
    count = len(named) if isinstance(named, list) else 0
    told = f"{count}, named when the research is closed"
    return {**config, "problem": {**problem, "transfer": told}}


def _ledger_in(folder: Path) -> ShownLedger:
    stamped = tuple(stamp(folder, name) for name in LEDGER_FILES)
    if stamped[0] and stamped[0][1] > MOST:
        return ShownLedger(folder.name, trouble=f"{LEDGER} is too large to be shown")
    return _read(folder, stamped)


@lru_cache(maxsize=64)
def _read(folder: Path, stamped: tuple[Any, ...]) -> ShownLedger:
    """The research in a ledger; `stamped` is another one whenever the file is."""
    from truing.research import Ledger

    name = as_text(folder.name.encode(errors="replace").decode(), 200)
    try:
        with Ledger(folder / LEDGER, create=False) as ledger:
            found = ledger.verify()
            if not found.ok:
                return ShownLedger(name, trouble=f"the ledger is NOT in order: {found.why}")
            return _told(name, ledger, found)
    except (TruingError, KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
        why = str(error) if isinstance(error, TruingError) else "its entries are of another form"
        return ShownLedger(name, trouble=as_text(why, 500))


def _told(name: str, ledger: Any, found: Any) -> ShownLedger:
    """What a chain that is in order says."""
    from truing.research import make_report
    from truing.research._records import Decided, Scored, Shared, Submitted, read_records

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
    finalists = tuple(_finalist(i, one) for i, one in enumerate(report.finalists, 1))
    budget = report.config.budget
    return ShownLedger(
        name,
        chain=f"in order, {found.entries} entries, head {found.head}",
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
        axis=axis_of(
            [ShownEstimate(0.0), *(gain for one in finalists for _, _, gain in one.gains)]
        ),
        links=tuple(
            Link(one.number, one.time[:19], as_text(one.kind, 100), one.hash)
            for one in entries[: -LATEST - 1 : -1]
        ),
    )


def _finalist(place: int, one: ReportedFinalist) -> Finalist:
    gains = tuple(
        (tier, as_text(gain.task, 200), ShownEstimate(gain.value, gain.low, gain.high))
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
        one.climbs_without_transfer,
    )
