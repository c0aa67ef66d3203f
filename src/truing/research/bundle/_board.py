"""Board: what the page of a bundle shows, computed from the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from truing.research._config import ResearchConfig
from truing.research._evaluation import Evaluation, FinalVerdict, Gain, Tier
from truing.research.audit import Audit, AuditFinding
from truing.research.bundle._code import code_files
from truing.research.bundle._forecast_table import ForecastRow
from truing.research.bundle._layout import REVEALED
from truing.research.bundle._rerunnable import Rerunnable, rerunnable
from truing.research.bundle._studied import Line, baseline_of, studied
from truing.research.gate import GateResult
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._read_records import read_gates, read_opened, read_records
from truing.research.ledger._records import Audited, Decided, Scored, Submitted


@dataclass(frozen=True)
class Row:
    """A submission on the board.

    Attributes:
        number: number of the submission's entry.
        submitted: the submission.
        outcome: its score on the climb tier; None if it was not scored.
        verdict: the verdict, if it is a finalist.
        audits: audits of the submission.
        gate: result of the capability gate; None if the gate did not examine it.
        code: paths of its files in the bundle.
    """

    number: int
    submitted: Submitted
    outcome: Scored | None
    verdict: FinalVerdict | None
    audits: tuple[Audit, ...]
    gate: GateResult | None
    code: tuple[str, ...]

    @property
    def flags(self) -> tuple[AuditFinding, ...]:
        """Findings of the auditor that flag the submission, one for each check."""
        found = {one.check: one for audit in self.audits for one in audit.findings if one.flagged}
        return tuple(found.values())

    @property
    def released(self) -> float | None:
        """The score that was released for it, if it raised the best released score."""
        return self.outcome.released if self.outcome and self.outcome.improved else None

    @property
    def climb(self) -> Evaluation | None:
        """Its true gains on the climb tier."""
        return None if self.outcome is None else self.outcome.evaluation

    def gains(self, tier: Tier) -> tuple[Gain, ...]:
        """Its gains on a tier; empty if it failed or was not scored there."""
        if self.verdict is not None:
            return tuple(self.verdict.gains.get(tier, ()))
        shown = self.climb.gains if tier == "climb" and self.climb else ()
        return tuple(one.in_range for one in shown)


@dataclass(frozen=True)
class ResearcherRow:
    """A researcher on the board: numbers of submissions, failures, releases, and verdicts."""

    name: str
    submissions: int
    failed: int
    released: int
    verdicts: Mapping[str, int]


@dataclass(frozen=True)
class Board:
    """What the page of a bundle shows.

    Attributes:
        name: title.
        config: configuration of the research run.
        environment: see `make_environment`.
        rows: all submissions: the finalists, best first, then the others in order.
        entries, head, closed: number of entries, hash and time of the last entry.
        public_key: public key of the referee.
        revealed: whether the bundle contains the secret of the run.
        rerun: whether anyone can score its submissions again.
        forecasts: scores of the forecasts on the cards; empty if the cards state no forecasts.
    """

    name: str
    config: ResearchConfig
    environment: Mapping[str, Any]
    rows: tuple[Row, ...]
    entries: int
    head: str
    closed: str
    public_key: str
    revealed: bool
    rerun: Rerunnable
    forecasts: tuple[ForecastRow, ...]

    @property
    def studied(self) -> list[Line]:
        """What was studied, as labels with values."""
        return studied(self.config)

    @property
    def baseline(self) -> str:
        """The method or the protocol with which submissions are compared."""
        return baseline_of(self.config)

    @property
    def finalists(self) -> list[Row]:
        """The finalists, best first."""
        return [row for row in self.rows if row.verdict is not None]

    @property
    def audited(self) -> list[Row]:
        """The audited submissions, in order."""
        return sorted((row for row in self.rows if row.audits), key=lambda row: row.number)

    @property
    def gated(self) -> list[Row]:
        """The submissions that the capability gate examined, in order."""
        found = (row for row in self.rows if row.gate is not None)
        return sorted(found, key=lambda row: row.number)

    @property
    def methods(self) -> int:
        """Number of submitted methods, over which the verdicts are corrected."""
        return len({row.submitted.submission.digest for row in self.rows})

    @property
    def verdicts(self) -> Mapping[str, int]:
        """Number of finalists by verdict, in order of the finalists."""
        return _count_verdicts(self.finalists)

    @property
    def researchers(self) -> list[ResearcherRow]:
        """All researchers, in order of their first submission."""
        ordered = sorted(self.rows, key=lambda row: row.number)
        names = dict.fromkeys(row.submitted.researcher for row in ordered)
        return [_researcher(name, self.rows) for name in names]


def make_board(
    ledger: Ledger,
    name: str,
    environment: Mapping[str, Any],
    paths: Collection[str],
    forecasts: Sequence[ForecastRow],
) -> Board:
    """The board of a closed research run.

    Args:
        ledger: ledger of the run.
        name: title.
        environment: see `make_environment`.
        paths: paths of the files of the bundle.
        forecasts: scores of the forecasts on the cards.
    """
    opened = read_opened(ledger)
    assert opened is not None, "a bundle contains a research run"
    entries = ledger.entries()
    submissions = read_records(entries, Submitted)
    outcomes = {one.submission: one for one in read_records(entries, Scored).values()}
    decided = [one for record in read_records(entries, Decided).values() for one in record.verdicts]
    verdicts = {one.submission: one for one in decided}
    audits: dict[int, list[Audit]] = {}
    for audited in read_records(entries, Audited).values():
        audits.setdefault(audited.audit.submission, []).append(audited.audit)
    gates = {number: one.in_range for number, one in read_gates(ledger).items()}
    order = [*verdicts, *(number for number in submissions if number not in verdicts)]
    return Board(
        name,
        opened.config,
        environment,
        tuple(
            Row(
                number,
                submissions[number],
                outcomes.get(number),
                verdicts.get(number),
                tuple(audits.get(number, ())),
                gates.get(number),
                tuple(code_files(submissions[number].submission)),
            )
            for number in order
        ),
        len(entries),
        entries[-1].hash,
        entries[-1].time,
        opened.public_key,
        REVEALED in paths,
        rerunnable(opened.config, paths, {one.submission.kind for one in submissions.values()}),
        tuple(forecasts),
    )


def _researcher(name: str, rows: Sequence[Row]) -> ResearcherRow:
    own = [row for row in rows if row.submitted.researcher == name]
    return ResearcherRow(
        name,
        len(own),
        sum(bool(row.climb and row.climb.failure) for row in own),
        sum(row.released is not None for row in own),
        _count_verdicts(own),
    )


def _count_verdicts(rows: Sequence[Row]) -> Mapping[str, int]:
    return Counter(row.verdict.verdict for row in rows if row.verdict is not None)
