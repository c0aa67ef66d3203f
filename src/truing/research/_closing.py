"""Closing: score the finalists once, decide the verdicts, and audit submissions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from truing.research._evaluation import FinalVerdict, Tier
from truing.research._scorer import Scorer
from truing.research._submission import Submission
from truing.research._verdicts import finalists, verdicts
from truing.research.audit import Audit, audit_case, gather, read_history
from truing.research.ledger._read_records import read_gate
from truing.research.ledger._records import (
    Audited,
    Closed,
    Decided,
    FinallyScored,
    Gated,
    Submitted,
    audit_key,
)

FINAL_TIERS: tuple[Tier, ...] = ("sealed", "other_tasks")  # scored once, when the run is closed


@dataclass(frozen=True)
class Closing:
    """Closes a research run, and audits its submissions.

    Attributes:
        scorer: scores the submissions of the run.
    """

    scorer: Scorer

    def close(self) -> tuple[FinalVerdict, ...]:
        """Close the run, and return the verdicts, see `Referee.close`."""
        config, records = self.scorer.config, self.scorer.records
        records.write(Closed())
        self.scorer.finish()
        chosen = self._finalists()
        for number, submitted in chosen.items():
            self._score_finally(number, submitted.submission)
        decided = records.state.read().decided
        if decided is None:
            found = verdicts(records.ledger, chosen, config.problem.seeds)
            decided = records.write(Decided(found))
        if config.audit:
            self.audit(n for n, one in chosen.items() if one.submission.kind == "folder")
        return records.read(decided, Decided)[1].verdicts

    def audit(self, numbers: Iterable[int] | None = None, model: str = "") -> tuple[Audit, ...]:
        """The audits of submissions, see `Referee.audit`."""
        chosen = self._finalists() if numbers is None else numbers
        return tuple(self._audited(number, model) for number in chosen)

    def _score_finally(self, number: int, submission: Submission) -> None:
        """Score a finalist on the tiers that are scored once, unless it was scored there."""
        records = self.scorer.records
        if number in records.state.read().finals:
            return
        sealed, others = (self.scorer.evaluate(submission, tier) for tier in FINAL_TIERS)
        with records.ledger.transaction():
            if number not in records.state.read().finals:  # another process may be first
                records.write(FinallyScored(number, sealed, others))

    def _finalists(self) -> dict[int, Submitted]:
        """The best methods that pass the gate; in an open run those that have not failed it."""
        ledger, count = self.scorer.records.ledger, self.scorer.config.finalists
        return finalists(ledger, count, self._passes)

    def _passes(self, number: int, submission: Submission) -> bool:
        """Whether a candidate passes the gate, which examines the candidates of a closed run."""
        records = self.scorer.records
        state = records.state.read()
        if self.scorer.gate is None or (number not in state.gates and not state.closed):
            return True
        if number not in state.gates:
            result = self.scorer.examine(submission)
            with records.ledger.transaction():
                if number not in records.state.read().gates:  # another process may be first
                    records.write(Gated(number, result))
        return read_gate(records.ledger, records.state.read().gates[number]).passed

    def _audited(self, number: int, model: str) -> Audit:
        """The audit of a submission, which is made unless it is stored."""
        records, config = self.scorer.records, self.scorer.config
        history = read_history(records.ledger, number)
        key = audit_key(number, len(history.others), model)
        stored = records.state.read().audits.get(key)
        if stored is None:
            seeds = config.problem.seeds
            case = gather(self.scorer.problem, history, records.secret, seeds, model)
            stored = records.write(Audited(audit_case(*case), len(history.others)))
        return records.read(stored, Audited)[1].audit
