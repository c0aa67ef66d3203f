"""Referee: accepts methods, trains and scores them, and releases few scores.

The referee writes every action into the ledger and derives its state from the ledger. A referee
that was killed continues where the ledger ends. A submission is charged once, when it is accepted,
and scored once. A repeated submission of the same method returns the same receipt.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from truing.errors import BudgetError, ClosedError, LedgerError, NoSubmissionError, UserError
from truing.research._answers import BudgetState, Description, Finding, LeaderboardRow
from truing.research._claims import Claims
from truing.research._config import ResearchConfig
from truing.research._evaluation import Evaluation, FinalVerdict, Tier
from truing.research._opening import open_folder
from truing.research._release import Released, ReleaseRule
from truing.research._scoring import evaluate
from truing.research._state import ResearchState
from truing.research._submission import MethodCard, Submission
from truing.research._verdicts import finalists, verdicts
from truing.research.audit import Audit, audit_case, gather, read_history
from truing.research.gate._forecasts import ForecastReport, score_forecasts
from truing.research.gate._gatekeeper import GATE_RULES, make_gatekeeper
from truing.research.gate._result import GateResult
from truing.research.ledger._entry import Entry
from truing.research.ledger._receipt import Receipt
from truing.research.ledger._records import (
    Audited,
    Closed,
    Decided,
    FinallyScored,
    Gated,
    R,
    Record,
    SaltedRecord,
    Scored,
    Shared,
    Submitted,
    audit_key,
    find_record,
    read_gate,
    read_records,
)
from truing.research.ledger._witness import make_receipt
from truing.research.problems import Problem, make_problem

LONGEST_FINDING = 4000  # characters
FINAL_TIERS: tuple[Tier, ...] = ("sealed", "other_tasks")  # scored once, when the run is closed
POLL = 0.02  # seconds between checks whether another worker is done
MOST_FINDINGS = 500  # per researcher, so that no researcher floods the forum
CPU_RULES = (
    " A folder is also charged the processor seconds that its runs use, rounded up to whole "
    "seconds. When it is accepted, the most that its runs may use is reserved, and it is refused "
    "if less than that is left. The referee scores next the submission of the researcher who used "
    "the fewest processor seconds."
)


class Referee:
    """The referee of a research run, with its folder, ledger and secret.

    Args:
        folder: folder of the referee.
        config: configuration of a new run; the ledger of an existing run contains it.
        problem: the problem; by default the problem that the configuration names.
        cluster: whether submitted folders run on the connected Ray cluster.

    Raises:
        UserError: the folder contains a run with another configuration, or it contains no run and
            there is no configuration.
        LedgerError: the ledger was changed, or lost entries at its end.
    """

    def __init__(
        self,
        folder: Path,
        config: ResearchConfig | None = None,
        problem: Problem | None = None,
        *,
        cluster: bool = False,
    ):
        opened = open_folder(folder, config)
        self.folder, self.config = folder, opened.config
        self.ledger, self.secret, self.signer = opened.ledger, opened.secret, opened.signer
        self.problem: Problem = problem or make_problem(self.config, self.secret, cluster=cluster)
        self.rule = ReleaseRule(self.config.step, self.config.min_step_se)
        self.gate = make_gatekeeper(self.config, self.problem, self.secret)
        self.state = ResearchState(self.ledger, self.config.budget)
        self.claims = Claims(folder)
        self._requeued: set[int] = set()  # submissions with an infrastructure error

    @property
    def step(self) -> float:
        """The released step: the configured step, or a larger step if there are few items."""
        return self.rule.step_at(self.problem.items)

    @property
    def closed(self) -> bool:
        """Whether the run is closed, so that no more submissions are accepted."""
        return self.state.read().closed

    def describe(self) -> Description:
        """The description of the problem that researchers read."""
        rules = (
            "If a score beats the best released score by at least one step, the referee releases "
            "it, rounded down to a multiple of the step. Otherwise it releases the best released "
            f"score again. The step is {self.step:.3f}. The best released score starts at 0, the "
            "score of the baseline, and a score below the baseline is never released. Each "
            "submission uses one unit of the budget, even if it fails. The first method card of a "
            "method is final; the same method with another card is refused."
        )
        rules += GATE_RULES if self.gate else ""
        if self.config.folders is not None:
            rules += CPU_RULES
        limits = self.config.budget
        return {
            **self.problem.describe(),
            "rules": rules,
            "budget": {
                "each": limits.each,
                "all": limits.all,
                "cpu_each": limits.cpu_each,
                "cpu_all": limits.cpu_all,
            },
            "public_key": self.signer.public_key,
        }

    def submit(self, researcher: str, submission: Submission) -> Receipt:
        """Accept and charge a submission; a repeated submission is not charged again.

        The first method card of a method is final; later cards are ignored.

        Raises:
            UserError: the submission is not a method of the problem.
            BudgetError: the budget is spent.
            ClosedError: the run is closed.
        """
        checked = self.problem.check(submission)
        with self.ledger.transaction():
            state = self.state.read()
            number = state.submissions.get((researcher, checked.digest))
            if number is None:
                if state.closed:
                    raise ClosedError("the research run is closed; it accepts no more submissions")
                most = self.problem.most_cpu(checked)
                self._check_budget(researcher, state, most)
                family = self.problem.family(checked)
                number = self._write(Submitted(researcher, family, checked, most))
        return self.result(number)

    def result(self, number: int, researcher: str | None = None) -> Receipt:
        """The receipt of a submission.

        Args:
            number: number of the submission.
            researcher: name of the researcher who asks; None for the operator, who may read all.

        Raises:
            NoSubmissionError: there is no such submission, or another researcher submitted it.
        """
        entry, submitted = self._submission(number)
        if researcher not in (None, submitted.researcher):
            raise NoSubmissionError(f"you have no submission {number}")
        outcome = self.state.read().outcomes.get(number)
        scored = None if outcome is None else self._read(outcome, Scored)
        return make_receipt(self.signer, entry, scored)

    def card(self, number: int) -> MethodCard:
        """The method card of a submission; raises NoSubmissionError if there is none."""
        return self._submission(number)[1].submission.card

    def work(self) -> bool:
        """Score a waiting submission, see `FairQueue` for the order.

        Several threads and processes may work in one folder; no submission is scored twice. An
        infrastructure error is raised, and the submission is requeued, so that the next call scores
        another submission. Requeued submissions are tried again after all others.

        Returns:
            Whether a submission was waiting that no other worker scores.
        """
        if not len(self.state.read().queue):
            return False
        with self.claims.choosing() as running:
            queue = self.state.read().queue
            number = queue.choose(running, but=self._requeued)
            if number is None and self._requeued:
                self._requeued.clear()
                number = queue.choose(running)
            if number is None:
                return False
            self.claims.take(number)
        with self.claims.claim(number):
            try:
                self._score(number)
            except BaseException:
                self._requeued.add(number)
                self.state.queue.postpone(number)
                raise
        return True

    def score(self, number: int) -> Receipt:
        """Score a submission, unless it was scored before, and apply the release rule."""
        self._submission(number)
        while number not in self.state.read().outcomes:
            with self._claimed(number) as claimed:
                if claimed:
                    self._score(number)
            if not claimed:
                time.sleep(POLL)
        return self.result(number)

    @contextmanager
    def _claimed(self, number: int) -> Iterator[bool]:
        """Context that claims a submission; yields whether it could be claimed."""
        with self.claims.choosing() as running:
            state = self.state.read()
            free = state.queue.may_start(number, running)
            if free:
                self.claims.take(number)
        if not free:
            yield False
            return
        with self.claims.claim(number):
            yield True

    def _score(self, number: int) -> None:
        """Score a claimed submission, and write its outcome."""
        submission = self._submission(number)[1].submission
        evaluation = self._known(submission)
        if evaluation is None:
            evaluation = evaluate(self.problem, submission, "climb", self.secret, self.config)
        gate = self._gated(number, evaluation)
        with self.ledger.transaction():
            if number not in self.state.read().outcomes:
                self._write(self._released(number, evaluation, gate))

    def share(self, researcher: str, text: str) -> int:
        """Share a finding in the forum, and return its number.

        Raises:
            UserError: the text is empty or too long.
            BudgetError: the researcher has shared the largest allowed number of findings.
        """
        if not 0 < len(text.strip()) <= LONGEST_FINDING:
            raise UserError(
                f"a finding must have 1 to {LONGEST_FINDING} characters, got {len(text)}"
            )
        finding = Shared(researcher, text)
        with self.ledger.transaction():
            state = self.state.read()
            number = state.findings.get((researcher, finding.digest))
            if number is None:
                if state.shared[researcher] >= MOST_FINDINGS:
                    raise BudgetError(
                        f"you may share {MOST_FINDINGS} findings, and have shared all"
                    )
                number = self._write(finding)
        return number

    def findings(self, since: int = 0, most: int = -1) -> list[Finding]:
        """Findings with a number above `since`, at most `most` of them (-1 for all)."""
        found = read_records(self.ledger.entries(Shared.kind, since, most), Shared)
        return [Finding(number, one.researcher, one.text) for number, one in found.items()]

    def budget(self, researcher: str) -> BudgetState:
        """The submissions and processor seconds that a researcher has spent and may still spend."""
        state, limits = self.state.read(), self.config.budget
        own, cpu = state.spent[researcher], state.charges.of(researcher)
        left = min(limits.each - own, limits.all - state.total)
        return BudgetState(
            researcher,
            own,
            max(left, 0),
            limits.each,
            limits.all,
            cpu_spent=cpu.spent,
            cpu_reserved=cpu.reserved,
            cpu_left=state.charges.left(researcher),
            cpu_each=limits.cpu_each,
            cpu_all=limits.cpu_all,
        )

    def leaderboard(self) -> list[LeaderboardRow]:
        """The methods that raised the best released score, latest first."""
        rows = []
        for number, released in reversed(self.state.read().climbs):
            one = self._submission(number)[1]
            claim = one.submission.card.claim
            rows.append(LeaderboardRow(number, one.researcher, one.family, claim, released))
        return rows

    def forecasts(self) -> ForecastReport | None:
        """Scores of the forecasts on the method cards; None before the verdicts are written.

        Before the end they would reveal scores that the release rule withholds.
        """
        decided = self.state.read().decided
        if decided is None:
            return None
        entries = self.ledger.entries()
        return score_forecasts(
            read_records(entries, Submitted),
            list(read_records(entries, Scored).values()),
            self._read(decided, Decided)[1].verdicts,
        )

    def close(self) -> tuple[FinalVerdict, ...]:
        """Close the run, and score the finalists once on the sealed items and on other tasks.

        All accepted submissions are scored first. With a capability gate, only methods that pass
        are finalists. A verdict is `better` or `worse` if the sealed gain differs from zero after
        Holm's correction over all submitted methods, and the task with the smallest p-value has a
        gain of the same sign as the mean over tasks.
        """
        self._write(Closed())
        while len(self.state.read().queue):
            if not self.work():
                time.sleep(POLL)  # another worker scores the last submissions
        chosen = self._finalists()
        for number, submitted in chosen.items():
            if number not in self.state.read().finals:
                sealed, others = (
                    evaluate(self.problem, submitted.submission, tier, self.secret, self.config)
                    for tier in FINAL_TIERS
                )
                with self.ledger.transaction():
                    if number not in self.state.read().finals:  # another process may be first
                        self._write(FinallyScored(number, sealed, others))
        decided = self.state.read().decided
        if decided is None:
            found = verdicts(self.ledger, chosen, self.config.problem.seeds)
            decided = self._write(Decided(found))
        if self.config.audit:
            self.audit(n for n, one in chosen.items() if one.submission.kind == "folder")
        return self._read(decided, Decided)[1].verdicts

    def audit(self, numbers: Iterable[int] | None = None, model: str = "") -> tuple[Audit, ...]:
        """Audit submissions: flag suspicious behavior and code, with evidence.

        Flags never change a score, a release or a verdict. An audit is repeated only if the
        researcher has made other submissions since, or with another model.

        Args:
            numbers: numbers of submissions; by default the finalists, or in an open run the
                submissions that would be finalists now.
            model: Inspect's name of a language model that compares the method card with the code;
                empty for none.

        Raises:
            UserError: there is no such submission, or the model fails.
        """
        chosen = self._finalists() if numbers is None else numbers
        return tuple(self._audited(number, model) for number in chosen)

    def _audited(self, number: int, model: str) -> Audit:
        """The audit of a submission, which is made unless it is stored."""
        history = read_history(self.ledger, number)
        key = audit_key(number, len(history.others), model)
        stored = self.state.read().audits.get(key)
        if stored is None:
            seeds = self.config.problem.seeds
            found = audit_case(*gather(self.problem, history, self.secret, seeds, model))
            stored = self._write(Audited(found, len(history.others)))
        return self._read(stored, Audited)[1].audit

    def _check_budget(self, researcher: str, state: ResearchState, most: int) -> None:
        budget = self.config.budget
        if state.spent[researcher] >= budget.each:
            raise BudgetError(f"your budget of {budget.each} submissions is spent")
        if state.total >= budget.all:
            raise BudgetError(f"the joint budget of {budget.all} submissions is spent")
        if most:
            state.charges.check(researcher, most)

    def _submission(self, number: int) -> tuple[Entry, Submitted]:
        found = find_record(self.ledger, number, Submitted)
        if found is None:
            raise NoSubmissionError(f"you have no submission {number}")
        return found

    def _known(self, submission: Submission) -> Evaluation | None:
        """The evaluation of the same method by another researcher, if it was scored before."""
        state = self.state.read()
        for number in state.same[submission.digest]:
            if number in state.outcomes:
                return self._read(state.outcomes[number], Scored)[1].evaluation
        return None

    def _gated(self, number: int, evaluation: Evaluation) -> GateResult | None:
        """The result of the gate on a submission whose score would be released; else None."""
        if self.gate is None:
            return None
        submitted = self._submission(number)[1]
        if self._release(submitted.researcher, evaluation) is None:
            return None
        return self._examined(submitted.submission)

    def _examined(self, submission: Submission) -> GateResult:
        """The result of the gate on a method, which is the same for all its submissions."""
        assert self.gate is not None, "only a run with a gate examines methods"
        state = self.state.read()
        for number in state.same[submission.digest]:
            if number in state.gates:
                return replace(read_gate(self.ledger, state.gates[number]), withheld=None)
        return self.gate.examine(submission)

    def _finalists(self) -> dict[int, Submitted]:
        """The best methods that pass the gate; in an open run those that have not failed it."""
        return finalists(self.ledger, self.config.finalists, self._passes)

    def _passes(self, number: int, submission: Submission) -> bool:
        state = self.state.read()
        if self.gate is None or (number not in state.gates and not state.closed):
            return True
        if number not in state.gates:
            result = self._examined(submission)
            with self.ledger.transaction():
                if number not in self.state.read().gates:  # another process may be first
                    self._write(Gated(number, result))
        return read_gate(self.ledger, self.state.read().gates[number]).passed

    def _release(self, researcher: str, evaluation: Evaluation) -> Released | None:
        """The release of a score that beats the bar by a step, unless the gate withholds it."""
        if evaluation.failure:
            return None
        bar = self.state.read().bar(researcher)
        found = self.rule.release(bar, evaluation.score, self.problem.items)
        return found if found.improved else None

    def _released(self, number: int, evaluation: Evaluation, gate: GateResult | None) -> Scored:
        """The record of an evaluation with the score that the release rule releases."""
        released = self._release(self._submission(number)[1].researcher, evaluation)
        best = self.state.read().best
        if released is None:  # another submission may have raised the bar while the gate ran
            return Scored(number, evaluation, best, improved=False)
        if gate is not None and not gate.passed:
            withheld = replace(gate, withheld=released.score)
            return Scored(number, evaluation, best, improved=False, gate=withheld)
        return Scored(number, evaluation, released.score, improved=True, gate=gate)

    def _read(self, number: int, wanted: type[R]) -> tuple[Entry, R]:
        """An entry that the state refers to, and its record."""
        found = find_record(self.ledger, number, wanted)
        if found is None:
            raise LedgerError(f"entry {number} ({wanted.kind}) is missing")
        return found

    def _write(self, record: Record) -> int:
        """Append a record with its salt unless it exists; return the entry's number."""
        if isinstance(record, SaltedRecord):
            salt = hmac.digest(self.secret, f"salt {record.key}".encode(), "sha256")
            record = replace(record, salt=salt.hex())
        return self.ledger.append(record.kind, record.to_json(), record.key).number
